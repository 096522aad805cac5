using System.Diagnostics;

namespace SshMux.Engine.Sftp;

/// <summary>Copies files and folders of this machine to a server.</summary>
public sealed class SftpUploader : SftpCopier
{
    private readonly SftpLanes _lanes;
    private string _destination = "";
    private bool _isFolder;
    private bool _isUsed;

    /// <summary>Copies over the first of the sessions, and large files over all of them.</summary>
    public SftpUploader(SftpLanes lanes, SftpCopyOptions options, ISftpCopyReport report)
        : base((lanes ?? throw new ArgumentNullException(nameof(lanes))).Clients[0], options, report)
    {
        _lanes = lanes;
    }

    /// <summary>
    /// Sets where to copy to, before anything is added: into a folder that exists, else under that very name.
    /// </summary>
    /// <exception cref="SshException">It cannot be.</exception>
    public async Task SetDestinationAsync(string destination, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(destination);
        var path = await Client.ExpandAsync(destination, cancellationToken).ConfigureAwait(false);
        var there = await Client.FindAttributesAsync(path, followLink: true, cancellationToken).ConfigureAwait(false);
        _isFolder = there is { IsFolder: true };
        if (!_isFolder && path.EndsWith('/'))
        {
            throw there is null
                ? new SshException(SshError.FileNotFound, $"there is no folder {Client.NameOf(path)}")
                : IsNoFolder(Client.NameOf(path));
        }

        _destination = _isFolder ? path.TrimEnd('/') + '/' : path;
    }

    /// <summary>Copies a file or folder; returns when all of it was begun.</summary>
    /// <param name="path">The full path.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SshException">It cannot be copied as such, or the session has ended. What fails within a folder
    /// is told to the report.</exception>
    public async Task AddAsync(string path, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (Client.EndReason is { } reason) throw reason.Again();
        path = path.Length > 1 ? path.TrimEnd('/') : path;
        if (!_isFolder && _isUsed) throw OnlyOne(Client.NameOf(_destination));
        var destination = _isFolder ? _destination + Path.GetFileName(path) : _destination;
        Claim(destination, Client.NameOf(destination));
        await AddAsync(Root, path, destination, isNew: false, [], cancellationToken).ConfigureAwait(false);
        _isUsed = true;
    }

    private async Task AddAsync(
        CopiedFolder folder,
        string path,
        string destination,
        bool isNew,
        List<(ulong Device, ulong Inode)> above,
        CancellationToken cancellationToken)
    {
        if (LocalFileStatus.Find(path, followLink: true) is not { } status)
        {
            var isLink = LocalFileStatus.Find(path, followLink: false) is { IsLink: true };
            throw new SshException(
                SshError.FileNotFound,
                $"cannot read {Shown(path)}: {(isLink ? "the link leads nowhere" : "no such file")}");
        }

        if (status.IsFolder)
        {
            if (!Options.Recurse) throw NoRecurse(Shown(path));
            if (above.Contains((status.Device, status.Inode))) throw Loop(Shown(path));
            if (above.Count >= MaxDepth) throw new SshException(SshError.FileFailed, $"{Shown(path)} is too deep");
            above.Add((status.Device, status.Inode));
            await AddFolderAsync(folder, path, status, destination, above, cancellationToken).ConfigureAwait(false);
            above.RemoveAt(above.Count - 1);
            return;
        }

        if (!status.IsFile) throw NoFile(Shown(path));
        await StartFileAsync(
            folder,
            path,
            status.Size,
            stop => CopyAsync(path, status, destination, isNew, stop),
            cancellationToken).ConfigureAwait(false);
    }

