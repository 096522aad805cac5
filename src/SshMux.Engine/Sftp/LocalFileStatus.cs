using Mono.Unix.Native;

namespace SshMux.Engine.Sftp;

/// <summary>What stat(2) tells about a file of this machine.</summary>
internal readonly record struct LocalFileStatus(
    FilePermissions Mode, long Size, long AccessTime, long ModifyTime, ulong Device, ulong Inode)
{
    /// <summary>Whether it is a folder.</summary>
    public bool IsFolder => Kind == FilePermissions.S_IFDIR;

    /// <summary>Whether it is a plain file.</summary>
    public bool IsFile => Kind == FilePermissions.S_IFREG;

    /// <summary>Whether it is a symbolic link.</summary>
    public bool IsLink => Kind == FilePermissions.S_IFLNK;

    /// <summary>The permission bits, without set-user-id and the like.</summary>
    public UnixFileMode Permissions => (UnixFileMode)((uint)Mode & 0x1FF);

    private FilePermissions Kind => Mode & FilePermissions.S_IFMT;

    /// <summary>The status of what a path names; null if there is nothing, or it cannot be looked at.</summary>
    public static LocalFileStatus? Find(string path, bool followLink)
    {
        var result = followLink ? Syscall.stat(path, out var status) : Syscall.lstat(path, out status);
        return result != 0
            ? null
            : new LocalFileStatus(
                status.st_mode, status.st_size, status.st_atime, status.st_mtime, status.st_dev, status.st_ino);
    }
}
