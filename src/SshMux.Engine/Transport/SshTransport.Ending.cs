namespace SshMux.Engine.Transport;

/// <content>
/// The end: the first reason is recorded, the peer is told, both loops stop, the receiver learns it, everything is
/// wiped and freed, and <see cref="Ended"/> completes, in this order.
/// </content>
internal sealed partial class SshTransport
{
    /// <summary>How long what was sent before the end may take to go out.</summary>
    private static readonly TimeSpan FlushTime = TimeSpan.FromSeconds(1);

    private readonly Lock _endLock = new();
    private readonly TaskCompletionSource<SshException> _ended =
        new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile SshException? _reason;
    private Task? _receiveLoop;
    private bool _endTold; // the receiver of that time has its OnEnded; one that comes later gets it from Start

    /// <inheritdoc/>
    public void Close(SshException reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        End(reason, tellPeer: reason.Error is not (SshError.ConnectionLost or SshError.Disconnected));
    }

    private void End(SshException reason, bool tellPeer)
    {
        lock (_endLock)
        {
            if (_reason is not null) return;
            _reason = reason;
        }

        Log.Ends(_logger, reason.Error, reason.Message);
        lock (_sendLock)
        {
            if (tellPeer && !_sendClosed) EncodePacket(EndReasons.GoodbyeFor(reason));
            CloseSending();
        }

        WakeToFinish();
        _ = ShutDownAsync(reason);
    }

    /// <summary>Lets the flush loop write what is left and return.</summary>
    private void WakeToFinish()
    {
        lock (_sendLock)
        {
            if (_flushing) return;
            _flushing = true;
        }

        _wake.Set();
    }

    private async Task ShutDownAsync(SshException reason)
    {
        // Nothing of what follows may keep Ended from completing, and those who wait for it from going on.
        try
        {
            await _flushLoop.WaitAsync(FlushTime).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await _stream.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Log.CloseFailed(_logger, e.Message);
        }

        await _flushLoop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Task receiving;
        lock (_endLock)
        {
            receiving = _receiveLoop ??= Task.CompletedTask;
        }

        _rekeyTimer.Dispose();
        _deadline.Dispose();

        lock (_sendLock)
        {
            _timingTimer?.Dispose();
        }

        // Forced off this thread: it may be the receive loop itself that ends the transport.
        await receiving.ConfigureAwait(
            ConfigureAwaitOptions.ForceYielding | ConfigureAwaitOptions.SuppressThrowing);
        IMessageReceiver? receiver;
        lock (_endLock)
        {
            _endTold = true;
            receiver = _receiver;
        }

        try
        {
            receiver?.OnEnded(reason);
        }
        catch (Exception e)
        {
            Log.OnEndedFailed(_logger, e);
        }

        try
        {
            Free();
        }
        finally
        {
            _ended.SetResult(reason);
        }
    }

    /// <summary>Wipes and frees what the transport holds.</summary>
    private void Free()
    {
        lock (_sendLock)
        {
            _keyExchange?.Dispose();
            _held.Clear();
            _queue.Clear();
            _encoder.Dispose();
            _compressor?.Dispose();
        }

        _decoder.Dispose();
        _decompressor?.Dispose();
        _received.Wipe();
    }

    /// <summary>The receive loop (or the handshake) has failed.</summary>
    private void EndBecauseOf(Exception e, string when) => Close(EndReasons.Of(e, when));

    /// <summary>
    /// A write has failed. Usually the server has closed the connection, and its reason is still to be read; only when
    /// nothing is found there soon is the failure itself the reason.
    /// </summary>
    private void OnWriteFailed(Exception e)
    {
        lock (_sendLock) CloseSending();
        if (_reason is not null) return;
        if (!EndReasons.IsOfStream(e))
        {
            EndBecauseOf(e, "while writing");
            return;
        }

        _ = EndLaterAsync(EndReasons.Lost(EndReasons.Cause(e), "while writing", e));

        async Task EndLaterAsync(SshException reason)
        {
            await Task.WhenAny(_ended.Task, Task.Delay(FlushTime)).ConfigureAwait(false);
            End(reason, tellPeer: false);
        }
    }
}
