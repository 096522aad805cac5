using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Mono.Unix.Native;

namespace SshMux.Engine.Platform.Files;

/// <summary>This user's files by their owner and mode.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class UnixOwnFiles : OwnFiles
{
    private const FilePermissions OthersMayWrite = FilePermissions.S_IWGRP | FilePermissions.S_IWOTH;

    private const int MaxLinks = 40; // as the kernel

    private const FilePermissions ReadableByAll =
        FilePermissions.S_IRUSR | FilePermissions.S_IWUSR | FilePermissions.S_IRGRP | FilePermissions.S_IROTH;

    /// <inheritdoc/>
    public override string? WhyNotOwnFolder(string path)
    {
        if (Syscall.lstat(path, out var status) != 0)
        {
            return $"cannot be looked at ({SystemError.Text(SystemError.Last)})";
        }

        if ((status.st_mode & FilePermissions.S_IFMT) != FilePermissions.S_IFDIR) return "is no folder";
        if (status.st_uid != Syscall.geteuid()) return $"belongs to {LocalUser.Describe(status.st_uid)}";
        return (status.st_mode & OthersMayWrite) != 0 ? "can be written to by others; chmod 700 takes that away" : null;
    }

    /// <summary>As ssh(1): a file of one's own that the group or others may use is not private, and not used.</summary>
    public override string? WhyNotPrivate(string path)
    {
        if (Syscall.stat(UnixPath.Native(path), out var status) != 0) return null;
        const FilePermissions others = FilePermissions.S_IRWXG | FilePermissions.S_IRWXO;
        if (status.st_uid != Syscall.getuid() || (status.st_mode & others) == 0) return null;
        var mode = Convert.ToString((uint)status.st_mode & 0x1ff, 8).PadLeft(4, '0');
        return $"the private key '{path}' is not used because its permissions {mode} are too open: others may read it; "
            + $"close it with: chmod 600 {path}";
    }

    /// <inheritdoc/>
    public override string? WhyNotTrusted(FileStream file, string path) =>
        Syscall.fstat((int)file.SafeFileHandle.DangerousGetHandle(), out var status) == 0
            && (status.st_uid == 0 || status.st_uid == Syscall.getuid())
            && (status.st_mode & OthersMayWrite) == 0
            ? null
            : $"Bad owner or permissions on {path}: it must belong to you or root, and nobody else may write it "
                + $"(chmod go-w '{path}')";

    /// <inheritdoc/>
    public override void CreateFolder(string path) =>
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

    /// <inheritdoc/>
    public override IReadOnlyList<string>? TryReadLines(string path, int maxLength)
    {
        // Without waiting, for it may be a pipe.
        using var file = DescriptorHandle.TryOpen(
            path, OpenFlags.O_RDONLY | OpenFlags.O_NOFOLLOW | OpenFlags.O_NONBLOCK, out _);
        if (file is null
            || Syscall.fstat(file.Number, out var status) != 0
            || (status.st_mode & FilePermissions.S_IFMT) != FilePermissions.S_IFREG
            || (status.st_mode & OthersMayWrite) != 0
            || status.st_uid != Syscall.geteuid()
            || status.st_size > maxLength)
        {
            return null;
        }

        var bytes = new byte[maxLength];
        var length = Read(file, bytes);
        return length < 0 ? null : Encoding.UTF8.GetString(bytes, 0, length).TrimEnd('\n').Split('\n');
    }

    /// <inheritdoc/>
    public override void WriteNewLines(string path, IEnumerable<string> lines)
    {
        _ = Syscall.unlink(path);
        var options = new FileStreamOptions
        {
            // O_EXCL, which follows no symbolic link either.
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        using var file = new FileStream(path, options);
        try
        {
            file.Write(Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + '\n'))));
            file.Flush();
        }
        catch
        {
            _ = Syscall.unlink(path);
            throw;
        }
    }

    /// <inheritdoc/>
    public override FileStream OpenToAppend(string path)
    {
        const FilePermissions mode = FilePermissions.S_IRUSR | FilePermissions.S_IWUSR;
        const OpenFlags flags = OpenFlags.O_WRONLY | OpenFlags.O_APPEND | OpenFlags.O_CREAT | OpenFlags.O_CLOEXEC
            | OpenFlags.O_NOCTTY;
        var isShared = IsShared(Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/");
        var descriptor = Syscall.open(path, isShared ? flags | OpenFlags.O_NOFOLLOW : flags, mode);
        if (descriptor < 0)
        {
            var error = SystemError.Last;
            if (isShared && error == Errno.ELOOP)
            {
                throw new UnauthorizedAccessException(
                    "it is a symbolic link, in a folder where others can put something");
            }

            throw error is Errno.EACCES or Errno.EPERM
                ? new UnauthorizedAccessException(SystemError.Text(error))
                : new IOException(SystemError.Text(error));
        }

        var file = new SafeFileHandle(descriptor, ownsHandle: true);
        if (!isShared || IsOwnFile(descriptor)) return new FileStream(file, FileAccess.Write, bufferSize: 0);
        file.Dispose();
        throw new UnauthorizedAccessException(
            "it is another user's, or has other names, in a folder where others can put something");
    }

    /// <summary>
    /// Opens a file to append to it under a name that the configuration gives, such as that of known_hosts, and makes it
    /// (mode 0644) if it is not there. It may be a symbolic link, as those have it who keep such files elsewhere. But in
    /// a folder where everybody may write (/tmp), somebody else may have put a link or a file at the name first: those
    /// are not followed, and not written to. No other process disturbs what is appended (O_APPEND: .NET's
    /// FileMode.Append seeks to the end and writes there, over what others append meanwhile).
    /// </summary>
    /// <param name="path">The name.</param>
    /// <param name="real">Where the file is: the name without its links.</param>
    /// <exception cref="Win32Exception">It cannot be opened.</exception>
    /// <exception cref="IOException">It is, or may be, somebody else's.</exception>
    internal DescriptorHandle OpenLinkedToAppend(string path, out string real)
    {
        for (var tries = 1; ; tries++)
        {
            real = ResolveLinks(path);
            const OpenFlags flags = OpenFlags.O_RDWR | OpenFlags.O_APPEND | OpenFlags.O_NOFOLLOW;
            if (DescriptorHandle.TryOpen(real, flags, out var error) is { } existing)
            {
                try
                {
                    DemandOwn(existing, real);
                    return existing;
                }
                catch
                {
                    existing.Dispose();
                    throw;
                }
            }

            if (error == Errno.ENOENT)
            {
                const OpenFlags create = flags | OpenFlags.O_CREAT | OpenFlags.O_EXCL;
                if (DescriptorHandle.TryOpen(real, create, out error, ReadableByAll) is { } created) return created;
            }

            // Somebody was faster, or has just put a link there: what they made is looked at.
            if (tries == 10 || error is not (Errno.EEXIST or Errno.ELOOP)) throw new Win32Exception((int)error);
        }
    }

    /// <inheritdoc/>
    public override string ResolveLinks(string path)
    {
        path = Path.GetFullPath(path);
        for (var links = 0; links < MaxLinks; links++)
        {
            if (Syscall.lstat(path, out var status) != 0
                || (status.st_mode & FilePermissions.S_IFMT) != FilePermissions.S_IFLNK)
            {
                return path;
            }

            if (IsForAll(path) && !IsOursOrRoots(status))
            {
                throw new IOException($"{path} is a symbolic link of another user, in a folder where everybody may write");
            }

            var target = new FileInfo(path).LinkTarget ?? throw new IOException($"{path} cannot be followed");

            // Not Path.GetFullPath for "..": the folder may itself be a link, and the system then means its target.
            path = Path.Combine(Path.GetDirectoryName(path) ?? "/", target);
        }

        throw new IOException("its symbolic links go in circles");
    }

    /// <inheritdoc/>
    public override void DemandOwn(SafeHandle file, string path)
    {
        if (!IsForAll(path) || Syscall.fstat((int)file.DangerousGetHandle(), out var status) != 0) return;

        if (!IsOursOrRoots(status))
        {
            throw new IOException($"{path} belongs to another user, and is in a folder where everybody may write");
        }

        if ((status.st_mode & FilePermissions.S_IFMT) == FilePermissions.S_IFREG && status.st_nlink > 1)
        {
            throw new IOException($"{path} has more names than this one, which is in a folder where everybody may write");
        }
    }

    private static bool IsOwnFile(int descriptor) =>
        Syscall.fstat(descriptor, out var status) == 0
        && status.st_uid == Syscall.geteuid()
        && ((status.st_mode & FilePermissions.S_IFMT) != FilePermissions.S_IFREG || status.st_nlink == 1);

    /// <summary>Whether somebody else, who is not root, can put something into a folder.</summary>
    private static bool IsShared(string folder) =>
        Syscall.stat(folder, out var status) == 0
        && ((status.st_uid != 0 && status.st_uid != Syscall.geteuid()) || (status.st_mode & OthersMayWrite) != 0);

    private static bool IsOursOrRoots(in Stat status) => status.st_uid == 0 || status.st_uid == Syscall.geteuid();

    private static bool IsForAll(string path) =>
        Syscall.stat(Path.GetDirectoryName(path) ?? "/", out var folder) == 0
        && (folder.st_mode & FilePermissions.S_IWOTH) != 0;

    private static unsafe int Read(DescriptorHandle file, byte[] bytes)
    {
        var length = 0;
        fixed (byte* start = bytes.AsSpan())
        {
            while (length < bytes.Length)
            {
                var count = Syscall.read(file.Number, start + length, (ulong)(bytes.Length - length));
                if (count == 0) break;
                if (count < 0 && SystemError.Last != Errno.EINTR) return -1;
                length += Math.Max((int)count, 0);
            }
        }

        return length;
    }
}
