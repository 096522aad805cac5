using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Mono.Unix.Native;

namespace SshMux.Engine.Platform.Files;

/// <summary>
/// Files and folders that are to be this user's alone (not on Windows, but for logs). Where somebody else can write to a
/// folder, or owns it, what lies there is that one's word: it is neither believed nor written to.
/// </summary>
internal static class OwnFiles
{
    private const FilePermissions OthersMayWrite = FilePermissions.S_IWGRP | FilePermissions.S_IWOTH;

    private const int MaxLinks = 40; // as the kernel

    private const FilePermissions ReadableByAll =
        FilePermissions.S_IRUSR | FilePermissions.S_IWUSR | FilePermissions.S_IRGRP | FilePermissions.S_IROTH;

    /// <summary>
    /// Why a folder is not one that this user alone can write to: a few words about it, with what can be done; null if
    /// it is. Symbolic links are followed, but for the last name.
    /// </summary>
    public static string? WhyNotOwnFolder(string path)
    {
        if (Syscall.lstat(path, out var status) != 0)
        {
            return $"cannot be looked at ({SystemError.Text(SystemError.Last)})";
        }

        if ((status.st_mode & FilePermissions.S_IFMT) != FilePermissions.S_IFDIR) return "is no folder";
        if (status.st_uid != Syscall.geteuid()) return $"belongs to {LocalUser.Describe(status.st_uid)}";
        return (status.st_mode & OthersMayWrite) != 0 ? "can be written to by others; chmod 700 takes that away" : null;
    }

    /// <summary>
    /// The lines of a file, if it is a regular one of this user that nobody else can write to, and not longer than
    /// <paramref name="maxLength"/> bytes; else null. A symbolic link is not followed.
    /// </summary>
    public static IReadOnlyList<string>? TryReadLines(string path, int maxLength)
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

    /// <summary>
    /// Writes lines to a new file, which only this user can read or write. What has the name is removed before; what
    /// appears there meanwhile is an error.
    /// </summary>
    /// <exception cref="IOException">It cannot be written; nothing is left of it.</exception>
    public static void WriteNewLines(string path, IEnumerable<string> lines)
    {
        _ = Syscall.unlink(path);
        var options = new FileStreamOptions
        {
            // O_EXCL, which follows no symbolic link either.
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
        };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
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

    /// <summary>
    /// Opens a file to write at its end, and makes it if it is not there, for this user alone. In a folder where others
    /// can put something, it is to be a file of this user with one name, and no symbolic link.
    /// </summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be opened, or is what somebody else has put there.
    /// </exception>
    public static FileStream OpenToAppend(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, 0);
        }

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
    internal static DescriptorHandle OpenLinkedToAppend(string path, out string real)
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

    /// <summary>Follows the symbolic links at a name, to where the file is or would be.</summary>
    /// <exception cref="IOException">Somebody else has put one there, or they go in circles.</exception>
    internal static string ResolveLinks(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path);
        }

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

    /// <summary>Refuses an open file that somebody else may have put there.</summary>
    /// <exception cref="IOException">It is somebody else's.</exception>
    internal static void DemandOwn(SafeHandle descriptor, string path)
    {
        if (OperatingSystem.IsWindows() || !IsForAll(path) || Syscall.fstat((int)descriptor.DangerousGetHandle(), out var status) != 0)
        {
            return;
        }

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
