using SshMux.Engine.Sftp.Local;

namespace SshMux.Engine.Sftp.Copying;

/// <summary>
/// Opens what a download writes to: a file that is new, or one that an earlier copy of this user left (see
/// <see cref="LocalFile"/>).
/// </summary>
/// <param name="client">The session.</param>
/// <param name="names">The names that parts have.</param>
/// <param name="options">How files are copied.</param>
/// <param name="source">The file that is copied.</param>
/// <param name="attributes">What it is.</param>
/// <param name="target">What it is to replace.</param>
internal sealed class SftpDownloadPartOpener(
    SftpClient client,
    SftpPartialNames names,
    SftpCopyOptions options,
    string source,
    SftpAttributes attributes,
    SftpDownloadTarget target)
{
    private const int MaxTries = 8;

    private readonly UnixFileMode _mode = ModeOf(attributes, options) | SftpLocal.OwnerReadWrite;

    /// <summary>Opens what is written to; what has a name in it gets its right name when it is whole.</summary>
    /// <exception cref="SshException">It cannot be written.</exception>
    public async Task<SftpDownloadPart> OpenAsync(CancellationToken cancellationToken)
    {
        if (target.IsDevice) return Whole(LocalFileSystem.This.OpenThere(target.Path, target.Path));
        if (options.InPlace) return Whole(OpenInPlace());
        var size = attributes.Length;
        if (SftpResuming.CanBeResumed(size))
        {
            var name = SftpPartialNames.ResumableHere(
                target.Path, source[(source.LastIndexOf('/') + 1)..], size, attributes.ModifyTime ?? 0);
            if (await TryOpenAsync(name, size, cancellationToken).ConfigureAwait(false) is { } part) return part;
        }

        for (var tries = 0; tries < MaxTries; tries++)
        {
            var name = SftpPartialNames.FreshHere(target.Path);
            if (LocalFileSystem.This.TryCreate(name, _mode, target.Path) is not { } file) continue;
            names.TryTake(name);
            return new SftpDownloadPart(file, name, 0, false);
        }

        throw SftpCopyErrors.NoNameLeft(SftpErrors.Shown(target.Path));
    }

    private async Task<SftpDownloadPart?> TryOpenAsync(
        string name, long size, CancellationToken cancellationToken)
    {
        if (!names.TryTake(name)) return null;
        var isTaken = false;
        try
        {
            var file = LocalFileSystem.This.TryCreate(name, _mode, target.Path);
            if (file is not null)
            {
                isTaken = true;
                return new SftpDownloadPart(file, name, 0, true);
            }

            // What is there may be a whole file that the source calls so.
            var inSource = source[..(source.LastIndexOf('/') + 1)] + Path.GetFileName(name);
            if (await client.FindAttributesAsync(inSource, followLink: false, cancellationToken)
                .ConfigureAwait(false) is not null)
            {
                return null;
            }

            file = LocalFileSystem.This.TryTakeUp(name, _mode, target.Path);
            if (file is null) return null;
            isTaken = true;
            var start = options.Resume ? SftpResuming.StartAt(RandomAccess.GetLength(file.Handle), size) : 0;
            if (start == 0) file.CutTo(0);
            return new SftpDownloadPart(file, name, start, true);
        }
        finally
        {
            if (!isTaken) names.Leave(name);
        }
    }

    private static UnixFileMode ModeOf(SftpAttributes attributes, SftpCopyOptions options)
    {
        var mode = attributes.Permissions ?? SftpLocal.OwnerReadWrite;
        return options.KeepAttributes ? mode & SftpLocal.OwnerOnly : mode;
    }

    private static SftpDownloadPart Whole(LocalFile file) => new(file, null, 0, false);

    private LocalFile OpenInPlace()
    {
        var isThere = target.Found is not null;
        if (options.Force && target.Found is { IsReadOnly: true })
        {
            LocalFileSystem.This.RemoveReadOnly(target.Path);
            isThere = false;
        }

        if (!isThere && LocalFileSystem.This.TryCreate(target.Path, _mode, target.Path) is { } made) return made;
        var file = LocalFileSystem.This.OpenThere(target.Path, target.Path);
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
}
