using System.Diagnostics;

namespace SshMux.Engine.Sftp.Copying;

// One file: what is at its name, what it is written under, and how it gets its name.
public sealed partial class SftpDownloader
{
    private const int MaxTries = 8;

    private async Task<SftpCopied?> CopyAsync(
        string path, SftpAttributes attributes, string destination, bool isNew, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var size = Length(attributes);
        await Partials.EnterAsync(destination, cancellationToken).ConfigureAwait(false);
        var target = new Target(destination, null);
        if (!isNew && !FindTarget(ref target, attributes))
        {
            Progress.Skipped(size);
            return null;
        }

        await Partials.EnterAsync(target.Path, cancellationToken).ConfigureAwait(false);
        var file = await Client.OpenFileAsync(path, SftpOpenFlags.Read, default, cancellationToken)
            .ConfigureAwait(false);
        var written = 0L;
        var isOpen = true;
        Part? part = null;
        try
        {
            part = await OpenAsync(path, attributes, target, cancellationToken).ConfigureAwait(false);
            var start = written = part.Start;
            Progress.Skipped(start);
            var download = new SftpDownload(Client, file, part.File.Handle, target.Path, start, size, count =>
            {
                written += count;
                Progress.Copied(count);
            });
            var end = await download.RunAsync(cancellationToken).ConfigureAwait(false);
            Client.CloseSoon(file);
            isOpen = false;
            if (!target.IsDevice)
            {
                part.File.CutTo(end);
                if (Options.KeepAttributes) await SetAttributesAsync(part, target, attributes).ConfigureAwait(false);
            }

            if (part.Name is not null) part.File.Rename(target.Path);
            return new SftpCopied(path, destination, end, start, clock.Elapsed);
        }
        catch (Exception e) when (e is SshException or OperationCanceledException || SftpErrors.IsLocal(e))
        {
            var keep = part is { CanBeResumed: true } && IsWorthKeeping(e, written);
            if (part is { Name: not null } && !keep) part.File.RemoveQuietly();
            if (e is SshException or OperationCanceledException) throw;
            throw SftpErrors.Local("write", target.Path, e);
        }
        finally
        {
            if (isOpen) Client.CloseSoon(file);
            part?.File.Dispose();
            if (part?.Name is { } name) Partials.Leave(name);
        }
    }

    /// <summary>
    /// Looks at what has the name already: through a link, what it leads to is replaced; a device is written to. False
    /// if the file is there already, as far as can be seen.
    /// </summary>
    private bool FindTarget(ref Target target, SftpAttributes source)
    {
        var path = target.Path;
        var there = LocalFileStatus.Find(path, followLink: false);
        if (there is { IsLink: true } link)
        {
            // In a folder where everybody can write it may lead to a file of ours that somebody wants overwritten. The
            // kernel refuses to follow such links (fs.protected_symlinks), but here they are followed by hand.
            if (link.IsAnothers) throw IsLinkOfAnother(Shown(path));
            path = Resolved(path);
            there = LocalFileStatus.Find(path, followLink: true);
        }

        target = new Target(path, there);
        if (there is not { } found) return true;
        if (found.IsFolder) throw IsFolderThere(Shown(path));
        if (!found.IsFile) return found.IsAnothers ? throw IsLinkOfAnother(Shown(path)) : true;
        var isSame = Options.Resume && (ulong)found.Size == source.Size
            && (!Options.KeepAttributes || found.ModifyTime == source.ModifyTime);
        if (isSame) return false;
        return Options.Force || (found.Permissions & SftpLocal.AnyWrite) != 0 ? true : throw IsReadOnly(Shown(path));
    }

    private static string Resolved(string path)
    {
        try
        {
            return File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        }
        catch (Exception e) when (SftpErrors.IsLocal(e))
        {
            throw SftpErrors.Local("write", path, e);
        }
    }

