using Microsoft.Extensions.Logging;
using SshMux.Engine.Authentication.HostKeys;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Channels;

// The announcement of host keys (hostkeys-00@openssh.com), which is worked off beside everything else.
public sealed partial class SshConnection
{
    /// <summary>How long the end of a connection waits for an update of known_hosts that is under way.</summary>
    private static readonly TimeSpan HostKeyPatience = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource _hostKeysAnnounced =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private volatile Task _hostKeysUpdated = Task.CompletedTask;

    /// <summary>What to do with the announcement; null: nothing.</summary>
    internal HostKeyUpdate? HostKeyUpdate { get; init; }

    /// <summary>
    /// Waits for the announcement, no longer than the limit, and then for the update, however long the user needs.
    /// </summary>
    internal async Task UpdateHostKeysAsync(TimeSpan limit, CancellationToken ct)
    {
        try
        {
            await _hostKeysAnnounced.Task.WaitAsync(limit, ct).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return; // not every server has this
        }

        await _hostKeysUpdated.WaitAsync(ct).ConfigureAwait(false);
    }

    private void OnHostKeys(ref SshReader reader)
    {
        // One announcement a connection, as in OpenSSH.
        if (HostKeyUpdate is not { } update || _hostKeysAnnounced.Task.IsCompleted)
        {
            LogHostKeysIgnored();
            return;
        }

        var keys = HostKeyUpdate.Read(ref reader);
        _hostKeysUpdated = Task.Run(() => RunAsync(update, keys));
        _hostKeysAnnounced.SetResult();
    }

    private async Task RunAsync(HostKeyUpdate update, List<ReadOnlyMemory<byte>> keys)
    {
        using var ended = new CancellationTokenSource();
        var running = update.RunAsync(keys, ProveHostKeysAsync, ended.Token);
        if (await Task.WhenAny(running, Ended).ConfigureAwait(false) == Ended)
        {
            await ended.CancelAsync().ConfigureAwait(false);
        }

        await running.ConfigureAwait(false);
    }

    private async Task<byte[]?> ProveHostKeysAsync(byte[] keys)
    {
        byte[]? proofs = null;
        await RequestAsync(
            HostKeyUpdate.ProofRequest,
            keys,
            (success, data) => proofs = success ? data.ToArray() : null).ConfigureAwait(false);
        return proofs;
    }

    /// <summary>
    /// Lets an update that waits for the server's proof have it, when the connection is about to be closed on this
    /// side: a short command would else never learn the new keys.
    /// </summary>
    internal async Task FinishHostKeyUpdateAsync()
    {
        if (HostKeyUpdate is { Asks: false } && !_hostKeysUpdated.IsCompleted)
        {
            await Task.WhenAny(_hostKeysUpdated, Ended, Task.Delay(HostKeyPatience)).ConfigureAwait(false);
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "the server's list of host keys is ignored")]
    private partial void LogHostKeysIgnored();
}
