using Microsoft.Win32.SafeHandles;
using Mono.Unix.Native;
using SshMux.Engine.Platform;

namespace SshMux.Engine.Sftp.Local;

/// <summary>What stat(2) tells about a file of this machine.</summary>
internal readonly record struct LocalFileStatus(
    FilePermissions Mode,
    long Size,
    long AccessTime,
    long ModifyTime,
    ulong Device,
    ulong Inode,
    uint Owner,
    ulong Links)
{
    /// <summary>Whether the mode says that it is a folder.</summary>
    public bool IsFolder => Kind == FilePermissions.S_IFDIR;

    /// <summary>Whether it is a plain file.</summary>
    public bool IsFile => Kind == FilePermissions.S_IFREG;

    /// <summary>Whether it is a symbolic link.</summary>
    public bool IsLink => Kind == FilePermissions.S_IFLNK;

    /// <summary>
    /// Whether another user made it, who may not have meant well by it where both can write: root is no other.
    /// </summary>
    public bool IsAnothers => Owner != 0 && Owner != Syscall.geteuid();

    /// <summary>The permission bits, without set-user-id and the like.</summary>
    public UnixFileMode Permissions => (UnixFileMode)((uint)Mode & 0x1FF);

    private FilePermissions Kind => Mode & FilePermissions.S_IFMT;

    /// <summary>The status of what a path names; null if there is nothing, or it cannot be looked at.</summary>
    public static LocalFileStatus? Find(string path, bool followLink)
    {
        path = UnixPath.Native(path);
        var result = followLink ? Syscall.stat(path, out var status) : Syscall.lstat(path, out status);
        return result == 0 ? From(status) : null;
    }

    /// <summary>The status of an open file; null if it cannot be told.</summary>
    public static LocalFileStatus? Find(SafeFileHandle file) =>
        Syscall.fstat((int)file.DangerousGetHandle(), out var status) == 0 ? From(status) : null;

    /// <summary>Whether both are the very same file.</summary>
    public bool IsSameAs(LocalFileStatus other) => Device == other.Device && Inode == other.Inode;

    private static LocalFileStatus From(Stat status) => new(
        status.st_mode,
        status.st_size,
        status.st_atime,
        status.st_mtime,
        status.st_dev,
        status.st_ino,
        status.st_uid,
        status.st_nlink);
}
