using System.Runtime.InteropServices;

namespace SshMux.Cli;

/// <summary>The few calls of the C library that a command needs and .NET does not have.</summary>
internal static partial class LibC
{
    /// <summary>SIGTERM.</summary>
    public const int Terminate = 15;

    /// <summary>SIGWINCH.</summary>
    public const int WindowChange = 28;

    private const int GetDescriptorFlags = 1; // F_GETFD
    private const int SetDescriptorFlags = 2; // F_SETFD
    private const int CloseOnExecFlag = 1; // FD_CLOEXEC

    /// <summary>Keeps a descriptor from the programs that this process starts.</summary>
    public static void CloseOnExec(SafeHandle descriptor) => _ = Fcntl(descriptor, SetDescriptorFlags, CloseOnExecFlag);

    /// <summary>Hands a descriptor on to the programs that this process starts.</summary>
    public static void KeepOnExec(int descriptor) => _ = Fcntl(descriptor, SetDescriptorFlags, 0);

    /// <summary>Whether a descriptor is open and is handed on to the programs that this process starts.</summary>
    public static bool IsKeptOnExec(int descriptor) =>
        Fcntl(descriptor, GetDescriptorFlags, 0) is >= 0 and var flags && (flags & CloseOnExecFlag) == 0;

    /// <summary>execv(3): runs a program in this process. Returns only if it cannot.</summary>
    [LibraryImport("libc", EntryPoint = "execv", StringMarshalling = StringMarshalling.Utf8)]
    public static unsafe partial int Execute(string path, nint* arguments);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int descriptor, ReadOnlySpan<byte> data, nint count);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int process, int signal);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Fcntl(SafeHandle descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Fcntl(int descriptor, int command, int argument);
}
