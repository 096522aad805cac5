using SshMux.Engine;
using SshMux.Engine.Mux.Client;
using SshMux.PowerShell.Objects;
using SshMux.PowerShell.Pipeline;

namespace SshMux.PowerShell.Masters;

/// <content>What a master tells about itself, if it does.</content>
internal sealed partial class SocketMaster
{
    private static readonly TimeSpan CountLimit = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LearnLimit = TimeSpan.FromSeconds(1);

    private bool _tellsNothing;

    internal override async Task LearnAsync(CancellationToken cancellationToken)
    {
        if (_login.Host is not null && _processId != 0) return;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(LearnLimit);
        try
        {
            await AskAsync(limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException || ErrorRecords.FindReason(e) is not null)
        {
            // Whoever uses it finds out why it does not answer.
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private async Task AskAsync(CancellationToken cancellationToken)
    {
        await using var client = await MuxClient.ConnectAsync(ControlPath, cancellationToken).ConfigureAwait(false);
        _processId = await client.CheckAliveAsync(cancellationToken).ConfigureAwait(false);
        if (_login.Host is not null) return;
        try
        {
            _login = await client.FindLoginAsync(cancellationToken).ConfigureAwait(false) ?? _login;
        }
        catch (SshException e) when (e.Error == SshError.MuxRefused)
        {
            // It does not have to tell.
        }
    }

    /// <summary>
    /// Asks each time, because the number changes; on a thread of the pool, because a property cannot wait in another
    /// way.
    /// </summary>
    private int? CountSessions()
    {
        if (_life is not null && State == MasterState.Ended) return 0;
        if (_tellsNothing || State != MasterState.Open) return null;
        return Task.Run(CountSessionsAsync).GetAwaiter().GetResult();
    }

    private async Task<int?> CountSessionsAsync()
    {
        try
        {
            using var limit = new CancellationTokenSource(CountLimit);
            await using var client = await MuxClient.ConnectAsync(ControlPath, limit.Token).ConfigureAwait(false);
            var count = await client.CountChannelsAsync(limit.Token).ConfigureAwait(false);
            _tellsNothing = count is null;
            return count;
        }
        catch (Exception e) when (e is SshException or OperationCanceledException)
        {
            return null; // it has ended at this moment, or hangs
        }
    }
}
