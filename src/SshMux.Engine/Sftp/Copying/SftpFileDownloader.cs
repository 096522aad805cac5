using System.Diagnostics;
using SshMux.Engine.Sftp.Local;

namespace SshMux.Engine.Sftp.Copying;

/// <summary>
/// Copies single files of a server: what is at its name, what it is written under, and how it gets its name.
/// </summary>
/// <param name="client">The session.</param>
/// <param name="names">The names that parts have.</param>
/// <param name="options">How files are copied.</param>
/// <param name="keeping">Whether they get modes and times.</param>
/// <param name="progress">How far it is.</param>
internal sealed class SftpFileDownloader(
    SftpClient client,
    SftpPartialNames names,
    SftpCopyOptions options,
    SftpAttributeKeeping keeping,
    SftpCopyProgress progress)
{
    private readonly UnixFileMode _mask = options.KeepAllPermissions ? 0 : LocalFileSystem.This.UserMask();

    /// <summary>Copies a file.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="attributes">What the server tells about it.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="isNew">Whether nothing can be there, because the folder is new.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What was done; null if the file was there already.</returns>
    /// <exception cref="SshException">It is not copied, and why.</exception>
    public async Task<SftpCopied?> CopyAsync(
        string path, SftpAttributes attributes, string destination, bool isNew, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var size = attributes.Length;
        await names.EnterAsync(destination, cancellationToken).ConfigureAwait(false);
        var target = isNew
            ? new SftpDownloadTarget(destination, null, false)
            : SftpDownloadTarget.Find(destination, attributes, options);
        if (target.IsCopied)
        {
            progress.Skipped(size);
            return null;
        }

        await names.EnterAsync(target.Path, cancellationToken).ConfigureAwait(false);
        var file = await client.OpenFileAsync(path, SftpOpenFlags.Read, default, cancellationToken)
            .ConfigureAwait(false);
        var written = 0L;
        var isOpen = true;
        SftpDownloadPart? part = null;
        try
        {
            part = await new SftpDownloadPartOpener(client, names, options, path, attributes, target)
                .OpenAsync(cancellationToken).ConfigureAwait(false);
            var start = written = part.Start;
            progress.Skipped(start);
            var download = new SftpDownload(client, file, part.File.Handle, target.Path, start, size, count =>
            {
                written += count;
                progress.Copied(count);
            });
            var end = await download.RunAsync(cancellationToken).ConfigureAwait(false);
            client.CloseSoon(file);
            isOpen = false;
            if (!target.IsDevice)
            {
                part.File.CutTo(end);
                if (keeping.IsOn) await SetAttributesAsync(part, target, attributes).ConfigureAwait(false);
            }

            if (part.Name is not null) part.File.Rename(target.Path);
            return new SftpCopied(path, destination, end, start, clock.Elapsed);
        }
        catch (Exception e) when (e is SshException or OperationCanceledException || SftpErrors.IsLocal(e))
        {
            var keep = part is { CanBeResumed: true } && SftpResuming.IsWorthKeeping(client, e, written);
            if (part is { Name: not null } && !keep) part.File.RemoveQuietly();
            if (e is SshException or OperationCanceledException) throw;
            throw SftpErrors.Local("write", target.Path, e);
        }
        finally
        {
            if (isOpen) client.CloseSoon(file);
            part?.File.Dispose();
            if (part?.Name is { } name) names.Leave(name);
        }
    }

    private async Task SetAttributesAsync(
        SftpDownloadPart part, SftpDownloadTarget target, SftpAttributes attributes)
    {
        DateTime? modified = attributes.ModifyTime is { } time ? SftpLocal.Time(time) : null;
        var accessed = attributes.AccessTime is { } last ? SftpLocal.Time(last) : modified;
        try
        {
            LocalFileSystem.This.SetAttributes(
                part.File.Handle, target.Path, Allowed(attributes.Permissions), accessed, modified);
        }
        catch (SshException e)
        {
            await keeping.RefusedAsync(SftpErrors.Shown(Path.GetDirectoryName(target.Path) ?? target.Path), e)
                .ConfigureAwait(false);
        }
    }

    /// <summary>Permissions that the server tells, without what the umask takes.</summary>
    public UnixFileMode? Allowed(UnixFileMode? mode) => mode & ~_mask;
}
