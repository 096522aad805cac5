using Microsoft.Extensions.Logging;

namespace SshMux.Engine.Transport;

// The end: the first reason is recorded, the peer is told, both loops stop, the layer above learns it, everything is
// wiped and freed, and Ended completes, in this order.
internal sealed partial class SshTransport
{
    /// <summary>How long what was sent before the end may take to go out.</summary>
    private static readonly TimeSpan FlushTime = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public void Close(SshException reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        End(reason, tellPeer: reason.Error is not (SshError.ConnectionLost or SshError.Disconnected));
    }

    /// <summary>The receive loop (or the handshake) has failed.</summary>
    private void EndBecauseOf(Exception e, string when) => Close(EndReasons.Of(e, when));

    private void End(SshException reason, bool tellPeer)
    {
        if (!_end.TryBegin(reason)) return;
        LogEnds(reason.Error, reason.Message);
        _sender.Close(tellPeer ? EndReasons.GoodbyeFor(reason) : null);
        _ = ShutDownAsync(reason);
    }

    private async Task ShutDownAsync(SshException reason)
    {
        // Nothing of what follows may keep Ended from completing, and those who wait for it from going on.
        var sending = _sender.Loop.Finished;
        try
        {
            await sending.WaitAsync(FlushTime).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await _stream.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            LogCloseFailed(e.Message);
        }

        await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        // Forced off this thread: it may be the receive loop itself that ends the transport.
        await _delivery.Stop().ConfigureAwait(
            ConfigureAwaitOptions.ForceYielding | ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            _delivery.End(reason);
        }
        catch (Exception e)
        {
            LogOnEndedFailed(e);
        }

        try
        {
            Free();
        }
        finally
        {
            _end.Complete();
        }
    }

    /// <summary>Wipes and frees what the transport holds.</summary>
    private void Free()
    {
        _rekeying.Dispose();
        _keyExchanges.Dispose();
        _sender.Dispose();
        _receiver.Dispose();
    }

    /// <summary>
    /// A write has failed. Usually the server has closed the connection, and its reason is still to be read; only when
    /// nothing is found there soon is the failure itself the reason.
    /// </summary>
    private void OnWriteFailed(Exception e)
    {
        if (_end.Reason is not null) return;
        if (!EndReasons.IsOfStream(e))
        {
            EndBecauseOf(e, "while writing");
            return;
        }

        _ = EndLaterAsync(EndReasons.Lost(EndReasons.Cause(e), "while writing", e));

        async Task EndLaterAsync(SshException reason)
        {
            await Task.WhenAny(Ended, Task.Delay(FlushTime)).ConfigureAwait(false);
            End(reason, tellPeer: false);
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "the transport ends ({Error}): {Reason}")]
    private partial void LogEnds(SshError error, string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "closing the stream failed: {Cause}")]
    private partial void LogCloseFailed(string cause);

    [LoggerMessage(Level = LogLevel.Error, Message = "the layer above failed at the transport's end")]
    private partial void LogOnEndedFailed(Exception exception);
}
