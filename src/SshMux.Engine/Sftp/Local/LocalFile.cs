using Microsoft.Win32.SafeHandles;
using Mono.Unix.Native;
using SshMux.Engine.Platform;

namespace SshMux.Engine.Sftp.Local;

/// <summary>
/// A file of this machine that is being written. Others may be able to write in its folder: nothing that somebody put
/// at its name is followed or written into, and what gets another name is this very file.
/// </summary>
internal sealed class LocalFile : IDisposable
{
    private const int ExclusiveNow = 2 | 4; // LOCK_EX | LOCK_NB
    private const int Unlock = 8; // LOCK_UN
    private const UnixFileMode Others = (UnixFileMode)0x3F;
    private const OpenFlags ToWrite = OpenFlags.O_WRONLY | OpenFlags.O_NOFOLLOW | OpenFlags.O_NOCTTY
        | OpenFlags.O_CLOEXEC;

    private readonly string _path;
    private readonly string _shown;
    private readonly LocalFileStatus _status;

    private LocalFile(string path, string shown, SafeFileHandle handle, LocalFileStatus status)
    {
        _path = path;
        _shown = shown;
        Handle = handle;
        _status = status;
    }

    public SafeFileHandle Handle { get; }

    /// <summary>Makes a file that was not there, with a mode (less the umask); null if something has the name.</summary>
    /// <param name="path">The path.</param>
    /// <param name="mode">The mode.</param>
    /// <param name="shown">What to call it in errors.</param>
    /// <exception cref="SshException">It cannot be made.</exception>
    public static LocalFile? TryCreate(string path, UnixFileMode mode, string shown)
    {
        var descriptor = Syscall.open(
            path, ToWrite | OpenFlags.O_CREAT | OpenFlags.O_EXCL, (FilePermissions)mode);
        if (descriptor < 0)
        {
            var error = SystemError.Last;
            return error == Errno.EEXIST ? null : throw SftpErrors.Local("write", shown, error);
        }

        var file = From(path, shown, descriptor);

        // The lock tells other copies that it is being written; it is none if one was faster.
        if (file.TryLock() && file.HasItsName) return file;
        file.Dispose();
        return null;
    }

    /// <summary>
    /// Opens what an earlier copy of this user left; null if it is something else: a link, of another user or with
    /// another name besides, open to more users than <paramref name="mode"/> would let it be, or being written by
    /// another copy just now.
    /// </summary>
    public static LocalFile? TryTakeUp(string path, UnixFileMode mode, string shown)
    {
        if (LocalFileStatus.Find(path, followLink: false) is not { IsFile: true }) return null;

        // It may be a pipe by now, which would wait for a reader; of a plain file it changes nothing.
        var descriptor = Syscall.open(path, ToWrite | OpenFlags.O_NONBLOCK);
        if (descriptor < 0) return null;
        var file = From(path, shown, descriptor);
        var isOurs = file._status is { IsFile: true, Links: 1 } status && status.Owner == Syscall.geteuid()
            && (status.Permissions & Others & ~mode) == 0;
        if (isOurs && file.TryLock() && file.HasItsName) return file;
        file.Dispose();
        return null;
    }

    /// <summary>Opens what has the name already, to write to it: a device, or a file that keeps its name.</summary>
    /// <exception cref="SshException">It cannot be written.</exception>
    public static LocalFile OpenThere(string path, string shown)
    {
        var descriptor = Syscall.open(path, ToWrite);
        return descriptor >= 0
            ? From(path, shown, descriptor)
            : throw SftpErrors.Local("write", shown, SystemError.Last);
    }

    /// <summary>Whether the name still means this file.</summary>
    public bool HasItsName =>
        LocalFileStatus.Find(_path, followLink: false) is { } named && named.IsSameAs(_status);

    /// <summary>Cuts the file, or does nothing if it is not longer.</summary>
    /// <exception cref="IOException">It cannot be cut.</exception>
    public void CutTo(long length)
    {
        // Not if there is nothing to cut: ext4 takes a cut file for an old one that is replaced, and closing it waits
        // until all of it is on its way to the disk.
        if (RandomAccess.GetLength(Handle) > length) RandomAccess.SetLength(Handle, length);
    }

    /// <summary>Gives it another name, in place of a file that has it.</summary>
    /// <exception cref="SshException">It cannot be, or its name means another file by now.</exception>
    public void Rename(string path)
    {
        if (!HasItsName)
        {
            throw SftpCopyErrors.WasReplaced(_shown);
        }

        if (Syscall.rename(_path, path) != 0) throw SftpErrors.Local("write", _shown, SystemError.Last);
    }

    /// <summary>Removes it, if its name still means it. What failed before is told; this is not.</summary>
    public void RemoveQuietly()
    {
        if (HasItsName) _ = Syscall.unlink(_path);
    }

    /// <summary>Closes the file; from then on everybody may open it.</summary>
    public void Dispose()
    {
        if (Handle.IsClosed) return;

        // A program that is being started has the descriptor, too, from fork(2) to execve(2); without this the lock would
        // last as long, and what .NET opens is refused while somebody has it.
        _ = LibC.FLock((int)Handle.DangerousGetHandle(), Unlock);
        Handle.Dispose();
    }

    private static LocalFile From(string path, string shown, int descriptor)
    {
        var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        if (LocalFileStatus.Find(handle) is { } status) return new LocalFile(path, shown, handle, status);
        var error = SystemError.Last;
        handle.Dispose();
        throw SftpErrors.Local("write", shown, error);
    }

    /// <summary>False only if another has it: not every file system can lock.</summary>
    private bool TryLock() => LibC.FLock((int)Handle.DangerousGetHandle(), ExclusiveNow) == 0
        || SystemError.Last != Errno.EAGAIN;
}
