using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Mono.Unix.Native;
using SshMux.Engine.Platform;

namespace SshMux.Engine.Sftp.Local;

/// <summary>
/// A file that is locked (flock(2)) while it is written. The name may mean another file at any time, so that it is looked
/// at before it is used.
/// </summary>
/// <param name="path">Its name.</param>
/// <param name="shown">What to call it in errors.</param>
/// <param name="handle">The open file.</param>
/// <param name="id">Which file it is.</param>
[UnsupportedOSPlatform("windows")]
internal sealed class UnixLocalFile(string path, string shown, SafeFileHandle handle, LocalFileId id) : LocalFile(handle)
{
    private const int ExclusiveNow = 2 | 4; // LOCK_EX | LOCK_NB
    private const int Unlock = 8; // LOCK_UN

    private readonly string _path = path;
    private readonly string _shown = shown;

    /// <summary>Whether the name still means this file.</summary>
    public bool HasItsName => LocalFileSystem.This.Find(_path, followLink: false) is { } named && named.Id == id;

    /// <summary>Tells other copies that it is being written; false only if another has it: not every file system can
    /// lock.</summary>
    public bool TryLock() => LibC.FLock((int)Handle.DangerousGetHandle(), ExclusiveNow) == 0
        || SystemError.Last != Errno.EAGAIN;

    /// <inheritdoc />
    public override void Rename(string path)
    {
        if (!HasItsName)
        {
            throw SftpCopyErrors.WasReplaced(_shown);
        }

        if (Syscall.rename(_path, path) != 0) throw UnixFileErrors.From("write", _shown, SystemError.Last);
    }

    /// <inheritdoc />
    public override void RemoveQuietly()
    {
        if (HasItsName) _ = Syscall.unlink(_path);
    }

    /// <inheritdoc />
    public override void Dispose()
    {
        if (Handle.IsClosed) return;

        // A program that is being started has the descriptor, too, from fork(2) to execve(2); without this the lock would
        // last as long, and what .NET opens is refused while somebody has it.
        _ = LibC.FLock((int)Handle.DangerousGetHandle(), Unlock);
        base.Dispose();
    }
}
