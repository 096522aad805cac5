using SshMux.Engine.Sftp.Local;

namespace SshMux.Engine.Sftp.Copying;

/// <summary>
/// Copies files and folders of a server to this machine. What the server says is not trusted: a name in a folder cannot
/// lead out of the place that it is copied to, and no link is made here.
/// </summary>
internal sealed class SftpDownloader : SftpCopier
{
    private readonly SftpFileDownloader _files;
    private SftpDestination? _destination;

    /// <summary>Copies over a session.</summary>
    public SftpDownloader(SftpClient client, SftpCopyOptions options, ISftpCopyReport report)
        : base(client, options, report, LocalFileSystem.This.Names)
    {
        _files = new SftpFileDownloader(client, Partials, options, Attributes, Progress);
    }

    /// <summary>Sets where to copy to, before anything is added; see <see cref="FindDestination"/>.</summary>
    /// <exception cref="SshException">It cannot be.</exception>
    public void SetDestination(string destination) => _destination = FindDestination(destination);

    /// <summary>Copies a file or folder to that destination; returns when all of it was begun.</summary>
    /// <param name="path">The path on the server, without "~".</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SshException">See <see cref="SftpCopier.AddAsync"/>.</exception>
    public Task AddAsync(string path, CancellationToken cancellationToken) => AddAsync(
        _destination ?? throw new InvalidOperationException("no destination was set"), path, cancellationToken);

    /// <inheritdoc />
    public override Task<SftpDestination> FindDestinationAsync(string path, CancellationToken cancellationToken) =>
        Task.FromResult(FindDestination(path));

    private static SftpDestination FindDestination(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var there = LocalFileSystem.This.Find(path, followLink: true);
        var isFolder = there is { IsFolder: true };
        if (!isFolder && Path.EndsInDirectorySeparator(path)) throw SftpCopyErrors.NoFolder(SftpErrors.Shown(path));
        var parent = Path.GetDirectoryName(path);
        if (!isFolder && !Directory.Exists(parent))
        {
            throw SftpCopyErrors.NoFolder(SftpErrors.Shown(parent ?? path));
        }

        if (!isFolder) DemandName(path);
        return new SftpDestination(path, SftpErrors.Shown(path), isFolder, there is not null);
    }

    private protected override async Task AddToAsync(
        SftpDestination destination, string path, CancellationToken cancellationToken)
    {
        var found = await Client.FindAttributesAsync(path, followLink: true, cancellationToken).ConfigureAwait(false)
            ?? throw new SshException(SshError.FileNotFound, $"cannot read {Client.NameOf(path)}: no such file");
        var target = destination.IsFolder
            ? await InFolderAsync(destination, path, cancellationToken).ConfigureAwait(false)
            : destination.Path;
        Claim(target, SftpErrors.Shown(target));
        await AddAsync(Root, path, found, target, isNew: false, [], cancellationToken).ConfigureAwait(false);
    }

    private protected override Task MakeFolderOfAsync(
        SftpDestination destination, CancellationToken cancellationToken)
    {
        MakeFolder(destination.Path, default, out _);
        return Task.CompletedTask;
    }

    /// <summary>The path here of a name that a server sent, if it can be one here and in that very folder.</summary>
    private static string CheckedPath(SftpEntry entry, string folder, string destination)
    {
        if (!entry.IsNameSafe)
        {
            throw new SshException(
                SshError.FileNameRefused,
                $"the server lists the name '{SftpErrors.Shown(entry.Name)}' in {folder}, which leads out of that folder; "
                + "it was not copied");
        }

        if (LocalFileSystem.This.WhyNoName(destination, entry.Name) is { } reason)
        {
            throw new SshException(
                SshError.FileNameRefused, $"cannot copy {SftpErrors.Shown(entry.Name)} in {folder}: {reason}");
        }

        return Path.Join(destination, entry.Name);
    }

    /// <summary>The last name of a path that a person gave, and that is to be made.</summary>
    private static void DemandName(string path)
    {
        var name = Path.GetFileName(path);
        if (LocalFileSystem.This.WhyNoName(path[..^name.Length], name) is not { } reason) return;
        throw SftpErrors.Local("write", path, SshError.FileNameRefused, reason);
    }

    /// <summary>
    /// Takes the names of a folder, where several of a server can be one here; null where they cannot, as a folder may have
    /// names without end.
    /// </summary>
    private static HashSet<string>? NamesInFolder() => LocalFileSystem.This.Names == StringComparison.Ordinal
        ? null
        : new(StringComparer.FromComparison(LocalFileSystem.This.Names));

