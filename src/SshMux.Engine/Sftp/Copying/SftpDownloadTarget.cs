using SshMux.Engine.Sftp.Local;

namespace SshMux.Engine.Sftp.Copying;

/// <summary>What a file of this machine is to replace, after links.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Found">What is there; null if there is nothing.</param>
/// <param name="IsCopied">Whether the file is there already, as far as can be seen.</param>
internal readonly record struct SftpDownloadTarget(string Path, LocalFileStatus? Found, bool IsCopied)
{
    /// <summary>Whether it is written to as it is.</summary>
    public bool IsDevice => Found is { IsFile: false };

    /// <summary>
    /// Looks at what has the name already: through a link, what it leads to is replaced; a device is written to.
    /// </summary>
    /// <exception cref="SshException">It must not be replaced.</exception>
    public static SftpDownloadTarget Find(string path, SftpAttributes source, SftpCopyOptions options)
    {
        var there = LocalFileSystem.This.Find(path, followLink: false);
        if (there is { IsLink: true } link)
        {
            // In a folder where everybody can write it may lead to a file of ours that somebody wants overwritten. The
            // kernel refuses to follow such links (fs.protected_symlinks), but here they are followed by hand.
            if (link.IsAnothers) throw SftpCopyErrors.IsLinkOfAnother(SftpErrors.Shown(path));
            path = Resolved(path);
            there = LocalFileSystem.This.Find(path, followLink: true);
        }

        var target = new SftpDownloadTarget(path, there, false);
        if (there is not { } found) return target;
        if (found.IsFolder) throw SftpCopyErrors.IsFolderThere(SftpErrors.Shown(path));
        if (!found.IsFile)
        {
            return found.IsAnothers ? throw SftpCopyErrors.IsLinkOfAnother(SftpErrors.Shown(path)) : target;
        }

        var isSame = options.Resume && (ulong)found.Size == source.Size
            && (!options.KeepAttributes || found.ModifyTime == source.ModifyTime);
        if (isSame) return target with { IsCopied = true };
        return options.Force || !found.IsReadOnly
            ? target
            : throw SftpCopyErrors.IsReadOnly(SftpErrors.Shown(path));
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
}
