using System.Runtime.InteropServices;

namespace SshMux.Cli;

/// <summary>The few calls of the C library that a command needs and .NET does not have.</summary>
internal static partial class LibC
{
    /// <summary>SIGTERM.</summary>
    public const int Terminate = 15;

    /// <summary>SIGWINCH.</summary>
    public const int WindowChange = 28;

    private const int SetDescriptorFlags = 2; // F_SETFD
    private const int CloseOnExecFlag = 1; // FD_CLOEXEC

    /// <summary>Keeps a descriptor from the programs that this process starts.</summary>
    public static void CloseOnExec(SafeHandle descriptor) => _ = Fcntl(descriptor, SetDescriptorFlags, CloseOnExecFlag);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int descriptor, ReadOnlySpan<byte> data, nint count);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int process, int signal);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Fcntl(SafeHandle descriptor, int command, int argument);
}
