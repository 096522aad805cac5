using System.Diagnostics;
using SshMux.Engine.Sftp.Local;

namespace SshMux.Engine.Sftp.Copying;

/// <summary>
/// Copies single files to a server: what is at its name, what it is written under, and how it gets its name.
/// </summary>
/// <param name="lanes">The sessions.</param>
/// <param name="user">Who we are there.</param>
/// <param name="targets">Finds out what is replaced.</param>
/// <param name="names">The names that parts have.</param>
/// <param name="options">How files are copied.</param>
/// <param name="keeping">Whether they get modes and times.</param>
/// <param name="progress">How far it is.</param>
internal sealed class SftpFileUploader(
    SftpLanes lanes,
    SftpRemoteUser user,
    SftpUploadTargets targets,
    SftpPartialNames names,
    SftpCopyOptions options,
    SftpAttributeKeeping keeping,
    SftpCopyProgress progress)
{
    private readonly SftpClient _client = lanes.Clients[0];

    /// <summary>Copies a file.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="status">What it is.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="isNew">Whether nothing can be there, because the folder is new.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What was done; null if the file was there already.</returns>
    /// <exception cref="SshException">It is not copied, and why.</exception>
    public async Task<SftpCopied?> CopyAsync(
        string path, LocalFileStatus status, string destination, bool isNew, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        await names.EnterAsync(destination, cancellationToken).ConfigureAwait(false);
        var target = isNew
            ? new SftpUploadTarget(destination, false, false)
            : await targets.FindAsync(destination, status, cancellationToken).ConfigureAwait(false);
        if (target.IsCopied)
        {
            progress.Skipped(status.Size);
            return null;
        }

        await names.EnterAsync(target.Path, cancellationToken).ConfigureAwait(false);
        using var source = LocalFileSystem.This.OpenToRead(path);
        var opener = new SftpUploadPartOpener(
            _client, user, names, path, status, target.Path, options.Resume, keeping.IsOn);
        var written = 0L;
        var isOpen = true;
        SftpUploadPart? part = null;
        try
        {
            part = await (target.IsDevice || options.InPlace
                ? opener.OpenInPlaceAsync(cancellationToken)
                : opener.OpenAsync(SftpResuming.CanBeResumed(status.Size), cancellationToken)).ConfigureAwait(false);
            var file = part.File;
            written = part.Start;
            progress.Skipped(part.Start);
            Func<SftpClient, Task<SftpFile>>? join = part.Name is null
                ? null
                : client => SftpUploadPartOpener.JoinAsync(_client, part, client, cancellationToken);
            var upload = new SftpUpload(lanes, file, join, source, path, part.Start, status.Size, count =>
            {
                Interlocked.Add(ref written, count);
                progress.Copied(count);
                lanes.Written(count);
            });
            var end = await upload.RunAsync(cancellationToken).ConfigureAwait(false);
            if (part.Start > 0 || upload.IsShared)
            {
                await CheckLengthAsync(file, end, cancellationToken).ConfigureAwait(false);
            }

            // The server takes them in their order; none waits for another's answer.
            var setting = keeping.IsOn && !target.IsDevice
                ? _client.SetAttributesAsync(file, SftpLocal.AttributesOf(status), cancellationToken)
                : Task.CompletedTask;
            var checking = SftpUploadPartOpener.HasItsNameAsync(_client, part, cancellationToken);
            var closing = _client.CloseAsync(file, cancellationToken);
            isOpen = false;
            await ((Task)Task.WhenAll(setting, checking, closing))
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await closing.ConfigureAwait(false);
            if (!await checking.ConfigureAwait(false))
            {
                part = part with { Name = null }; // it is another's, and not to be removed
                throw SftpCopyErrors.WasReplaced(file.Name);
            }

            if (part.Name is { } name)
            {
                await SftpRenaming.NameAsync(_client, name, target.Path, cancellationToken).ConfigureAwait(false);
            }

            await TellAsync(setting).ConfigureAwait(false);
            return new SftpCopied(path, destination, end, part.Start, clock.Elapsed);
        }
        catch (Exception e) when (e is SshException or OperationCanceledException)
        {
            if (isOpen && part is not null) _client.CloseSoon(part.File);
            var keep = part is { CanBeResumed: true } && SftpResuming.IsWorthKeeping(_client, e, written);
            if (part?.Name is { } name && !keep) _client.RemoveSoon(name);
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
            catch (SshException e) when (_client.EndReason is null)
            {
                await keeping.RefusedAsync(_client.Label, e).ConfigureAwait(false);
            }
        }
    }

    private async Task CheckLengthAsync(SftpFile file, long length, CancellationToken cancellationToken)
    {
        var there = await _client.GetAttributesAsync(file, cancellationToken).ConfigureAwait(false);
        if (there.Size is null || there.Size == (ulong)length) return;
        throw new SshException(
            SshError.FileFailed, $"cannot write {file.Name}: it has {there.Size} bytes in place of {length}");
    }

    /// <summary>What an error of the server means, where its few words leave that open.</summary>
    public async Task<Exception> ExplainAsync(Exception error, string path, CancellationToken cancellationToken)
    {
        if (error is not SshException failed || _client.EndReason is not null) return error;
        var slash = path.LastIndexOf('/');
        var folder = slash < 0 ? "." : path[..Math.Max(slash, 1)];
        switch (failed.Error)
        {
            case SshError.FileNotFound:
                return await _client.FindAttributesAsync(folder, followLink: true, cancellationToken)
                    .ConfigureAwait(false) is null
                    ? SftpCopyErrors.NoFolder(_client.NameOf(folder), failed)
                    : error;
            case SshError.FileFailed:
                return await _client.IsFullAsync(folder, cancellationToken).ConfigureAwait(false)
                    ? SftpErrors.Because(failed, "no space left on the server's disk")
                    : error;
            default:
                return error;
        }
    }
}
