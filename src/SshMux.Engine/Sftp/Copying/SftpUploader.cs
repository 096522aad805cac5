using SshMux.Engine.Sftp.Local;

namespace SshMux.Engine.Sftp.Copying;

/// <summary>Copies files and folders of this machine to a server.</summary>
internal sealed class SftpUploader : SftpCopier
{
    private readonly SftpRemoteUser _user;
    private readonly SftpUploadTargets _targets;
    private readonly SftpFileUploader _files;
    private SftpDestination? _destination;

    /// <summary>Copies over the first of the sessions, and large files over all of them.</summary>
    public SftpUploader(SftpLanes lanes, SftpCopyOptions options, ISftpCopyReport report)
        : base((lanes ?? throw new ArgumentNullException(nameof(lanes))).Clients[0], options, report, StringComparison.Ordinal)
    {
        _user = new SftpRemoteUser(Client);
        _targets = new SftpUploadTargets(Client, _user, options);
        _files = new SftpFileUploader(lanes, _user, _targets, Partials, options, Attributes, Progress);
    }

    /// <summary>
    /// Sets where to copy to, before anything is added; see <see cref="FindDestinationAsync"/>.
    /// </summary>
    /// <exception cref="SshException">It cannot be.</exception>
    public async Task SetDestinationAsync(string destination, CancellationToken cancellationToken) =>
        _destination = await FindDestinationAsync(destination, cancellationToken).ConfigureAwait(false);

    /// <summary>Copies a file or folder to that destination; returns when all of it was begun.</summary>
    /// <param name="path">The full path.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SshException">See <see cref="SftpCopier.AddAsync"/>.</exception>
    public Task AddAsync(string path, CancellationToken cancellationToken) => AddAsync(
        _destination ?? throw new InvalidOperationException("no destination was set"), path, cancellationToken);

    /// <inheritdoc />
    public override async Task<SftpDestination> FindDestinationAsync(
        string path, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(path);
        path = await Client.ExpandAsync(path, cancellationToken).ConfigureAwait(false);
        var there = await _targets.LookAsync(path, followLink: true, cancellationToken).ConfigureAwait(false);
        var isFolder = there is { IsFolder: true };
        if (!isFolder && path.EndsWith('/'))
        {
            var name = Client.NameOf(path);
            throw there is null ? SftpCopyErrors.NoFolder(name) : SftpCopyErrors.IsNoFolder(name);
        }

        return new SftpDestination(path, Client.NameOf(path), isFolder, there is not null);
    }

    private protected override async Task AddToAsync(
        SftpDestination destination, string path, CancellationToken cancellationToken)
    {
        path = LocalFileSystem.WithoutSeparator(path);
        var target = destination.IsFolder
            ? $"{destination.Path.TrimEnd('/')}/{Path.GetFileName(path)}"
            : destination.Path;
        Claim(target, Client.NameOf(target));
        await AddAsync(Root, path, target, isNew: false, [], cancellationToken).ConfigureAwait(false);
    }

    private protected override Task MakeFolderOfAsync(
        SftpDestination destination, CancellationToken cancellationToken) =>
        MakeFolderAsync(destination.Path, default, cancellationToken);

    private async Task AddAsync(
        CopiedFolder folder,
        string path,
        string destination,
        bool isNew,
        List<LocalFileId> above,
        CancellationToken cancellationToken)
    {
        if (!LocalFileSystem.This.CanBeSent(path))
        {
            throw new SshException(
                SshError.FileNameRefused,
                $"cannot copy {SftpErrors.Shown(path)}: its name has half of a character, which a server cannot be told; "
                + "rename it");
        }

        if (LocalFileSystem.This.Find(path, followLink: true) is not { } status)
        {
            if (path.Contains('\uFFFD', StringComparison.Ordinal))
            {
                throw new SshException(
                    SshError.FileNameRefused,
                    $"cannot read {SftpErrors.Shown(path)}: no file has just this name; if the real one is not UTF-8, it "
                    + "cannot be written here, but the folder that it is in can be copied with -Recurse");
            }

            var isLink = LocalFileSystem.This.Find(path, followLink: false) is { IsLink: true };
            throw new SshException(
                SshError.FileNotFound,
                $"cannot read {SftpErrors.Shown(path)}: {(isLink ? "the link leads nowhere" : "no such file")}");
        }

        if (status.IsFolder)
        {
            if (!Options.Recurse) throw SftpCopyErrors.NoRecurse(SftpErrors.Shown(path));
            if (above.Contains(status.Id)) throw SftpCopyErrors.Loop(SftpErrors.Shown(path));
            if (above.Count >= MaxDepth) throw SftpCopyErrors.TooDeep(SftpErrors.Shown(path));
            above.Add(status.Id);
            await AddFolderAsync(folder, path, status, destination, above, cancellationToken).ConfigureAwait(false);
            above.RemoveAt(above.Count - 1);
            return;
        }

        if (!status.IsFile) throw SftpCopyErrors.NoFile(SftpErrors.Shown(path));
        await StartFileAsync(
            folder,
            path,
            status.Size,
            stop => _files.CopyAsync(path, status, destination, isNew, stop),
            cancellationToken).ConfigureAwait(false);
    }

    private async Task AddFolderAsync(
        CopiedFolder parent,
        string path,
        LocalFileStatus status,
        string destination,
        List<LocalFileId> above,
        CancellationToken cancellationToken)
    {
        // Until it is filled it has to be open to its owner.
        await Partials.EnterAsync(destination, cancellationToken).ConfigureAwait(false);
        var attributes = SftpLocal.AttributesOf(status);
        var first = Attributes.IsOn && status.Permissions is { } mode ? ModeOf(mode | SftpLocal.OwnerOnly) : default;
        var isNew = await MakeFolderAsync(destination, first, cancellationToken).ConfigureAwait(false);
        var keep = Attributes.IsOn && (isNew || Options.Resume);
        var folder = parent.Enter(() => keep ? FinishAsync() : Task.CompletedTask);
        try
        {
            foreach (var name in LocalFileSystem.This.List(path))
            {
                cancellationToken.ThrowIfCancellationRequested();
                var inner = Path.Join(path, name);
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
        catch (SshException e) when (Client.EndReason is null)
        {
            await FailedAsync(path, e).ConfigureAwait(false);
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
                await Attributes.RefusedAsync(Client.Label, e).ConfigureAwait(false);
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
        catch (SshException e) when (Client.EndReason is null)
        {
            // The protocol has no word for "exists".
            var there = await Client.FindAttributesAsync(path, followLink: true, cancellationToken)
                .ConfigureAwait(false);
            if (there is null)
            {
                var reason = await _files.ExplainAsync(e, path, cancellationToken).ConfigureAwait(false);
                if (reason == e) throw;
                throw reason;
            }

            if (there is not { IsFolder: true }) throw SftpCopyErrors.IsNoFolder(Client.NameOf(path));
            var named = await _targets.LookAsync(path, followLink: false, cancellationToken).ConfigureAwait(false);
            return named is { IsLink: true } link
                && await _user.IsAnothersAsync(link, path, cancellationToken).ConfigureAwait(false)
                ? throw SftpCopyErrors.IsLinkOfAnother(Client.NameOf(path))
                : false;
        }
    }

    private static SftpAttributes ModeOf(UnixFileMode mode) => new() { Mode = (uint)mode };
}
