using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Mono.Unix.Native;
using SshMux.Engine.Platform;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Sftp.Local;

/// <summary>Files under names with all their bytes (<see cref="UnixPath"/>), with modes and owners.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class UnixFileSystem : LocalFileSystem
{
    private const UnixFileMode Others = (UnixFileMode)0x3F;
    private const UnixFileMode AnyPermission = (UnixFileMode)0x1FF;
    private const UnixFileMode AnyWrite = UnixFileMode.UserWrite | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
    private const UnixFileMode UsualMask = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
    private const OpenFlags ToWrite = OpenFlags.O_WRONLY | OpenFlags.O_NOFOLLOW | OpenFlags.O_NOCTTY
        | OpenFlags.O_CLOEXEC;

    private const string Attributes = "set mode and times of";

    /// <inheritdoc />
    public override StringComparison Names => StringComparison.Ordinal;

    /// <inheritdoc />
    public override LocalFileStatus? Find(string path, bool followLink)
    {
        path = UnixPath.Native(path);
        var result = followLink ? Syscall.stat(path, out var status) : Syscall.lstat(path, out status);
        return result == 0 ? From(status) : null;
    }

    /// <inheritdoc />
    public override IEnumerable<string> List(string folder)
    {
        var stream = Syscall.opendir(UnixPath.Native(folder));
        if (stream == IntPtr.Zero) throw UnixFileErrors.From("read the folder", folder, SystemError.Last);
        try
        {
            while (true)
            {
                var entry = Syscall.readdir(stream);
                if (entry is null)
                {
                    var error = SystemError.Last;
                    if (error != 0) throw UnixFileErrors.From("read the folder", folder, error);
                    yield break;
                }

                if (entry.d_name is not "." and not "..") yield return UnixPath.FromNative(entry.d_name);
            }
        }
        finally
        {
            _ = Syscall.closedir(stream);
        }
    }

    /// <inheritdoc />
    public override SafeFileHandle OpenToRead(string path)
    {
        if (!ByteText.IsUtf8(path))
        {
            var descriptor = Syscall.open(UnixPath.Native(path), OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC);
            return descriptor >= 0
                ? new SafeFileHandle(descriptor, ownsHandle: true)
                : throw UnixFileErrors.From("read", path, SystemError.Last);
        }

        try
        {
            return File.OpenHandle(
                path,
                FileMode.Open,
                FileAccess.Read,
                FileShare.ReadWrite | FileShare.Delete,
                FileOptions.SequentialScan);
        }
        catch (Exception e) when (SftpErrors.IsLocal(e))
        {
            throw SftpErrors.Local("read", path, e);
        }
    }

    /// <inheritdoc />
    public override LocalFile? TryCreate(string path, UnixFileMode mode, string shown)
    {
        var descriptor = Syscall.open(
            path, ToWrite | OpenFlags.O_CREAT | OpenFlags.O_EXCL, (FilePermissions)mode);
        if (descriptor < 0)
        {
            var error = SystemError.Last;
            return error == Errno.EEXIST ? null : throw UnixFileErrors.From("write", shown, error);
        }

        var file = Opened(path, shown, descriptor, out _);

        // The lock tells other copies that it is being written; it is none if one was faster.
        if (file.TryLock() && file.HasItsName) return file;
        file.Dispose();
        return null;
    }

    /// <inheritdoc />
    public override LocalFile? TryTakeUp(string path, UnixFileMode mode, string shown)
    {
        if (Find(path, followLink: false) is not { IsFile: true }) return null;

        // It may be a pipe by now, which would wait for a reader; of a plain file it changes nothing.
        var descriptor = Syscall.open(path, ToWrite | OpenFlags.O_NONBLOCK);
        if (descriptor < 0) return null;
        var file = Opened(path, shown, descriptor, out var status);
        var isOurs = KindOf(status) == LocalFileKind.File && status.st_nlink == 1 && status.st_uid == Syscall.geteuid()
            && (PermissionsOf(status) & Others & ~mode) == 0;
        if (isOurs && file.TryLock() && file.HasItsName) return file;
        file.Dispose();
        return null;
    }

    /// <inheritdoc />
    public override LocalFile OpenThere(string path, string shown)
    {
        var descriptor = Syscall.open(path, ToWrite);
        return descriptor >= 0
            ? Opened(path, shown, descriptor, out _)
            : throw UnixFileErrors.From("write", shown, SystemError.Last);
    }

    /// <inheritdoc />
    public override void RemoveReadOnly(string path) => File.Delete(path);

    /// <inheritdoc />
    public override bool TryMakeFolder(string path, UnixFileMode mode)
    {
        if (Syscall.mkdir(path, (FilePermissions)mode) == 0) return true;
        var error = SystemError.Last;
        return error == Errno.EEXIST ? false : throw UnixFileErrors.From("make the folder", path, error);
    }

    /// <inheritdoc />
    public override void SetAttributes(
        SafeFileHandle file, string path, UnixFileMode? mode, DateTime? accessed, DateTime? modified)
    {
        try
        {
            if (mode is { } bits) File.SetUnixFileMode(file, bits);
            if (accessed is { } first) File.SetLastAccessTimeUtc(file, first);
            if (modified is { } last) File.SetLastWriteTimeUtc(file, last);
        }
        catch (Exception e) when (SftpErrors.IsLocal(e))
        {
            throw SftpErrors.Local(Attributes, path, e);
        }
    }

    /// <inheritdoc />
    public override void SetAttributesOfFolder(
        string path, LocalFileStatus status, UnixFileMode? mode, DateTime? modified)
    {
        var descriptor = Syscall.open(path, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC);
        if (descriptor < 0) throw UnixFileErrors.From(Attributes, path, SystemError.Last);
        using var folder = new SafeFileHandle(descriptor, ownsHandle: true);
        if (Syscall.fstat(descriptor, out var there) != 0 || IdOf(there) != status.Id)
        {
            throw IsAnotherFolder(Attributes, path);
        }

        SetAttributes(folder, path, mode, modified, modified);
    }

    /// <summary>umask(2) cannot be asked without being set, for all threads.</summary>
    public override UnixFileMode UserMask()
    {
        const string Field = "Umask:";
        try
        {
            foreach (var line in File.ReadLines("/proc/self/status"))
            {
                if (line.StartsWith(Field, StringComparison.Ordinal))
                {
                    return (UnixFileMode)Convert.ToInt32(line[Field.Length..].Trim(), 8) & AnyPermission;
                }
            }
        }
        catch (Exception e) when (SftpErrors.IsLocal(e) || e is FormatException or OverflowException)
        {
            // Without /proc, the usual one.
        }

        return UsualMask;
    }

    /// <summary>A name is bytes; .NET, which opens some files, has them as text.</summary>
    public override string? WhyNoName(string folder, string name) =>
        ByteText.IsUtf8(name) ? null : "its name is not UTF-8, and could not be kept";

    /// <inheritdoc />
    public override bool CanBeSent(string path) => true;

    private static UnixLocalFile Opened(string path, string shown, int descriptor, out Stat status)
    {
        var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        if (Syscall.fstat(descriptor, out status) == 0) return new UnixLocalFile(path, shown, handle, IdOf(status));
        var error = SystemError.Last;
        handle.Dispose();
        throw UnixFileErrors.From("write", shown, error);
    }

    private static LocalFileStatus From(in Stat status)
    {
        var (kind, permissions) = (KindOf(status), PermissionsOf(status));
        return new(
            kind,
            permissions,
            (permissions & AnyWrite) == 0,
            status.st_size,
            status.st_atime,
            status.st_mtime,
            IdOf(status),
            kind is not (LocalFileKind.File or LocalFileKind.Folder)
                && status.st_uid != 0 && status.st_uid != Syscall.geteuid());
    }

    private static LocalFileKind KindOf(in Stat status) => (status.st_mode & FilePermissions.S_IFMT) switch
    {
        FilePermissions.S_IFREG => LocalFileKind.File,
        FilePermissions.S_IFDIR => LocalFileKind.Folder,
        FilePermissions.S_IFLNK => LocalFileKind.Link,
        _ => LocalFileKind.Other,
    };

    private static UnixFileMode PermissionsOf(in Stat status) => (UnixFileMode)((uint)status.st_mode & (uint)AnyPermission);

    private static LocalFileId IdOf(in Stat status) => new(status.st_dev, status.st_ino);
}
