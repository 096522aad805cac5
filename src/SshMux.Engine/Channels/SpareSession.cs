using SshMux.Engine.Channels.Slots;

namespace SshMux.Engine.Channels;

/// <summary>
/// A session that was opened before anybody wanted it. Until it is handed over there is nothing to hear but its end.
/// </summary>
internal sealed class SpareSession(Action<SpareSession> onLost) : IChannelHandler
{
    private readonly Lock _lock = new();
    private Channel? _channel;
    private IChannelHandler? _successor;
    private bool _closed;

    /// <summary>Gives the channel to who uses it; null if it has been closed meanwhile.</summary>
    public Channel? TryHandOver(IChannelHandler successor)
    {
        // What the receive loop has to say to the successor waits until that knows its channel.
        lock (_lock)
        {
            if (_closed || !_channel!.Connection.Table.TryChange(_channel, ChannelStanding.Counted)) return null;
            _successor = successor;
            _channel.HandOver(successor);
            return _channel;
        }
    }

    bool IChannelHandler.ContinuesInline => true;

    void IChannelHandler.OnOpened(Channel channel) => _channel = channel;

    void IChannelHandler.OnData(ReadOnlySpan<byte> data) => Successor?.OnData(data);

    void IChannelHandler.OnExtendedData(ReadOnlySpan<byte> data) => Successor?.OnExtendedData(data);

    void IChannelHandler.OnEof() => Successor?.OnEof();

    void IChannelHandler.OnWritable() => Successor?.OnWritable();

    void IChannelHandler.OnExit(CommandExit exit) => Successor?.OnExit(exit);

    void IChannelHandler.OnClosed(SshException? reason)
    {
        IChannelHandler? successor;
        lock (_lock)
        {
            _closed = true;
            successor = _successor;
        }

        if (successor is null) onLost(this);
        else successor.OnClosed(reason);
    }

    // Only for a message that the receive loop had in hand when the channel was handed over.
    private IChannelHandler? Successor
    {
        get { lock (_lock) return _successor; }
    }
}
