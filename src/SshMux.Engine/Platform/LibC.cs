using System.Runtime.InteropServices;
using Mono.Unix.Native;

namespace SshMux.Engine.Platform;

/// <summary>The few calls of the C library that Mono.Unix does not have.</summary>
internal static partial class LibC
{
    /// <summary>F_DUPFD_CLOEXEC.</summary>
    public const int DuplicateCloseOnExec = 1030;

    /// <summary>F_GETFD.</summary>
    public const int GetDescriptorFlags = 1;

    /// <summary>F_SETFD.</summary>
    public const int SetDescriptorFlags = 2;

    /// <summary>FD_CLOEXEC.</summary>
    public const int CloseOnExecFlag = 1;

    /// <summary>F_GETFL.</summary>
    public const int GetFlags = 3;

    /// <summary>F_SETFL.</summary>
    public const int SetFlags = 4;

    /// <summary>F_SETPIPE_SZ.</summary>
    public const int SetPipeSize = 1031;

    /// <summary>F_GETPIPE_SZ.</summary>
    public const int GetPipeSize = 1032;

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

    [LibraryImport("libc", EntryPoint = "tcflush", SetLastError = true)]
    public static partial int TcFlush(int descriptor, int queue);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    public static partial int EventFd(uint count, int flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int descriptor, Span<byte> data, nint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int descriptor, ReadOnlySpan<byte> data, nint count);

    [LibraryImport("libc", EntryPoint = "writev", SetLastError = true)]
    public static unsafe partial nint WriteV(int descriptor, Iovec* pieces, int count);

    /// <summary>sendmsg(2); Mono.Unix has it too, and allocates for each call.</summary>
    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    public static partial nint SendMessage(int descriptor, in MessageHeader message, int flags);

    [LibraryImport("libc", EntryPoint = "cfgetispeed")]
    public static partial uint CfGetISpeed(in TerminalAttributes attributes);

    [LibraryImport("libc", EntryPoint = "cfgetospeed")]
    public static partial uint CfGetOSpeed(in TerminalAttributes attributes);

    /// <summary>raise(3): sends a signal to the calling thread, which has it before this returns.</summary>
    [LibraryImport("libc", EntryPoint = "raise")]
    public static partial int Raise(int signal);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    public static partial int WaitPid(int process, out int status, int options);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int process, int signal);

    /// <summary>syscall(2) with two numbers, for what the C library has no name for.</summary>
    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    public static partial nint SystemCall(nint number, nint first, nint second);

    [LibraryImport("libc", EntryPoint = "posix_spawnp", StringMarshalling = StringMarshalling.Utf8)]
    public static unsafe partial int PosixSpawnOnPath(
        out int process, string path, void* actions, void* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    public static unsafe partial int SpawnActionsInit(void* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    public static unsafe partial int SpawnActionsDuplicate(void* actions, int from, int to);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addclose")]
    public static unsafe partial int SpawnActionsClose(void* actions, int descriptor);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    public static unsafe partial int SpawnActionsDestroy(void* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    public static unsafe partial int SpawnAttributesInit(void* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    public static unsafe partial int SpawnAttributesSetFlags(void* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    public static unsafe partial int SpawnAttributesSetDefaultSignals(void* attributes, void* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    public static unsafe partial int SpawnAttributesDestroy(void* attributes);

    [LibraryImport("libc", EntryPoint = "sigemptyset")]
    public static unsafe partial int EmptySignals(void* signals);

    [LibraryImport("libc", EntryPoint = "sigaddset")]
    public static unsafe partial int AddSignal(void* signals, int signal);

    /// <summary>struct msghdr, as 64-bit Linux has it.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public unsafe struct MessageHeader
    {
        public nint Name;
        public uint NameLength;
        public Iovec* Pieces;
        public nuint PieceCount;
        public nint Control;
        public nuint ControlLength;
        public int Flags;
    }
}
