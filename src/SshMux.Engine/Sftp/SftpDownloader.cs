using System.Diagnostics;
using Microsoft.Win32.SafeHandles;

namespace SshMux.Engine.Sftp;

/// <summary>
/// Copies files and folders of a server to this machine. What the server says is not trusted: a name in a folder cannot
/// lead out of the place that it is copied to, and no link is made here.
/// </summary>
public sealed class SftpDownloader : SftpCopier
{
    private string _destination = "";
    private bool _isFolder;
    private bool _isUsed;

    /// <summary>Copies over a session.</summary>
    public SftpDownloader(SftpClient client, SftpCopyOptions options, ISftpCopyReport report)
        : base(client, options, report)
    {
    }

    /// <summary>
    /// Sets where to copy to, before anything is added: into a folder that exists, else under that very name.
    /// </summary>
    /// <param name="destination">The full path.</param>
    /// <exception cref="SshException">It cannot be.</exception>
    public void SetDestination(string destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        var there = LocalFileStatus.Find(destination, followLink: true);
        _isFolder = there is { IsFolder: true };
        if (!_isFolder && destination.EndsWith('/'))
        {
            throw there is null
                ? new SshException(SshError.FileNotFound, $"there is no folder {Shown(destination)}")
                : IsNoFolder(Shown(destination));
        }

        var parent = Path.GetDirectoryName(destination);
        if (!_isFolder && !Directory.Exists(parent))
        {
            throw new SshException(SshError.FileNotFound, $"there is no folder {Shown(parent ?? destination)}");
        }

        _destination = destination;
    }

    /// <summary>Copies a file or folder; returns when all of it was begun.</summary>
    /// <param name="path">The path on the server, without "~".</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SshException">It cannot be copied as such, or the session has ended. What fails within a folder
    /// is told to the report.</exception>
    public async Task AddAsync(string path, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (Client.EndReason is { } reason) throw reason.Again();
        if (!_isFolder && _isUsed) throw OnlyOne(Shown(_destination));
        var found = await Client.FindAttributesAsync(path, followLink: true, cancellationToken).ConfigureAwait(false)
            ?? throw new SshException(SshError.FileNotFound, $"cannot read {Client.NameOf(path)}: no such file");
        var destination = _isFolder
            ? await InFolderAsync(path, cancellationToken).ConfigureAwait(false)
            : _destination;
        Claim(destination, Shown(destination));
        await AddAsync(Root, path, found, destination, isNew: false, [], cancellationToken).ConfigureAwait(false);
        _isUsed = true;
    }

    /// <summary>A name that a server sent, if it can be one here and in that very folder.</summary>
    private static string CheckedName(SftpEntry entry, string folder)
    {
        if (!entry.IsNameSafe)
        {
            throw new SshException(
                SshError.FileNameRefused,
                $"the server lists the name '{Shown(entry.Name)}' in {folder}, which leads out of that folder; "
                + "it was not copied");
        }

        if (entry.Name.AsSpan().ContainsAnyInRange('\uDC80', '\uDCFF'))
        {
            throw new SshException(
                SshError.FileNameRefused,
                $"cannot copy {Shown(entry.Name)} in {folder}: its name is not UTF-8, and could not be kept");
        }

        return entry.Name;
    }

    private async Task<string> InFolderAsync(string path, CancellationToken cancellationToken)
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

        return Path.Join(_destination, CheckedName(new SftpEntry(name, default), Client.NameOf(path)));
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
            if (!Options.Recurse) throw NoRecurse(Client.NameOf(path));
            if (above.Count >= MaxDepth)
            {
                throw new SshException(SshError.FileFailed, $"{Client.NameOf(path)} is too deep");
            }

