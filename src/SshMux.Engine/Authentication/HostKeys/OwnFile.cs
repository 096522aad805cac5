using System.ComponentModel;
using Mono.Unix.Native;
using SshMux.Engine.Platform;

namespace SshMux.Engine.Authentication.HostKeys;

/// <summary>
/// A file of the user's that is written to under a name which the configuration gives, such as known_hosts. It may be a
/// symbolic link, as those have it who keep such files elsewhere. But in a folder where everybody may write (/tmp),
/// somebody else may have put a link or a file at the name first: those are not followed, and not written to.
/// </summary>
internal static class OwnFile
{
    private const int MaxLinks = 40; // as the kernel

    private const FilePermissions NewMode =
        FilePermissions.S_IRUSR | FilePermissions.S_IWUSR | FilePermissions.S_IRGRP | FilePermissions.S_IROTH;

    /// <summary>
    /// Opens a file to append to it, which no other process can disturb (O_APPEND: .NET's FileMode.Append seeks to the
    /// end and writes there, over what others append meanwhile). Creates it (mode 0644) if it does not exist.
    /// </summary>
    /// <param name="path">The name.</param>
    /// <param name="real">Where the file is: the name without its links.</param>
    /// <exception cref="Win32Exception">It cannot be opened.</exception>
    /// <exception cref="IOException">It is, or may be, somebody else's.</exception>
    public static DescriptorHandle OpenToAppend(string path, out string real)
    {
        for (var tries = 1; ; tries++)
        {
            real = Resolve(path);
            const OpenFlags flags = OpenFlags.O_RDWR | OpenFlags.O_APPEND | OpenFlags.O_NOFOLLOW;
            if (DescriptorHandle.TryOpen(real, flags, out var error) is { } existing)
            {
                try
                {
                    Check(existing.Number, real);
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
                if (DescriptorHandle.TryOpen(real, create, out error, NewMode) is { } created) return created;
            }

            // Somebody was faster, or has just put a link there: what they made is looked at.
            if (tries == 10 || error is not (Errno.EEXIST or Errno.ELOOP)) throw new Win32Exception((int)error);
        }
    }

    /// <summary>Follows the symbolic links at a name, to where the file is or would be.</summary>
    /// <exception cref="IOException">Somebody else has put one there, or they go in circles.</exception>
    public static string Resolve(string path)
    {
        path = Path.GetFullPath(path);
        for (var links = 0; links < MaxLinks; links++)
        {
            if (Syscall.lstat(path, out var status) != 0
                || (status.st_mode & FilePermissions.S_IFMT) != FilePermissions.S_IFLNK)
            {
                return path;
            }

            if (IsForAll(path) && !IsOurs(status))
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
    public static void Check(int descriptor, string path)
    {
        if (!IsForAll(path) || Syscall.fstat(descriptor, out var status) != 0) return;
        if (!IsOurs(status))
        {
            throw new IOException($"{path} belongs to another user, and is in a folder where everybody may write");
        }

        if ((status.st_mode & FilePermissions.S_IFMT) == FilePermissions.S_IFREG && status.st_nlink > 1)
        {
            throw new IOException($"{path} has more names than this one, which is in a folder where everybody may write");
        }
    }

    private static bool IsOurs(in Stat status) => status.st_uid == 0 || status.st_uid == Syscall.geteuid();

    private static bool IsForAll(string path) =>
        Syscall.stat(Path.GetDirectoryName(path) ?? "/", out var folder) == 0
        && (folder.st_mode & FilePermissions.S_IWOTH) != 0;
}
