using System.Runtime.InteropServices;

namespace SshMux.Cli;

/// <summary>The few calls of the C library that a command needs and .NET does not have.</summary>
internal static partial class LibC
{
    /// <summary>SIGTERM.</summary>
    public const int Terminate = 15;

    /// <summary>SIGWINCH.</summary>
    public const int WindowChange = 28;

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int descriptor, ReadOnlySpan<byte> data, nint count);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int process, int signal);
}
