using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Mux.Protocol.Messages;

namespace SshMux.Engine.Mux.Client;

/// <summary>How a client locks and unlocks a master of ours (extension "lock@sshmux").</summary>
internal static class MuxLockControl
{
    /// <summary>Locks the master: it opens nothing new until it is unlocked.</summary>
    /// <param name="client">The client.</param>
    /// <param name="waits">Whether what is asked for waits until then; it is refused otherwise.</param>
    /// <param name="passphrase">
    /// What whoever unlocks it has to know; empty: nothing. It stays the caller's to wipe.
    /// </param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SshException">
    /// <see cref="SshError.MasterLocked"/>: it is locked already; <see cref="SshError.MuxRefused"/>: it is another user's;
    /// <see cref="SshError.NotSupported"/>: it is none of ours; why it cannot be reached.
    /// </exception>
    public static Task LockAsync(
        this MuxClient client, bool waits, byte[] passphrase, CancellationToken cancellationToken) =>
        AskAsync(client, id => new MuxLockMaster(id, waits, passphrase), cancellationToken);

    /// <summary>Unlocks the master.</summary>
    /// <param name="client">The client.</param>
    /// <param name="passphrase">The one that it was locked with; empty: none. It stays the caller's to wipe.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SshException">
    /// <see cref="SshError.MuxRefused"/>: the passphrase is wrong, or it is not locked, or another user's;
    /// <see cref="SshError.NotSupported"/>: it is none of ours; why it cannot be reached.
    /// </exception>
    public static Task UnlockAsync(this MuxClient client, byte[] passphrase, CancellationToken cancellationToken) =>
        AskAsync(client, id => new MuxUnlockMaster(id, passphrase), cancellationToken);

    private static async Task AskAsync(
        MuxClient client, Func<uint, MuxRequest> make, CancellationToken cancellationToken)
    {
        var link = await client.Shared.GetAsync(cancellationToken).ConfigureAwait(false);
        link.Demand(MuxExtensions.Lock, "a lock");
        MuxRefusal.ExpectOk(await link.RequestAsync(make).WaitAsync(cancellationToken).ConfigureAwait(false));
    }
}
