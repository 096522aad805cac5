namespace SshMux.Engine.Mux.Master;

/// <summary>
/// Asks the master's user (ControlMaster ask and autoask), one question at a time: two windows at once would confuse.
/// </summary>
/// <param name="ask">Asks a question.</param>
/// <param name="ending">Completes when the master begins to end.</param>
internal sealed class MuxPermissionAsker(Func<string, CancellationToken, Task<bool>> ask, Task ending) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>Asks the user; no, if the client goes meanwhile, or the master ends.</summary>
    public async Task<bool> AskAsync(string question, CancellationToken clientGone)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(clientGone);
        var asking = AskInTurnAsync(question, stop.Token);
        await Task.WhenAny(asking, ending).ConfigureAwait(false);
        if (!asking.IsCompleted) await stop.CancelAsync().ConfigureAwait(false);
        return await asking.ConfigureAwait(false);
    }

    /// <summary>Frees what it has, when all its questions have ended.</summary>
    public void Dispose() => _turn.Dispose();

    private async Task<bool> AskInTurnAsync(string question, CancellationToken cancellationToken)
    {
        try
        {
            await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
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
            _turn.Release();
        }
    }
}
