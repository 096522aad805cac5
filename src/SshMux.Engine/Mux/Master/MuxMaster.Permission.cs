using SshMux.Engine.Mux.Protocol.Messages;

namespace SshMux.Engine.Mux.Master;

// One question at a time: two windows at once would confuse.
public sealed partial class MuxMaster
{
    private readonly SemaphoreSlim _asking = new(1, 1);

    /// <summary>Whether the forward is open already.</summary>
    internal bool HasForward(MuxForward forward)
    {
        lock (_lock) return _forwards.ContainsKey(forward);
    }

    /// <summary>Asks the user; no, if the client goes meanwhile, or the master ends.</summary>
    internal async Task<bool> AskAsync(
        Func<string, CancellationToken, Task<bool>> ask, string question, CancellationToken clientGone)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(clientGone);
        var asking = AskInTurnAsync(ask, question, stop.Token);
        await Task.WhenAny(asking, _ending.Task).ConfigureAwait(false);
        if (!asking.IsCompleted) await stop.CancelAsync().ConfigureAwait(false);
        return await asking.ConfigureAwait(false);
    }

    private async Task<bool> AskInTurnAsync(
        Func<string, CancellationToken, Task<bool>> ask, string question, CancellationToken cancellationToken)
    {
        try
        {
            await _asking.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return false;
        }

        try
        {
            return await ask(question, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        finally
        {
            _asking.Release();
        }
    }
}
