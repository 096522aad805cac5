using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Messages;

namespace SshMux.Engine.Mux.Proxy;

/// <summary>
/// A control connection over streams, either side of it (extension "stream@sshmux"): packets alone at first, and from
/// MUX_S_PROXY on among the messages of proxy mode, whose reader puts them aside.
/// </summary>
internal sealed class MuxStreamPackets : IMuxPackets
{
    private readonly MuxPacketQueue _queue = new();
    private readonly MuxProxyLink _link;
    private volatile bool _inProxyMode;

    /// <summary>Takes over the streams of a control connection; they may be one stream.</summary>
    /// <inheritdoc cref="MuxStreamCarrier(Stream, Stream)" path="/param"/>
    public MuxStreamPackets(Stream input, Stream output) =>
        _link = new MuxProxyLink(new MuxStreamCarrier(input, output), _queue);

    /// <summary>
    /// Gives the way of SSH messages to who reads them from now on, and ends the reading with
    /// <see cref="MuxProxyLink.EndReceiving"/>; packets are sent and received here as before.
    /// </summary>
    public MuxProxyLink EnterProxyMode()
    {
        _inProxyMode = true;
        return _link;
    }

    /// <inheritdoc/>
    public async ValueTask<MuxMessage?> ReceiveAsync(CancellationToken cancellationToken = default)
    {
        if (_inProxyMode) return await _queue.TakeAsync(cancellationToken).ConfigureAwait(false);
        while (true)
        {
            if (_link.TryReadPacket() is { } packet) return packet;
            if (!await _link.ReceiveAsync(cancellationToken).ConfigureAwait(false)) return null;
        }
    }

    /// <inheritdoc/>
    public ValueTask<bool> SendAsync(MuxMessage message) => _link.SendPacketAsync(MuxCodec.Encode(message));

    /// <inheritdoc/>
    public async Task<bool> IsAtEndAsync(CancellationToken cancellationToken)
    {
        if (!_inProxyMode) return await _link.IsAtEndAsync(cancellationToken).ConfigureAwait(false);
        await _queue.Completion.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return _queue.Completion.IsCompleted;
    }

    /// <inheritdoc/>
    public void Dispose() => _link.Abort();
}