    private async Task AddFolderAsync(
        CopiedFolder parent,
        string path,
        LocalFileStatus status,
        string destination,
        List<(ulong Device, ulong Inode)> above,
        CancellationToken cancellationToken)
    {
        // Until it is filled it has to be open to its owner.
        var attributes = Options.KeepAttributes ? AttributesOf(status) : default;
        var first = Options.KeepAttributes ? ModeOf(status.Permissions | UnixFileMode.UserWrite | UnixFileMode.UserRead
            | UnixFileMode.UserExecute) : default;
        var isNew = await MakeFolderAsync(destination, first, cancellationToken).ConfigureAwait(false);
        var keep = Options.KeepAttributes && (isNew || Options.Resume);
        var folder = parent.Enter(() => keep ? FinishAsync() : Task.CompletedTask);
        try
        {
            foreach (var inner in Directory.EnumerateFileSystemEntries(path))
            {
                cancellationToken.ThrowIfCancellationRequested();
                var name = Path.GetFileName(inner);
                try
                {
                    await AddAsync(folder, inner, $"{destination}/{name}", isNew, above, cancellationToken)
                        .ConfigureAwait(false);
                }
                catch (SshException e)
                {
                    await FailedAsync(inner, e).ConfigureAwait(false);
                }
            }
        }
        catch (Exception e) when (SftpErrors.IsLocal(e))
        {
            await FailedAsync(path, SftpErrors.Local("read the folder", path, e)).ConfigureAwait(false);
        }
        finally
        {
            await folder.LeaveAsync().ConfigureAwait(false);
        }

        async Task FinishAsync()
        {
            try
            {
                await Client.SetAttributesAsync(destination, attributes, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // Who canceled it knows.
            }
            catch (SshException e) when (Client.EndReason is null)
            {
                await FailedAsync(path, e).ConfigureAwait(false);
            }
            catch (SshException)
            {
                // The end of the session is told once.
            }
        }
    }

    /// <summary>Makes a folder unless it is there; gives whether it was made.</summary>
    private async Task<bool> MakeFolderAsync(
        string path, SftpAttributes attributes, CancellationToken cancellationToken)
    {
        try
        {
            await Client.MakeFolderAsync(path, attributes, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (SshException) when (Client.EndReason is null)
        {
            // The protocol has no word for "exists".
            var there = await Client.FindAttributesAsync(path, followLink: true, cancellationToken)
                .ConfigureAwait(false);
            if (there is null) throw;
            return there is { IsFolder: true } ? false : throw IsNoFolder(Client.NameOf(path));
        }
    }

    private async Task<SftpCopied?> CopyAsync(
        string path, LocalFileStatus status, string destination, bool isNew, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var target = (Path: destination, IsDirect: false, IsThere: false);
        if (!isNew) target = await FindTargetAsync(destination, status, cancellationToken).ConfigureAwait(false);
        if (target.IsThere)
        {
            Progress.Skipped(status.Size);
            return null;
        }

        var partial = target.IsDirect ? target.Path : PartialPath(target.Path);
        using var source = SftpLocal.OpenToRead(path);
        var flags = SftpOpenFlags.Write | SftpOpenFlags.Create;
        var start = 0L;
        if (Options.Resume && !isNew && !target.IsDirect)
        {
            var there = await Client.FindAttributesAsync(partial, followLink: false, cancellationToken)
                .ConfigureAwait(false);
            if (there is { IsFile: true, Size: { } size }) start = ResumeAt((long)size, status.Size);
        }

        if (start == 0) flags |= SftpOpenFlags.Truncate;
        var first = Options.KeepAttributes ? status.Permissions & SftpLocal.OwnerOnly : status.Permissions;
        var file = await Client.OpenFileAsync(
            partial, flags, ModeOf(first | SftpLocal.OwnerReadWrite), cancellationToken).ConfigureAwait(false);
        file = file with { Name = Client.NameOf(target.Path) };
        var written = start;
        var isOpen = true;
        try
        {
            Progress.Skipped(start);
            Func<SftpClient, Task<SftpFile>>? join = target.IsDirect
                ? null
                : client => client.OpenFileAsync(partial, SftpOpenFlags.Write, default, cancellationToken);
            var upload = new SftpUpload(_lanes, file, join, source, path, start, status.Size, count =>
            {
                Interlocked.Add(ref written, count);
                Progress.Copied(count);
                _lanes.Written(count);
            });
            var end = await upload.RunAsync(cancellationToken).ConfigureAwait(false);
            if (start > 0 || upload.IsShared)
            {
                await CheckLengthAsync(file, end, cancellationToken).ConfigureAwait(false);
            }

            // The server takes them in their order; neither waits for the other's answer.
            var setting = Options.KeepAttributes && !target.IsDirect
                ? Client.SetAttributesAsync(file, AttributesOf(status), cancellationToken)
                : Task.CompletedTask;
            var closing = Client.CloseAsync(file, cancellationToken);
            isOpen = false;
            await ((Task)Task.WhenAll(setting, closing)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await closing.ConfigureAwait(false);
            if (!target.IsDirect)
            {
                await NameAsync(partial, target.Path, cancellationToken).ConfigureAwait(false);
            }

            written = 0; // it has its name; from here on there is nothing to clean up
            await setting.ConfigureAwait(false);
            return new SftpCopied(path, destination, end, start, clock.Elapsed);
        }
        catch (Exception e) when (e is SshException or OperationCanceledException)
        {
            if (isOpen) Client.CloseSoon(file);
            if (!target.IsDirect && !IsWorthKeeping(e, written)) Client.RemoveSoon(partial);
            throw await ExplainAsync(e, target.Path, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task NameAsync(string partial, string path, CancellationToken cancellationToken)
    {
        try
        {
            await Client.RenameAsync(partial, path, cancellationToken).ConfigureAwait(false);
        }
        catch (SshException e) when (e.Error == SshError.FileNotFound)
        {
            // A server has no lock that would have kept us from writing into the other's.
            throw new SshException(
                SshError.FileFailed,
                $"cannot write {Client.NameOf(path)}: something else was copied there at the same time; copy it again",
                e);
        }
    }

    /// <summary>
    /// Looks at what has the name already: through a link, what it leads to is replaced; a device is written to.
    /// </summary>
    private async Task<(string Path, bool IsDirect, bool IsThere)> FindTargetAsync(
        string path, LocalFileStatus source, CancellationToken cancellationToken)
    {
        var there = await Client.FindAttributesAsync(path, followLink: false, cancellationToken).ConfigureAwait(false);
        if (there is { IsLink: true })
        {
            path = await Client.GetRealPathAsync(path, cancellationToken).ConfigureAwait(false);
            there = await Client.FindAttributesAsync(path, followLink: true, cancellationToken).ConfigureAwait(false);
        }

        if (there is not { } found) return (path, false, false);
        if (found.IsFolder) throw IsFolderThere(Client.NameOf(path));
        if (!found.IsFile) return (path, true, false);
        var isSame = Options.Resume && found.Size == (ulong)source.Size
            && (!Options.KeepAttributes || found.ModifyTime == Seconds(source.ModifyTime));
        if (isSame) return (path, false, true);
        if (!Options.Force && found.Permissions is { } mode && (mode & SftpLocal.AnyWrite) == 0)
        {
            throw IsReadOnly(Client.NameOf(path));
        }

        return (path, false, false);
    }

    private async Task CheckLengthAsync(SftpFile file, long length, CancellationToken cancellationToken)
    {
        var there = await Client.GetAttributesAsync(file, cancellationToken).ConfigureAwait(false);
        if (there.Size is null || there.Size == (ulong)length) return;
        throw new SshException(
            SshError.FileFailed, $"cannot write {file.Name}: it has {there.Size} bytes in place of {length}");
    }

    private async Task<Exception> ExplainAsync(Exception error, string path, CancellationToken cancellationToken)
    {
        if (error is not SshException { Error: SshError.FileFailed } failed || Client.EndReason is not null)
        {
            return error;
        }

        var folder = path.Contains('/', StringComparison.Ordinal) ? path[..(path.LastIndexOf('/') + 1)] : ".";
        return await Client.IsFullAsync(folder, cancellationToken).ConfigureAwait(false)
            ? SftpErrors.Because(failed, "no space left on the server's disk")
            : error;
    }

    private static uint Seconds(long time) => (uint)Math.Clamp(time, 0, uint.MaxValue);

    private static SftpAttributes ModeOf(UnixFileMode mode) => new() { Mode = (uint)mode };

    private static SftpAttributes AttributesOf(LocalFileStatus status) => new()
    {
        Mode = (uint)status.Permissions,
        AccessTime = Seconds(status.AccessTime),
        ModifyTime = Seconds(status.ModifyTime),
    };
}
