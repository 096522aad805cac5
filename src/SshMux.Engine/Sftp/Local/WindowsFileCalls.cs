using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace SshMux.Engine.Sftp.Local;

/// <summary>
/// The calls of Windows for files that .NET does not make: files as the very ones that they are, links that are not
/// followed, and names given in one step.
/// </summary>
[SupportedOSPlatform("windows")]
internal static partial class WindowsFileCalls
{
    public const uint GenericWrite = 0x40000000;
    public const uint Delete = 0x10000;
    public const uint ReadControl = 0x20000;
    public const uint ReadAttributes = 0x80; // FILE_READ_ATTRIBUTES
    public const uint WriteAttributes = 0x100; // FILE_WRITE_ATTRIBUTES

    public const uint CreateNew = 1;
    public const uint OpenExisting = 3;

    public const uint BackupSemantics = 0x02000000; // FILE_FLAG_BACKUP_SEMANTICS: folders, too
    public const uint OpenReparsePoint = 0x00200000; // FILE_FLAG_OPEN_REPARSE_POINT: a link itself

    public const int DispositionInfo = 4;
    public const int RenameInfo = 3;
    public const int AttributeTagInfo = 9;
    public const int IdInfo = 18;
    public const int RenameInfoEx = 22;

    public const int FileObject = 1; // SE_FILE_OBJECT
    public const int OwnerInformation = 1; // OWNER_SECURITY_INFORMATION

    [LibraryImport("kernel32", EntryPoint = "CreateFileW", SetLastError = true,
        StringMarshalling = StringMarshalling.Utf16)]
    public static partial SafeFileHandle CreateFile(
        string path, uint access, FileShare share, nint security, uint disposition, uint flags, nint template);

    [LibraryImport("kernel32", EntryPoint = "CreateDirectoryW", SetLastError = true,
        StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool CreateDirectory(string path, nint security);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool GetFileInformationByHandle(SafeFileHandle file, out Information information);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static unsafe partial bool GetFileInformationByHandleEx(
        SafeFileHandle file, int kind, void* information, int length);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static unsafe partial bool SetFileInformationByHandle(
        SafeFileHandle file, int kind, void* information, int length);

    [LibraryImport("advapi32")]
    public static unsafe partial int GetSecurityInfo(
        SafeFileHandle file, int kind, int wanted, out nint owner, void* group, void* dacl, void* sacl, out nint memory);

    [LibraryImport("kernel32")]
    public static partial nint LocalFree(nint memory);

    /// <summary>BY_HANDLE_FILE_INFORMATION. Times are in 100 ns since 1601.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    public struct Information
    {
        public uint Attributes; // FileAttributes
        public long CreationTime;
        public long LastAccessTime;
        public long LastWriteTime;
        public uint VolumeSerialNumber;
        public uint FileSizeHigh;
        public uint FileSizeLow;
        public uint NumberOfLinks;
        public uint FileIndexHigh;
        public uint FileIndexLow;
    }

    /// <summary>FILE_ATTRIBUTE_TAG_INFO.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct AttributeTag
    {
        public uint Attributes;
        public uint ReparseTag;
    }

    /// <summary>FILE_ID_INFO.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct VolumeAndId
    {
        public ulong VolumeSerialNumber;
        public ulong IdLow;
        public ulong IdHigh;
    }
}
