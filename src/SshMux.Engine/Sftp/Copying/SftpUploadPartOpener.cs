using SshMux.Engine.Sftp.Local;

namespace SshMux.Engine.Sftp.Copying;

/// <summary>
/// Opens what an upload writes to. Others may be able to write in the same folder: a file is new (SSH_FXF_EXCL, section
/// 6.3 of draft-ietf-secsh-filexfer-02), which follows no link, or one that this user's earlier copy left.
/// </summary>
/// <param name="client">The session.</param>
/// <param name="user">Who we are there.</param>
/// <param name="names">The names that parts have.</param>
/// <param name="source">The file that is copied.</param>
/// <param name="status">What it is.</param>
/// <param name="target">The path that the file is to get.</param>
/// <param name="resume">Whether to go on with what an earlier copy left.</param>
/// <param name="keepAttributes">Whether the mode is set at the end.</param>
internal sealed class SftpUploadPartOpener(
    SftpClient client,
    SftpRemoteUser user,
    SftpPartialNames names,
    string source,
    LocalFileStatus status,
    string target,
    bool resume,
    bool keepAttributes)
{
    private const UnixFileMode Others = (UnixFileMode)0x3F;
    private const int MaxTries = 4;

    private readonly UnixFileMode _mode =
        SftpLocal.OwnerReadWrite | (status.Permissions is { } own
            ? keepAttributes ? own & SftpLocal.OwnerOnly : own
            : SftpLocal.AnyReadWrite);

    private string? _taken;

    private SftpAttributes Mode => new() { Mode = (uint)_mode };

    /// <summary>Whether two answers tell of one file.</summary>
    public static bool IsSame(SftpAttributes one, SftpAttributes other) =>
        (one.Size, one.Owner, one.Mode, one.ModifyTime) == (other.Size, other.Owner, other.Mode, other.ModifyTime);

    /// <summary>Makes a file; null if something has the name.</summary>
    /// <param name="client">The session.</param>
    /// <param name="name">The path.</param>
    /// <param name="called">The path that it has in errors.</param>
    /// <param name="mode">Its mode.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SshException">It cannot be made.</exception>
    public static async Task<SftpFile?> TryCreateAsync(
        SftpClient client, string name, string called, SftpAttributes mode, CancellationToken cancellationToken)
    {
        const SftpOpenFlags Flags = SftpOpenFlags.Write | SftpOpenFlags.Create | SftpOpenFlags.Truncate;
        try
        {
            return await client.OpenFileAsync(
                name, Flags | SftpOpenFlags.Exclusive, mode, cancellationToken, called).ConfigureAwait(false);
        }
        catch (SshException e) when (client.EndReason is null && e.Error != SshError.FileNotFound)
        {
            // The protocol has no word for "exists".
            if (await LookAsync(client, name, cancellationToken).ConfigureAwait(false) is not null) return null;
            if (e.Error == SshError.FileDenied) throw;
        }

        // A server that knows no SSH_FXF_EXCL; nothing is there.
        return await client.OpenFileAsync(name, Flags, mode, cancellationToken, called).ConfigureAwait(false);
    }

    /// <summary>What has a name that nobody wrote, and that no error should speak of; null if it cannot be told.</summary>
    public static async Task<SftpAttributes?> LookAsync(
        SftpClient client, string name, CancellationToken cancellationToken)
    {
        try
        {
            return await client.FindAttributesAsync(name, followLink: false, cancellationToken).ConfigureAwait(false);
        }
        catch (SshException) when (client.EndReason is null)
        {
            return null;
        }
    }

    /// <summary>
    /// Opens a part in one more session. By its name, which could mean another file by now: that would have to have a
    /// length that this one had at just that time.
    /// </summary>
    public static async Task<SftpFile> JoinAsync(
        SftpClient first, SftpUploadPart part, SftpClient other, CancellationToken cancellationToken)
    {
        var file = await other.OpenFileAsync(part.Name!, SftpOpenFlags.Write, default, cancellationToken)
            .ConfigureAwait(false);
        var before = await first.GetAttributesAsync(part.File, cancellationToken).ConfigureAwait(false);
        var there = await other.GetAttributesAsync(file, cancellationToken).ConfigureAwait(false);
        var after = await first.GetAttributesAsync(part.File, cancellationToken).ConfigureAwait(false);
        if (there.Owner == after.Owner && there.Mode == after.Mode
            && before.Size <= there.Size && there.Size <= after.Size)
        {
            return file;
        }

        other.CloseSoon(file);
        throw new SshException(SshError.FileFailed, $"cannot write {part.File.Name}: it was replaced meanwhile");
    }

    /// <summary>
    /// Whether the name that a long file was written under still means it, as far as the protocol can tell: by owner, mode,
    /// length and time. Short ones have a name that nobody knew. Only OpenSSH's server is asked: others may tell of a file
    /// that is not closed yet what they like.
    /// </summary>
    public static async Task<bool> HasItsNameAsync(
        SftpClient client, SftpUploadPart part, CancellationToken cancellationToken)
    {
        if (part is not { Name: { } name, CanBeResumed: true } || !client.HasExtension(SftpProtocol.SetStatOfLink))
        {
            return true;
        }

        var opened = client.GetAttributesAsync(part.File, cancellationToken);
        var named = LookAsync(client, name, cancellationToken);
        return await named.ConfigureAwait(false) is { } there
            && IsSame(there, await opened.ConfigureAwait(false));
    }

    /// <summary>Opens the file under its right name.</summary>
    /// <exception cref="SshException">It cannot be written.</exception>
    public async Task<SftpUploadPart> OpenInPlaceAsync(CancellationToken cancellationToken)
    {
        const SftpOpenFlags Flags = SftpOpenFlags.Write | SftpOpenFlags.Create | SftpOpenFlags.Truncate;
        var file = await client.OpenFileAsync(target, Flags, Mode, cancellationToken).ConfigureAwait(false);
        return new SftpUploadPart(file, null, 0, false);
    }

    /// <summary>Opens a file under a name of its own.</summary>
    /// <param name="canBeResumed">Whether a later copy shall find it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SshException">It cannot be written.</exception>
    public async Task<SftpUploadPart> OpenAsync(bool canBeResumed, CancellationToken cancellationToken)
    {
        if (canBeResumed)
        {
            var name = SftpPartialNames.Resumable(target, Path.GetFileName(source), status.Size, status.ModifyTime);
            if (names.TryTake(name))
            {
                _taken = name;
                if (await TryCreateAsync(name, cancellationToken).ConfigureAwait(false) is { } made)
                {
                    return new SftpUploadPart(made, name, 0, true);
                }

                if (resume && await TryTakeUpAsync(name, cancellationToken).ConfigureAwait(false) is { } part)
                {
                    return part;
                }

                Leave();
            }
        }

        for (var tries = 0; tries < MaxTries; tries++)
        {
            var name = SftpPartialNames.Fresh(target);
            if (await TryCreateAsync(name, cancellationToken).ConfigureAwait(false) is not { } file) continue;
            if (names.TryTake(name)) _taken = name;
            return new SftpUploadPart(file, name, 0, false);
        }

        throw SftpCopyErrors.NoNameLeft(client.NameOf(target));
    }

    /// <summary>The name is free for others.</summary>
    public void Leave()
    {
        if (_taken is not null) names.Leave(_taken);
        _taken = null;
    }

    private Task<SftpFile?> TryCreateAsync(string name, CancellationToken cancellationToken) =>
        TryCreateAsync(client, name, target, Mode, cancellationToken);

    /// <summary>Opens what an earlier copy left; null if it is something else, or not worth it.</summary>
    private async Task<SftpUploadPart?> TryTakeUpAsync(string name, CancellationToken cancellationToken)
    {
        // What is there may be a whole file that the source calls so.
        var inSource = source[..^Path.GetFileName(source).Length] + name[(name.LastIndexOf('/') + 1)..];
        if (LocalFileSystem.This.Find(inSource, followLink: false) is not null) return null;
        var found = await LookAsync(client, name, cancellationToken).ConfigureAwait(false);
        if (found is not { IsFile: true, Size: { } size } left) return null;
        if (((left.Permissions ?? 0) & Others & ~_mode) != 0) return null;
        var start = SftpResuming.StartAt((long)Math.Min(size, long.MaxValue), status.Size);
        if (start == 0 || !await user.OwnsAsync(left, target, cancellationToken).ConfigureAwait(false)) return null;
        var file = await client.OpenFileAsync(name, SftpOpenFlags.Write, default, cancellationToken, target)
            .ConfigureAwait(false);
        if (IsSame(left, await client.GetAttributesAsync(file, cancellationToken).ConfigureAwait(false)))
        {
            return new SftpUploadPart(file, name, start, true);
        }

        client.CloseSoon(file);
        return null;
    }
}
