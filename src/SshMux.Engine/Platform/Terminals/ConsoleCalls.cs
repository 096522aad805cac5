using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace SshMux.Engine.Platform.Terminals;

/// <summary>Windows' calls about the console, under their own names.</summary>
[SupportedOSPlatform("windows")]
internal static partial class ConsoleCalls
{
    /// <summary>STD_INPUT_HANDLE; those of output and error output are the next lower numbers.</summary>
    public const int StandardInput = -10;

    /// <summary>GENERIC_READ and GENERIC_WRITE.</summary>
    public const uint ReadAndWrite = 0xC0000000;

    /// <summary>FILE_SHARE_READ and FILE_SHARE_WRITE.</summary>
    public const uint Share = 3;

    /// <summary>OPEN_EXISTING.</summary>
    public const uint OpenExisting = 3;

    /// <summary>A standard handle of this process; 0 or -1 if there is none. Not to be closed.</summary>
    [LibraryImport("kernel32.dll", SetLastError = true)]
    public static partial nint GetStdHandle(int number);

    /// <summary>Opens the console: CONIN$ or CONOUT$.</summary>
    [LibraryImport("kernel32.dll", EntryPoint = "CreateFileW", SetLastError = true,
        StringMarshalling = StringMarshalling.Utf16)]
    public static partial nint CreateFile(
        string name, uint access, uint share, nint security, uint disposition, uint flags, nint template);

    [LibraryImport("kernel32.dll", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool GetConsoleMode(SafeHandle console, out uint mode);

    [LibraryImport("kernel32.dll", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool SetConsoleMode(SafeHandle console, uint mode);

    [LibraryImport("kernel32.dll", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool GetConsoleScreenBufferInfo(SafeHandle console, out ConsoleScreen screen);

    [LibraryImport("kernel32.dll", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool GetNumberOfConsoleInputEvents(SafeHandle console, out uint count);

    /// <summary>Waits for at least one record; there are to be some.</summary>
    [LibraryImport("kernel32.dll", EntryPoint = "ReadConsoleInputW", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool ReadConsoleInput(
        SafeHandle console, [Out] ConsoleRecord[] records, uint length, out uint count);

    [LibraryImport("kernel32.dll", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool FlushConsoleInputBuffer(SafeHandle console);

    /// <summary>Blocks while the user has marked something in the window.</summary>
    [LibraryImport("kernel32.dll", EntryPoint = "WriteConsoleW", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static unsafe partial bool WriteConsole(
        SafeHandle console, char* text, uint length, out uint written, nint reserved);
}