    private async Task<string> InFolderAsync(
        SftpDestination destination, string path, CancellationToken cancellationToken)
    {
        var name = LastName(path);
        if (name is "" or "." or "..")
        {
            name = LastName(await Client.GetRealPathAsync(path, cancellationToken).ConfigureAwait(false));
        }

        if (name.Length == 0)
        {
            throw new SshException(
                SshError.FileFailed,
                $"cannot copy {Client.NameOf(path)} into a folder: it has no name; give the new folder's name as "
                + "-Destination");
        }

        return CheckedPath(new SftpEntry(name, default), Client.NameOf(path), destination.Path);
    }

    private static string LastName(string path)
    {
        path = path.TrimEnd('/');
        return path[(path.LastIndexOf('/') + 1)..];
    }

    private async Task AddAsync(
        CopiedFolder folder,
        string path,
        SftpAttributes attributes,
        string destination,
        bool isNew,
        List<string> above,
        CancellationToken cancellationToken)
    {
        if (attributes.IsFolder)
        {
            if (!Options.Recurse) throw SftpCopyErrors.NoRecurse(Client.NameOf(path));
            if (above.Count >= MaxDepth) throw SftpCopyErrors.TooDeep(Client.NameOf(path));

            // Whether a link leads back only shows in paths without links.
            var real = await Client.GetRealPathAsync(path, cancellationToken).ConfigureAwait(false);
            if (above.Contains(real)) throw SftpCopyErrors.Loop(Client.NameOf(path));
            above.Add(real);
            await AddFolderAsync(folder, path, attributes, destination, above, cancellationToken).ConfigureAwait(false);
            above.RemoveAt(above.Count - 1);
            return;
        }

        if (!attributes.IsFile) throw SftpCopyErrors.NoFile(Client.NameOf(path));
        await StartFileAsync(
            folder,
            path,
            attributes.Length,
            stop => _files.CopyAsync(path, attributes, destination, isNew, stop),
            cancellationToken).ConfigureAwait(false);
    }

    private async Task AddFolderAsync(
        CopiedFolder parent,
        string path,
        SftpAttributes attributes,
        string destination,
        List<string> above,
        CancellationToken cancellationToken)
    {
        await Partials.EnterAsync(destination, cancellationToken).ConfigureAwait(false);
        var isNew = MakeFolder(destination, attributes, out var made);
        var keep = Options.KeepAttributes && (isNew || Options.Resume);
        var folder = parent.Enter(() => keep ? FinishAsync() : Task.CompletedTask);
        try
        {
            var names = NamesInFolder();
            await foreach (var entry in Client.ListAsync(path, cancellationToken).ConfigureAwait(false))
            {
                var inner = $"{path.TrimEnd('/')}/{entry.Name}";
                try
                {
                    var target = CheckedPath(entry, Client.NameOf(path), destination);
                    var found = entry.Attributes;
                    if (found.Mode is null || found.IsLink)
                    {
                        found = await Client.FindAttributesAsync(inner, followLink: true, cancellationToken)
                            .ConfigureAwait(false) ?? throw new SshException(
                                SshError.FileNotFound, $"cannot read {Client.NameOf(inner)}: the link leads nowhere");
                    }

                    if (names?.Add(entry.Name) == false) throw SftpCopyErrors.DiffersInCase(SftpErrors.Shown(target));
                    await AddAsync(folder, inner, found, target, isNew, above, cancellationToken).ConfigureAwait(false);
                }
                catch (SshException e)
                {
                    await FailedAsync(inner, e).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            await folder.LeaveAsync().ConfigureAwait(false);
        }

        async Task FinishAsync()
        {
            try
            {
                LocalFileSystem.This.SetAttributesOfFolder(
                    destination,
                    made,
                    _files.Allowed(attributes.Permissions),
                    attributes.ModifyTime is { } time ? SftpLocal.Time(time) : null);
            }
            catch (SshException e)
            {
                if (Client.EndReason is not null) return; // the end of the session is told once
                await Attributes.RefusedAsync(SftpErrors.Shown(destination), e).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Makes a folder unless it is there; gives whether it was made.</summary>
    private bool MakeFolder(string path, SftpAttributes attributes, out LocalFileStatus made)
    {
        // Until it is filled it has to be open to its owner.
        const UnixFileMode AnyMode = (UnixFileMode)0x1FF;
        var mode = Options.KeepAttributes ? (attributes.Permissions ?? AnyMode) | SftpLocal.OwnerOnly : AnyMode;
        var isNew = LocalFileSystem.This.Find(path, followLink: false) is null && LocalFileSystem.This.TryMakeFolder(path, mode);
        if (!isNew && LocalFileSystem.This.Find(path, followLink: false) is { IsLink: true, IsAnothers: true })
        {
            throw SftpCopyErrors.IsLinkOfAnother(SftpErrors.Shown(path));
        }

        made = LocalFileSystem.This.Find(path, followLink: !isNew) ?? default;
        return made.IsFolder ? isNew : throw SftpCopyErrors.IsNoFolder(SftpErrors.Shown(path));
    }
}
