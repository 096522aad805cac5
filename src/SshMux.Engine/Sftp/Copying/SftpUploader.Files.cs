using System.Diagnostics;

namespace SshMux.Engine.Sftp.Copying;

// One file: what is at its name, what it is written under, and how it gets its name.
public sealed partial class SftpUploader
{
    private async Task<SftpCopied?> CopyAsync(
        string path, LocalFileStatus status, string destination, bool isNew, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        await Partials.EnterAsync(destination, cancellationToken).ConfigureAwait(false);
        var target = new Target(destination, false, false);
        if (!isNew) target = await FindTargetAsync(destination, status, cancellationToken).ConfigureAwait(false);
        if (target.IsThere)
        {
            Progress.Skipped(status.Size);
            return null;
        }

        await Partials.EnterAsync(target.Path, cancellationToken).ConfigureAwait(false);
        using var source = SftpLocal.OpenToRead(path);
        var opener = new SftpPartOpener(
            Client, _user, Partials, path, status, target.Path, Options.Resume, KeepAttributes);
        var written = 0L;
        var isOpen = true;
        SftpUploadPart? part = null;
        try
        {
            part = await (target.IsDevice || Options.InPlace
                ? opener.OpenInPlaceAsync(cancellationToken)
                : opener.OpenAsync(CanBeResumed(status.Size), cancellationToken)).ConfigureAwait(false);
            var file = part.File;
            written = part.Start;
            Progress.Skipped(part.Start);
            Func<SftpClient, Task<SftpFile>>? join = part.Name is null
                ? null
                : client => SftpPartOpener.JoinAsync(Client, part, client, cancellationToken);
            var upload = new SftpUpload(_lanes, file, join, source, path, part.Start, status.Size, count =>
            {
                Interlocked.Add(ref written, count);
                Progress.Copied(count);
                _lanes.Written(count);
            });
            var end = await upload.RunAsync(cancellationToken).ConfigureAwait(false);
            if (part.Start > 0 || upload.IsShared)
            {
                await CheckLengthAsync(file, end, cancellationToken).ConfigureAwait(false);
            }

            // The server takes them in their order; none waits for another's answer.
            var setting = KeepAttributes && !target.IsDevice
                ? Client.SetAttributesAsync(file, AttributesOf(status), cancellationToken)
                : Task.CompletedTask;
            var checking = CheckNameAsync(part, cancellationToken);
            var closing = Client.CloseAsync(file, cancellationToken);
            isOpen = false;
            await ((Task)Task.WhenAll(setting, checking, closing))
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await closing.ConfigureAwait(false);
            if (!await checking.ConfigureAwait(false))
            {
                part = part with { Name = null }; // it is another's, and not to be removed
                throw new SshException(
                    SshError.FileFailed,
                    $"cannot write {file.Name}: what was written was replaced by something else, or removed; copy it "
                    + "again");
            }

            if (part.Name is { } name) await NameAsync(name, target.Path, cancellationToken).ConfigureAwait(false);
            await TellAsync(setting).ConfigureAwait(false);
            return new SftpCopied(path, destination, end, part.Start, clock.Elapsed);
        }
        catch (Exception e) when (e is SshException or OperationCanceledException)
        {
            if (isOpen && part is not null) Client.CloseSoon(part.File);
            var keep = part is { CanBeResumed: true } && IsWorthKeeping(e, written);
            if (part?.Name is { } name && !keep) Client.RemoveSoon(name);
            throw await ExplainAsync(e, target.Path, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            opener.Leave();
        }

        // The content counts: a server that keeps it and refuses the rest has the file.
        async Task TellAsync(Task setting)
        {
            try
            {
                await setting.ConfigureAwait(false);
            }
            catch (SshException e) when (Client.EndReason is null)
            {
                await AttributesRefusedHereAsync(e).ConfigureAwait(false);
            }
        }
    }

    /// <summary>
    /// Whether the name that a long file was written under still means it, as far as the protocol can tell: by owner, mode,
    /// length and time. Short ones have a name that nobody knew. Only OpenSSH's server is asked: others may tell of a file
    /// that is not closed yet what they like.
    /// </summary>
    private async Task<bool> CheckNameAsync(SftpUploadPart part, CancellationToken cancellationToken)
    {
        if (part is not { Name: { } name, CanBeResumed: true } || !Client.HasExtension(SftpProtocol.SetStatOfLink))
        {
            return true;
        }

        var opened = Client.GetAttributesAsync(part.File, cancellationToken);
        var named = SftpPartOpener.LookAsync(Client, name, cancellationToken);
        return await named.ConfigureAwait(false) is { } there
            && SftpPartOpener.IsSame(there, await opened.ConfigureAwait(false));
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
                $"cannot write {Client.NameOf(path)}: what was written is gone, as something else was copied there at the "
                + "same time, or something there takes files as they appear; copy it again, or with -InPlace",
                e);
        }
        catch (SshException e) when (Client.EndReason is null)
        {
            throw SftpErrors.Because(
                e,
                $"the server does not rename the file that was written to that name ({SftpErrors.Reason(e)}); -InPlace "
                + "writes under the name itself");
        }
    }

    /// <summary>
    /// Looks at what has the name already: through a link, what it leads to is replaced; a device is written to.
    /// </summary>
    private async Task<Target> FindTargetAsync(
        string path, LocalFileStatus source, CancellationToken cancellationToken)
    {
        var there = await LookAsync(path, followLink: false, cancellationToken).ConfigureAwait(false);
        if (there is { IsLink: true } link)
        {
            // What it leads to is replaced by its own name: the server's kernel sees no link that it could refuse.
            if (await _user.IsAnothersAsync(link, path, cancellationToken).ConfigureAwait(false))
            {
                throw IsLinkOfAnother(Client.NameOf(path));
            }

            path = await Client.GetRealPathAsync(path, cancellationToken).ConfigureAwait(false);
            there = await LookAsync(path, followLink: true, cancellationToken).ConfigureAwait(false);
        }

        if (there is not { } found) return new Target(path, false, false);
        if (found.IsFolder) throw IsFolderThere(Client.NameOf(path));
        if (!found.IsFile)
        {
            return await _user.IsAnothersAsync(found, path, cancellationToken).ConfigureAwait(false)
                ? throw IsLinkOfAnother(Client.NameOf(path))
                : new Target(path, true, false);
        }

        var isSame = Options.Resume && found.Size == (ulong)source.Size
            && (!Options.KeepAttributes || found.ModifyTime == Seconds(source.ModifyTime));
        if (isSame) return new Target(path, false, true);
        if (found.Permissions is { } mode && (mode & SftpLocal.AnyWrite) == 0)
        {
            if (!Options.Force) throw IsReadOnly(Client.NameOf(path));
            if (Options.InPlace) await Client.RemoveAsync(path, cancellationToken).ConfigureAwait(false);
        }

        return new Target(path, false, false);
    }

    /// <summary>
    /// What a path leads to; null if there is nothing. Of what is written in place it need not be known: there are folders
    /// that files may be put into and not be looked at.
    /// </summary>
    private async Task<SftpAttributes?> LookAsync(string path, bool followLink, CancellationToken cancellationToken)
    {
        try
        {
            return await Client.FindAttributesAsync(path, followLink, cancellationToken).ConfigureAwait(false);
        }
        catch (SshException e) when (Options.InPlace && e.Error is SshError.FileDenied or SshError.NotSupported)
        {
            return null;
        }
    }

    private async Task CheckLengthAsync(SftpFile file, long length, CancellationToken cancellationToken)
    {
        var there = await Client.GetAttributesAsync(file, cancellationToken).ConfigureAwait(false);
        if (there.Size is null || there.Size == (ulong)length) return;
        throw new SshException(
            SshError.FileFailed, $"cannot write {file.Name}: it has {there.Size} bytes in place of {length}");
    }

    /// <summary>What an error of the server means, where its few words leave that open.</summary>
    private async Task<Exception> ExplainAsync(Exception error, string path, CancellationToken cancellationToken)
    {
        if (error is not SshException failed || Client.EndReason is not null) return error;
        var slash = path.LastIndexOf('/');
        var folder = slash < 0 ? "." : path[..Math.Max(slash, 1)];
        switch (failed.Error)
        {
            case SshError.FileNotFound:
                return await Client.FindAttributesAsync(folder, followLink: true, cancellationToken)
                    .ConfigureAwait(false) is null
                    ? NoFolder(folder, failed)
                    : error;
            case SshError.FileFailed:
                return await Client.IsFullAsync(folder, cancellationToken).ConfigureAwait(false)
                    ? SftpErrors.Because(failed, "no space left on the server's disk")
                    : error;
            default:
                return error;
        }
    }

    /// <summary>What a file is to replace, after links.</summary>
    /// <param name="Path">Its path.</param>
    /// <param name="IsDevice">Whether it is written to as it is.</param>
    /// <param name="IsThere">Whether the file is there already, as far as can be seen.</param>
    private readonly record struct Target(string Path, bool IsDevice, bool IsThere);
}
