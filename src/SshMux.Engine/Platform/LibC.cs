using System.Runtime.InteropServices;
using Mono.Unix.Native;

namespace SshMux.Engine.Platform;

/// <summary>
/// The calls of the C library that are not made through Mono.Unix. One rule decides: a call goes through Mono.Unix if that
/// has it. Declared here is what it does not have, what it has in a form that will not do (which is said there), and what
/// it does only with objects made for every call, where bytes flow. No call is made in both ways (docs/decisions/0003).
/// </summary>
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

    /// <summary>MSG_DONTWAIT and MSG_NOSIGNAL (the same on all Linux architectures of .NET).</summary>
    public const int NoWaitNoSignal = 0x4040;

    /// <summary>fcntl(2) with a number. Mono.Unix knows neither F_DUPFD_CLOEXEC nor the sizes of pipes.</summary>
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

    /// <summary>writev(2). That of Mono.Unix wants an array of just so many pieces.</summary>
    [LibraryImport("libc", EntryPoint = "writev", SetLastError = true)]
    public static unsafe partial nint WriteV(int descriptor, Iovec* pieces, int count);

    /// <summary>sendmsg(2). That of Mono.Unix wants an object with arrays.</summary>
    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    public static partial nint SendMessage(int descriptor, in MessageHeader message, int flags);

    [LibraryImport("libc", EntryPoint = "cfgetispeed")]
    public static partial uint CfGetISpeed(in TerminalAttributes attributes);

    [LibraryImport("libc", EntryPoint = "cfgetospeed")]
    public static partial uint CfGetOSpeed(in TerminalAttributes attributes);

    /// <summary>flock(2).</summary>
    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    public static partial int FLock(int descriptor, int operation);

    /// <summary>getservbyname(3). What it gives lies in a place that the next call overwrites.</summary>
    [LibraryImport("libc", EntryPoint = "getservbyname", StringMarshalling = StringMarshalling.Utf8)]
    public static unsafe partial ServiceEntry* GetServByName(string name, string protocol);

    /// <summary>glob(3).</summary>
    [LibraryImport("libc", EntryPoint = "glob")]
    public static unsafe partial int Glob(byte* pattern, int flags, void* onError, PathList* paths);

    [LibraryImport("libc", EntryPoint = "globfree")]
    public static unsafe partial void GlobFree(PathList* paths);

    /// <summary>syscall(2) with two numbers, for what the C library has no name for.</summary>
    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    public static partial nint SystemCall(nint number, nint first, nint second);

    /// <summary>syscall(2) with four numbers.</summary>
    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    public static partial nint SystemCall(nint number, nint first, nint second, nint third, nint fourth);

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

    /// <summary>glob_t, with room for what the C library keeps behind it.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 128)]
    public unsafe struct PathList
    {
        public nuint Count;
        public byte** Paths;
    }

    /// <summary>struct msghdr, as 64-bit Linux has it.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public unsafe struct MessageHeader
    {
        public nint Name;
        public uint NameLength;
        public Iovec* Pieces;
        public nuint PieceCount;
        public PassedDescriptor* Control;
        public nuint ControlLength;
        public int Flags;
    }

    /// <summary>
    /// struct cmsghdr with one descriptor behind it (SCM_RIGHTS), as 64-bit Linux has it; its size is CMSG_SPACE, padding
    /// included.
    /// </summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct PassedDescriptor(int descriptor)
    {
        public nuint Length = 20; // CMSG_LEN(sizeof(int))
        public int Level = 1; // SOL_SOCKET
        public int Type = 1; // SCM_RIGHTS
        public int Descriptor = descriptor;
    }

    /// <summary>struct servent.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct ServiceEntry
    {
        public nint Name;
        public nint Aliases;

        // In network byte order.
        public int Port;
        public nint Protocol;
    }
}
