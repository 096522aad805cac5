using System.Runtime.InteropServices;

namespace SshMux.Cli;

/// <summary>The few calls of the C library that a command needs and .NET does not have.</summary>
internal static partial class LibC
{
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

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Fcntl(SafeHandle descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Fcntl(int descriptor, int command, int argument);
}
