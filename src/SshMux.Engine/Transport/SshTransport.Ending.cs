using System.Net.Sockets;

namespace SshMux.Engine.Transport;

/// <content>
/// The end: the first reason is recorded, the peer is told, both loops stop, the receiver learns it, everything is
/// wiped and freed, and <see cref="Ended"/> completes, in this order.
/// </content>
public sealed partial class SshTransport
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
            if (tellPeer && !_sendClosed) EncodePacket(GoodbyeFor(reason));
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
            _rekeyTimer?.Dispose();
            _deadline?.Dispose();
        }

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
    private void EndBecauseOf(Exception e, string when)
    {
        var reason = e switch
        {
            SshException ours => ours,

            // What carries the connection (a proxy, a jump host) knows better.
            IOException { InnerException: SshException carrier } => carrier,
            IOException or SocketException or ObjectDisposedException => Lost(Cause(e), when, e),
            _ => new SshException(SshError.ProtocolError, $"a message could not be handled: {e.Message}", e),
        };
        Close(reason);
    }

    /// <summary>
    /// A write has failed. Usually the server has closed the connection, and its reason is still to be read; only when
    /// nothing is found there soon is the failure itself the reason.
    /// </summary>
    private void OnWriteFailed(Exception e)
    {
        lock (_sendLock) CloseSending();
        if (_reason is not null) return;
        if (e is not (IOException or SocketException or ObjectDisposedException))
        {
            EndBecauseOf(e, "while writing");
            return;
        }

        _ = EndLaterAsync(Lost(Cause(e), "while writing", e));

        async Task EndLaterAsync(SshException reason)
        {
            await Task.WhenAny(_ended.Task, Task.Delay(FlushTime)).ConfigureAwait(false);
            End(reason, tellPeer: false);
        }
    }

    /// <summary>The cause in ssh(1)'s words, and when it showed.</summary>
    private static SshException Lost(string cause, string when, Exception? inner = null) =>
        new(SshError.ConnectionLost, $"{cause}; the connection to the server was lost {when}", inner);

    private static string Cause(Exception e) => (e as SocketException ?? e.InnerException as SocketException) switch
    {
        { SocketErrorCode: SocketError.ConnectionReset } => "Connection reset by peer",
        { SocketErrorCode: SocketError.Shutdown } => "Connection closed by remote host",
        { SocketErrorCode: SocketError.TimedOut } => "Connection timed out",
        { SocketErrorCode: SocketError.HostUnreachable or SocketError.NetworkUnreachable } => "No route to host",
        _ => e.Message,
    };

    /// <summary>What the server is told; the reason's own text may name local files and is not for it.</summary>
    private static DisconnectMessage GoodbyeFor(SshException reason) => reason.Error switch
    {
        SshError.HostKeyUnknown or SshError.HostKeyChanged or SshError.HostKeyRevoked =>
            new(DisconnectReason.HostKeyNotVerifiable, "host key verification failed"),
        SshError.NoCommonAlgorithm or SshError.AlgorithmUnavailable =>
            new(DisconnectReason.KeyExchangeFailed, "no common algorithm"),
        SshError.ProtocolError => new(DisconnectReason.ProtocolError, "protocol error"),
        SshError.AuthenticationFailed =>
            new(DisconnectReason.NoMoreAuthMethodsAvailable, "no more authentication methods available"),
        _ => new(DisconnectReason.ByApplication, "disconnected by user"),
    };
}
