using Microsoft.Extensions.Logging;
using SshMux.Engine.Authentication.HostKeys;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Channels;

/// <summary>
/// The server's announcement of its host keys (hostkeys-00@openssh.com, OpenSSH's PROTOCOL section 2.5), which is worked
/// off beside everything else.
/// </summary>
internal sealed partial class HostKeyAnnouncement(
    Task<SshException> ended, GlobalRequests requests, TimeProvider time, ILogger logger)
{
    /// <summary>How long the end of a connection waits for an update of known_hosts that is under way.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource _announced = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly TaskCompletionSource<IReadOnlyList<string>> _changes =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private volatile Task _updated = Task.CompletedTask;

    /// <summary>What to do with the announcement, to be set before it can come; null: nothing.</summary>
    public HostKeyUpdate? Update { get; set; }

    /// <summary>Completes when no update is under way any more.</summary>
    public Task Updated => _updated;

    /// <summary>
    /// Completes when known_hosts has changed, with a line for each key; of a connection that changes nothing never.
    /// </summary>
    public Task<IReadOnlyList<string>> Changes => _changes.Task;

    /// <summary>
    /// Waits for the announcement, no longer than the limit, and then for the update, however long the user needs.
    /// </summary>
    public async Task WaitAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            await _announced.Task.WaitAsync(limit, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return; // not every server has this
        }

        await _updated.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Lets an update that waits for the server's proof have it, when the connection is about to be closed on this
    /// side: a short command would else never learn the new keys.
    /// </summary>
    public async Task FinishAsync()
    {
        if (Update is { Asks: false } && !_updated.IsCompleted)
        {
            await Task.WhenAny(_updated, ended, Task.Delay(Patience, time)).ConfigureAwait(false);
        }
    }

    /// <summary>The server announces its keys.</summary>
    /// <exception cref="SshException"><see cref="SshError.ProtocolError"/>: malformed.</exception>
    public void OnAnnounced(ref SshReader reader)
    {
        // One announcement a connection, as in OpenSSH.
        if (Update is not { } update || _announced.Task.IsCompleted)
        {
            LogIgnored();
            return;
        }

        var keys = HostKeyUpdate.Read(ref reader);
        _updated = Task.Run(() => RunAsync(update, keys));
        _announced.SetResult();
    }

    private async Task RunAsync(HostKeyUpdate update, List<ReadOnlyMemory<byte>> keys)
    {
        using var stop = new CancellationTokenSource();
        var running = update.RunAsync(keys, ProveAsync, stop.Token);
        if (await Task.WhenAny(running, ended).ConfigureAwait(false) == ended)
        {
            await stop.CancelAsync().ConfigureAwait(false);
        }

        if (await running.ConfigureAwait(false) is { Count: > 0 } changes) _changes.TrySetResult(changes);
    }

    private async Task<byte[]?> ProveAsync(byte[] keys)
    {
        byte[]? proofs = null;
        await requests.RequestAsync(
            HostKeyProofs.Request,
            keys,
            (success, data) => proofs = success ? data.ToArray() : null).ConfigureAwait(false);
        return proofs;
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "the server's list of host keys is ignored")]
    private partial void LogIgnored();
}
