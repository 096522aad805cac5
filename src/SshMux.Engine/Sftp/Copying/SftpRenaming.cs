namespace SshMux.Engine.Sftp.Copying;

/// <summary>Gives a file of a server that is whole the name that it is to have.</summary>
internal static class SftpRenaming
{
    /// <summary>Renames a part, in place of a file that has the name.</summary>
    /// <exception cref="SshException">The server does not, or the part is gone; what may help.</exception>
    public static async Task NameAsync(
        SftpClient client, string partial, string path, CancellationToken cancellationToken)
    {
        try
        {
            await RenameAsync(client, partial, path, cancellationToken).ConfigureAwait(false);
        }
        catch (SshException e) when (e.Error == SshError.FileNotFound)
        {
            // A server has no lock that would have kept us from writing into the other's.
            throw new SshException(
                SshError.FileFailed,
                $"cannot write {client.NameOf(path)}: what was written is gone, as something else was copied there at the "
                + "same time, or something there takes files as they appear; copy it again, or with -InPlace",
                e);
        }
        catch (SshException e) when (client.EndReason is null)
        {
            throw SftpErrors.Because(
                e,
                $"the server does not rename the file that was written to that name ({SftpErrors.Reason(e)}); -InPlace "
                + "writes under the name itself");
        }
    }

    /// <summary>Without posix-rename@openssh.com there is a moment without either.</summary>
    private static async Task RenameAsync(
        SftpClient client, string from, string to, CancellationToken cancellationToken)
    {
        if (client.HasExtension(SftpProtocol.PosixRename))
        {
            try
            {
                await client.RenameOverAsync(from, to, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (SshException e) when (e.Error == SshError.NotSupported)
            {
                // It says that it has it, and has not.
            }
        }

        if (await client.FindAttributesAsync(to, followLink: false, cancellationToken).ConfigureAwait(false) is null)
        {
            await client.RenameToFreeAsync(from, to, to, cancellationToken).ConfigureAwait(false);
            return;
        }

        // Removing what is there before it is known whether the server renames at all could leave nothing.
        var aside = SftpPartialNames.Fresh(to);
        await client.RenameToFreeAsync(to, aside, to, cancellationToken).ConfigureAwait(false);
        try
        {
            await client.RenameToFreeAsync(from, to, to, cancellationToken).ConfigureAwait(false);
        }
        catch (SshException)
        {
            // Before it is told: who hears of it may end the session at once.
            await ((Task)client.RenameToFreeAsync(aside, to, to, CancellationToken.None))
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        client.RemoveSoon(aside);
    }
}
