using SshMux.Engine.Sftp.Local;

namespace SshMux.Engine.Sftp.Copying;

/// <summary>Finds out what uploads replace.</summary>
/// <param name="client">The session.</param>
/// <param name="user">Who we are there.</param>
/// <param name="options">How files are copied.</param>
internal sealed class SftpUploadTargets(SftpClient client, SftpRemoteUser user, SftpCopyOptions options)
{
    /// <summary>
    /// Looks at what has the name already: through a link, what it leads to is replaced; a device is written to.
    /// </summary>
    /// <exception cref="SshException">It must not be replaced, or cannot be looked at.</exception>
    public async Task<SftpUploadTarget> FindAsync(
        string path, LocalFileStatus source, CancellationToken cancellationToken)
    {
        var there = await LookAsync(path, followLink: false, cancellationToken).ConfigureAwait(false);
        if (there is { IsLink: true } link)
        {
            // What it leads to is replaced by its own name: the server's kernel sees no link that it could refuse.
            if (await user.IsAnothersAsync(link, path, cancellationToken).ConfigureAwait(false))
            {
                throw SftpCopyErrors.IsLinkOfAnother(client.NameOf(path));
            }

            path = await client.GetRealPathAsync(path, cancellationToken).ConfigureAwait(false);
            there = await LookAsync(path, followLink: true, cancellationToken).ConfigureAwait(false);
        }

        if (there is not { } found) return new SftpUploadTarget(path, false, false);
        if (found.IsFolder) throw SftpCopyErrors.IsFolderThere(client.NameOf(path));
        if (!found.IsFile)
        {
            return await user.IsAnothersAsync(found, path, cancellationToken).ConfigureAwait(false)
                ? throw SftpCopyErrors.IsLinkOfAnother(client.NameOf(path))
                : new SftpUploadTarget(path, true, false);
        }

        var isSame = options.Resume && found.Size == (ulong)source.Size
            && (!options.KeepAttributes || found.ModifyTime == SftpLocal.Seconds(source.ModifyTime));
        if (isSame) return new SftpUploadTarget(path, false, true);
        if (found.Permissions is { } mode && (mode & SftpLocal.AnyWrite) == 0)
        {
            if (!options.Force) throw SftpCopyErrors.IsReadOnly(client.NameOf(path));
            if (options.InPlace) await client.RemoveAsync(path, cancellationToken).ConfigureAwait(false);
        }

        return new SftpUploadTarget(path, false, false);
    }

    /// <summary>
    /// What a path leads to; null if there is nothing. Of what is written in place it need not be known: there are folders
    /// that files may be put into and not be looked at.
    /// </summary>
    public async Task<SftpAttributes?> LookAsync(
        string path, bool followLink, CancellationToken cancellationToken)
    {
        try
        {
            return await client.FindAttributesAsync(path, followLink, cancellationToken).ConfigureAwait(false);
        }
        catch (SshException e) when (options.InPlace && e.Error is SshError.FileDenied or SshError.NotSupported)
        {
            return null;
        }
    }
}
