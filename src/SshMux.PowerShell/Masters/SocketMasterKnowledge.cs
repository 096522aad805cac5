using SshMux.Engine;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.PowerShell.Pipeline;

namespace SshMux.PowerShell.Masters;

/// <summary>What a master behind a control socket tells about itself, if it does.</summary>
/// <param name="controlPath">Where it listens.</param>
/// <param name="login">What is known before it is asked.</param>
internal sealed class SocketMasterKnowledge(string controlPath, MuxLogin login)
{
    private static readonly TimeSpan CountLimit = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LearnLimit = TimeSpan.FromSeconds(1);

    // Who looks at a master does not use it: its time without use goes on.
    private static readonly MuxClientOptions Asking = new() { Announced = [MuxExtensions.OfListener], OnNotice = _ => { } };

    private bool _tellsNothing;

    /// <summary>Whose login it has; null are those parts that it does not tell.</summary>
    public MuxLogin Login { get; private set; } = login;

    /// <summary>Its process; 0 until it was asked.</summary>
    public int ProcessId { get; set; }

    /// <summary>Asks it, if that was not done yet, and does not wait long for an answer.</summary>
    public async Task LearnAsync(CancellationToken cancellationToken)
    {
        if (Login.Host is not null && ProcessId != 0) return;
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

    /// <summary>Asks it, whatever is known.</summary>
    /// <exception cref="SshException">Nobody answers at the path as a master would.</exception>
    public async Task AskAsync(CancellationToken cancellationToken)
    {
        await using var client = await MuxClient.ConnectAsync(controlPath, cancellationToken).ConfigureAwait(false);
        ProcessId = await client.CheckAliveAsync(cancellationToken).ConfigureAwait(false);
        if (Login.Host is not null) return;
        try
        {
            Login = await client.FindLoginAsync(cancellationToken).ConfigureAwait(false) ?? Login;
        }
        catch (SshException e) when (e.Error == SshError.MuxRefused)
        {
            // It does not have to tell.
        }
    }

    /// <summary>
    /// How many sessions it has; null if it does not tell. It is asked each time, because the number changes; on a thread
    /// of the pool, because a property cannot wait in another way.
    /// </summary>
    public int? CountSessions() => _tellsNothing ? null : Task.Run(CountSessionsAsync).GetAwaiter().GetResult();

    /// <summary>
    /// Whether its connection is lost, and whether it is locked; null if it does not tell. Asked as the number of sessions is.
    /// </summary>
    public MuxLogin? FindPresent() => _tellsNothing ? null : Task.Run(FindPresentAsync).GetAwaiter().GetResult();

    private Task<int?> CountSessionsAsync() => AskNowAsync(async (client, stop) =>
    {
        var count = await client.CountChannelsAsync(stop).ConfigureAwait(false);
        _tellsNothing = count is null;
        return count;
    });

    private Task<MuxLogin?> FindPresentAsync() => AskNowAsync((client, stop) => client.FindPresentAsync(stop));

    private async Task<T?> AskNowAsync<T>(Func<MuxClient, CancellationToken, Task<T?>> ask)
    {
        try
        {
            using var limit = new CancellationTokenSource(CountLimit);
            await using var client = await MuxClient.ConnectAsync(controlPath, Asking, limit.Token).ConfigureAwait(false);
            return await ask(client, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SshException or OperationCanceledException)
        {
            return default; // it has ended at this moment, or hangs
        }
    }
}
