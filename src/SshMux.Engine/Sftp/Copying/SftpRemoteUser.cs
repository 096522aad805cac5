namespace SshMux.Engine.Sftp.Copying;

/// <summary>
/// Who we are on a server. The protocol does not tell, but a file that is made there does; it is made only where a file or
/// link of perhaps another user is in the way.
/// </summary>
internal sealed class SftpRemoteUser(SftpClient client)
{
    private uint? _number;
    private bool _isKnown;

    /// <summary>Whether something is ours; also where the server has no users.</summary>
    /// <param name="found">What it is.</param>
    /// <param name="near">A path in whose folder a file can be made.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<bool> OwnsAsync(SftpAttributes found, string near, CancellationToken cancellationToken)
    {
        if (!_isKnown)
        {
            var name = SftpPartialNames.Fresh(near);
            var mode = new SftpAttributes { Mode = (uint)SftpLocal.OwnerReadWrite };
            var probe = await SftpUploadPartOpener.TryCreateAsync(client, name, near, mode, cancellationToken)
                .ConfigureAwait(false);
            if (probe is null) return false;
            try
            {
                _number = (await client.GetAttributesAsync(probe, cancellationToken).ConfigureAwait(false)).Owner;
                _isKnown = true;
            }
            finally
            {
                client.CloseSoon(probe);
                client.RemoveSoon(name);
            }
        }

        return found.Owner == _number;
    }

    /// <summary>Whether another user put something there, who may not have meant well by it: root is no other.</summary>
    public async Task<bool> IsAnothersAsync(SftpAttributes found, string near, CancellationToken cancellationToken) =>
        found.Owner is not (null or 0) && !await OwnsAsync(found, near, cancellationToken).ConfigureAwait(false);
}