            // Whether a link leads back only shows in paths without links.
            var real = await Client.GetRealPathAsync(path, cancellationToken).ConfigureAwait(false);
            if (above.Contains(real)) throw Loop(Client.NameOf(path));
            above.Add(real);
            await AddFolderAsync(folder, path, attributes, destination, above, cancellationToken).ConfigureAwait(false);
            above.RemoveAt(above.Count - 1);
            return;
        }

        if (!attributes.IsFile) throw NoFile(Client.NameOf(path));
        await StartFileAsync(
            folder,
            path,
            Length(attributes),
            stop => CopyAsync(path, attributes, destination, isNew, stop),
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
        var isNew = MakeFolder(destination, attributes);
        var keep = Options.KeepAttributes && (isNew || Options.Resume);
        var folder = parent.Enter(() => keep ? FinishAsync() : Task.CompletedTask);
        try
        {
            await foreach (var entry in Client.ListAsync(path, cancellationToken).ConfigureAwait(false))
            {
                var inner = $"{path.TrimEnd('/')}/{entry.Name}";
                try
                {
                    var target = Path.Join(destination, CheckedName(entry, Client.NameOf(path)));
                    var found = entry.Attributes;
                    if (found.Mode is null || found.IsLink)
                    {
                        found = await Client.FindAttributesAsync(inner, followLink: true, cancellationToken)
                            .ConfigureAwait(false) ?? throw new SshException(
                                SshError.FileNotFound, $"cannot read {Client.NameOf(inner)}: the link leads nowhere");
                    }

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
                if (attributes.Permissions is { } mode) SftpLocal.SetMode(destination, mode);
                if (attributes.ModifyTime is { } time) Directory.SetLastWriteTimeUtc(destination, Time(time));
            }
            catch (Exception e) when (SftpErrors.IsLocal(e))
            {
                if (Client.EndReason is not null) return; // the end of the session is told once
                await FailedAsync(path, SftpErrors.Local("set mode and times of", destination, e))
                    .ConfigureAwait(false);
            }
        }
    }

    /// <summary>Makes a folder unless it is there; gives whether it was made.</summary>
    private bool MakeFolder(string path, SftpAttributes attributes)
    {
        if (LocalFileStatus.Find(path, followLink: true) is { } there)
        {
            return there.IsFolder ? false : throw IsNoFolder(Shown(path));
        }

        try
        {
            // Until it is filled it has to be open to its owner.
            SftpLocal.MakeFolder(path, Options.KeepAttributes ? attributes.Permissions | SftpLocal.OwnerOnly : null);
            return true;
        }
        catch (Exception e) when (SftpErrors.IsLocal(e))
        {
            throw SftpErrors.Local("make the folder", path, e);
        }
    }

    private async Task<SftpCopied?> CopyAsync(
        string path, SftpAttributes attributes, string destination, bool isNew, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var size = Length(attributes);
        var target = destination;
        var isDirect = false;
        if (!isNew && FindTarget(ref target, attributes, out isDirect))
        {
            Progress.Skipped(size);
            return null;
        }

        var partial = isDirect ? target : PartialPath(target);
        var file = await Client.OpenFileAsync(path, SftpOpenFlags.Read, default, cancellationToken)
            .ConfigureAwait(false);
        var written = 0L;
        var isOpen = true;
        var isOurs = false;
        try
        {
            var end = 0L;
            var start = 0L;
            var mode = attributes.Permissions ?? SftpLocal.OwnerReadWrite;
            if (Options.KeepAttributes) mode &= SftpLocal.OwnerOnly;
            var resume = Options.Resume && !isDirect;
            using (var stream = SftpLocal.OpenToWrite(
                partial, resume, isDirect, mode | SftpLocal.OwnerReadWrite, target))
            {
                isOurs = !isDirect;
                var handle = stream.SafeFileHandle;
                if (resume) start = written = ResumeAt(RandomAccess.GetLength(handle), size);
                Progress.Skipped(start);
                var download = new SftpDownload(Client, file, handle, target, start, size, count =>
                {
                    written += count;
                    Progress.Copied(count);
                });
                end = await download.RunAsync(cancellationToken).ConfigureAwait(false);
                Client.CloseSoon(file);
                isOpen = false;
                if (!isDirect)
                {
                    if (RandomAccess.GetLength(handle) > end) RandomAccess.SetLength(handle, end);
                    if (Options.KeepAttributes) SetAttributes(handle, attributes);
                }
            }

            if (!isDirect) File.Move(partial, target, overwrite: true);
            return new SftpCopied(path, destination, end, start, clock.Elapsed);
        }
        catch (Exception e) when (e is SshException or OperationCanceledException || SftpErrors.IsLocal(e))
        {
            if (isOpen) Client.CloseSoon(file);
            if (isOurs && !IsWorthKeeping(e, written)) RemoveQuietly(partial);
            if (e is SshException or OperationCanceledException) throw;
            throw SftpErrors.Local("write", target, e);
        }
    }

    /// <summary>
    /// Looks at what has the name already: through a link, what it leads to is replaced; a device is written to. Gives
    /// whether the file is there already, as far as can be seen.
    /// </summary>
    private bool FindTarget(ref string path, SftpAttributes source, out bool isDirect)
    {
        isDirect = false;
        var there = LocalFileStatus.Find(path, followLink: false);
        if (there is { IsLink: true })
        {
            path = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
            there = LocalFileStatus.Find(path, followLink: true);
        }

        if (there is not { } found) return false;
        if (found.IsFolder) throw IsFolderThere(Shown(path));
        if (!found.IsFile)
        {
            isDirect = true;
            return false;
        }

        var isSame = Options.Resume && (ulong)found.Size == source.Size
            && (!Options.KeepAttributes || found.ModifyTime == source.ModifyTime);
        if (isSame) return true;
        return Options.Force || (found.Permissions & SftpLocal.AnyWrite) != 0 ? false : throw IsReadOnly(Shown(path));
    }

    private static void SetAttributes(SafeFileHandle handle, SftpAttributes attributes)
    {
        if (attributes.Permissions is { } mode) SftpLocal.SetMode(handle, mode);
        if (attributes.ModifyTime is not { } modified) return;
        File.SetLastAccessTimeUtc(handle, Time(attributes.AccessTime ?? modified));
        File.SetLastWriteTimeUtc(handle, Time(modified));
    }

    private static void RemoveQuietly(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (SftpErrors.IsLocal(e))
        {
            // What failed before is told; the name of what stays says what it is.
        }
    }

    private static long Length(SftpAttributes attributes) =>
        (long)Math.Min(attributes.Size ?? 0, (ulong)long.MaxValue);

    private static DateTime Time(uint seconds) => DateTime.UnixEpoch.AddSeconds(seconds);
}