    /// <summary>Opens what is written to; what has a name in it gets its right name when it is whole.</summary>
    private async Task<Part> OpenAsync(
        string source, SftpAttributes attributes, Target target, CancellationToken cancellationToken)
    {
        var mode = attributes.Permissions ?? SftpLocal.OwnerReadWrite;
        if (Options.KeepAttributes) mode &= SftpLocal.OwnerOnly;
        mode |= SftpLocal.OwnerReadWrite;
        if (target.IsDevice) return new Part(LocalFile.OpenThere(target.Path, target.Path), null, 0, false);
        if (Options.InPlace) return new Part(OpenInPlace(target, mode), null, 0, false);
        var size = Length(attributes);
        if (CanBeResumed(size))
        {
            var name = SftpPartialNames.Resumable(target.Path, source, size, attributes.ModifyTime ?? 0);
            if (await TryOpenAsync(name).ConfigureAwait(false) is { } part) return part;
        }

        for (var tries = 0; tries < MaxTries; tries++)
        {
            var name = SftpPartialNames.Fresh(target.Path);
            if (LocalFile.TryCreate(name, mode, target.Path) is not { } file) continue;
            Partials.TryTake(name);
            return new Part(file, name, 0, false);
        }

        throw new SshException(
            SshError.FileFailed, $"cannot write {Shown(target.Path)}: every name for it is taken at once");

        async Task<Part?> TryOpenAsync(string name)
        {
            if (!Partials.TryTake(name)) return null;
            var isTaken = false;
            try
            {
                var file = LocalFile.TryCreate(name, mode, target.Path);
                if (file is not null)
                {
                    isTaken = true;
                    return new Part(file, name, 0, true);
                }

                // What is there may be a whole file that the source calls so.
                var inSource = source[..(source.LastIndexOf('/') + 1)] + Path.GetFileName(name);
                if (await Client.FindAttributesAsync(inSource, followLink: false, cancellationToken)
                    .ConfigureAwait(false) is not null)
                {
                    return null;
                }

                file = LocalFile.TryTakeUp(name, mode, target.Path);
                if (file is null) return null;
                isTaken = true;
                var start = Options.Resume ? ResumeAt(RandomAccess.GetLength(file.Handle), size) : 0;
                if (start == 0) file.CutTo(0);
                return new Part(file, name, start, true);
            }
            finally
            {
                if (!isTaken) Partials.Leave(name);
            }
        }
    }

    private LocalFile OpenInPlace(Target target, UnixFileMode mode)
    {
        var isThere = target.Found is not null;
        if (target.Found is { } found && Options.Force && (found.Permissions & SftpLocal.AnyWrite) == 0)
        {
            File.Delete(target.Path);
            isThere = false;
        }

        if (!isThere && LocalFile.TryCreate(target.Path, mode, target.Path) is { } made) return made;
        var file = LocalFile.OpenThere(target.Path, target.Path);
        try
        {
            file.CutTo(0);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private async Task SetAttributesAsync(Part part, Target target, SftpAttributes attributes)
    {
        DateTime? modified = attributes.ModifyTime is { } time ? Time(time) : null;
        var accessed = attributes.AccessTime is { } last ? Time(last) : modified;
        try
        {
            SftpLocal.SetAttributes(
                part.File.Handle, target.Path, Allowed(attributes.Permissions), accessed, modified);
        }
        catch (SshException e)
        {
            await AttributesRefusedAsync(Shown(Path.GetDirectoryName(target.Path) ?? target.Path), e)
                .ConfigureAwait(false);
        }
    }

    private static long Length(SftpAttributes attributes) =>
        (long)Math.Min(attributes.Size ?? 0, (ulong)long.MaxValue);

    private static DateTime Time(uint seconds) => DateTime.UnixEpoch.AddSeconds(seconds);

    /// <summary>What a file is to replace, after links.</summary>
    /// <param name="Path">Its path.</param>
    /// <param name="Found">What is there; null if there is nothing.</param>
    private readonly record struct Target(string Path, LocalFileStatus? Found)
    {
        /// <summary>Whether it is written to as it is.</summary>
        public bool IsDevice => Found is { IsFile: false };
    }

    /// <summary>What is written to.</summary>
    /// <param name="File">The file.</param>
    /// <param name="Name">The name that it has until it is whole; null if it keeps its name.</param>
    /// <param name="Start">How much of it is there already.</param>
    /// <param name="CanBeResumed">Whether another copy would find it.</param>
    private sealed record Part(LocalFile File, string? Name, long Start, bool CanBeResumed);
}
