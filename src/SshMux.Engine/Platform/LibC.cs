using System.Runtime.InteropServices;

namespace SshMux.Engine.Platform;

/// <summary>The few calls of the C library that Mono.Unix does not have.</summary>
internal static partial class LibC
{
    /// <summary>F_DUPFD_CLOEXEC.</summary>
    public const int DuplicateCloseOnExec = 1030;

    /// <summary>O_CLOEXEC (the value that all Linux architectures of .NET share).</summary>
    public const int CloseOnExec = 0x80000;

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Fcntl(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    public static partial int GetRLimit(int resource, Span<nuint> currentAndMaximum);

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    public static partial int Pipe2(Span<int> descriptors, int flags);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Ioctl(int descriptor, nuint request, Span<byte> argument);

    [LibraryImport("libc", EntryPoint = "tcgetattr", SetLastError = true)]
    public static partial int TcGetAttr(int descriptor, out TerminalAttributes attributes);

    [LibraryImport("libc", EntryPoint = "tcsetattr", SetLastError = true)]
    public static partial int TcSetAttr(int descriptor, int when, in TerminalAttributes attributes);

    [LibraryImport("libc", EntryPoint = "cfgetispeed")]
    public static partial uint CfGetISpeed(in TerminalAttributes attributes);

    [LibraryImport("libc", EntryPoint = "cfgetospeed")]
    public static partial uint CfGetOSpeed(in TerminalAttributes attributes);

    /// <summary>raise(3): sends a signal to the calling thread, which has it before this returns.</summary>
    [LibraryImport("libc", EntryPoint = "raise")]
    public static partial int Raise(int signal);
}
