using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace SshMux.Engine.Platform.Processes;

/// <summary>The calls of kernel32.dll about processes, by their documented names; .NET shows none of them.</summary>
[SupportedOSPlatform("windows")]
internal static unsafe partial class WindowsProcessCalls
{
    /// <summary>STARTF_USESTDHANDLES.</summary>
    public const uint UseStandardHandles = 0x100;

    /// <summary>CREATE_NEW_PROCESS_GROUP: Ctrl-C does not reach it.</summary>
    public const uint NewProcessGroup = 0x200;

    /// <summary>CREATE_UNICODE_ENVIRONMENT.</summary>
    public const uint UnicodeEnvironment = 0x400;

    /// <summary>EXTENDED_STARTUPINFO_PRESENT.</summary>
    public const uint ExtendedStartupInfo = 0x80000;

    /// <summary>CREATE_NO_WINDOW.</summary>
    public const uint NoWindow = 0x8000000;

    /// <summary>PROC_THREAD_ATTRIBUTE_HANDLE_LIST: the handles that the process inherits, and no other.</summary>
    public const nuint HandleList = 0x20002;

    /// <summary>PROC_THREAD_ATTRIBUTE_JOB_LIST: the jobs that the process is in from its first moment.</summary>
    public const nuint JobList = 0x2000D;

    /// <summary>DUPLICATE_SAME_ACCESS.</summary>
    public const uint SameAccess = 2;

    /// <summary>GENERIC_READ and GENERIC_WRITE.</summary>
    public const uint ReadAndWrite = 0xC0000000;

    /// <summary>FILE_SHARE_READ and FILE_SHARE_WRITE.</summary>
    public const uint ShareReadAndWrite = 3;

    /// <summary>OPEN_EXISTING.</summary>
    public const uint OpenExisting = 3;

    /// <summary>JobObjectExtendedLimitInformation.</summary>
    public const int ExtendedLimits = 9;

    /// <summary>JOB_OBJECT_LIMIT_BREAKAWAY_OK.</summary>
    public const uint BreakawayAllowed = 0x800;

    /// <summary>JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE.</summary>
    public const uint KillOnClose = 0x2000;

    /// <summary>CreateProcessW; the command line may be changed by the call.</summary>
    [LibraryImport("kernel32", EntryPoint = "CreateProcessW", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool CreateProcess(
        char* program,
        char* commandLine,
        void* processAttributes,
        void* threadAttributes,
        [MarshalAs(UnmanagedType.Bool)] bool inheritHandles,
        uint flags,
        char* environment,
        char* folder,
        StartupInfo* startup,
        ProcessInformation* process);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool InitializeProcThreadAttributeList(void* list, int count, uint flags, nuint* size);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool UpdateProcThreadAttribute(
        void* list, uint flags, nuint attribute, void* value, nuint size, void* previous, void* returnSize);

    [LibraryImport("kernel32")]
    public static partial void DeleteProcThreadAttributeList(void* list);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool GetExitCodeProcess(SafeProcessHandle process, out int status);

    [LibraryImport("kernel32")]
    public static partial nint GetStdHandle(int which);

    [LibraryImport("kernel32")]
    public static partial uint GetConsoleCP();

    [LibraryImport("kernel32")]
    public static partial nint GetCurrentProcess();

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool DuplicateHandle(
        nint sourceProcess,
        nint source,
        nint targetProcess,
        out SafeFileHandle target,
        uint access,
        [MarshalAs(UnmanagedType.Bool)] bool inherit,
        uint options);

    [LibraryImport("kernel32", EntryPoint = "CreateFileW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    public static partial SafeFileHandle CreateFile(
        string path, uint access, uint share, nint security, uint disposition, uint flags, nint template);

    [LibraryImport("kernel32", EntryPoint = "CreateJobObjectW", SetLastError = true)]
    public static partial nint CreateJobObject(void* attributes, char* name);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool SetInformationJobObject(nint job, int kind, JobLimits* limits, int size);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool TerminateJobObject(nint job, uint status);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool CloseHandle(nint handle);

    /// <summary>STARTUPINFOEXW.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct StartupInfo
    {
        public int Size;
        public char* Reserved;
        public char* Desktop;
        public char* Title;
        public int X;
        public int Y;
        public int Width;
        public int Height;
        public int WidthInCharacters;
        public int HeightInCharacters;
        public int FillAttribute;
        public uint Flags;
        public short ShowWindow;
        public short ReservedLength;
        public byte* ReservedBytes;
        public nint Input;
        public nint Output;
        public nint Error;
        public void* Attributes;
    }

    /// <summary>PROCESS_INFORMATION.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct ProcessInformation
    {
        public nint Process;
        public nint Thread;
        public int ProcessId;
        public int ThreadId;
    }

    /// <summary>JOBOBJECT_EXTENDED_LIMIT_INFORMATION, of which only the flags are used.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct JobLimits
    {
        public long ProcessUserTime;
        public long JobUserTime;
        public uint Flags;
        public nuint MinimumWorkingSet;
        public nuint MaximumWorkingSet;
        public uint ActiveProcesses;
        public nuint Affinity;
        public uint PriorityClass;
        public uint SchedulingClass;
        public fixed ulong Counters[6];
        public nuint ProcessMemory;
        public nuint JobMemory;
        public nuint PeakProcessMemory;
        public nuint PeakJobMemory;
    }
}
