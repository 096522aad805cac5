using SshMux.Engine.Channels.Slots;
using SshMux.Engine.Channels.Usage;
using SshMux.Engine.Transport;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Channels;

// Data and its end, both ways.
internal sealed partial class Channel
{
    /// <summary>
    /// Sends as much of <paramref name="data"/> as the peer's window and the transport's buffer take now, and gives the
    /// number of bytes taken. If that is not all, <see cref="IChannelHandler.OnWritable"/> follows when there is room.
    /// </summary>
    public int TrySend(ReadOnlySpan<byte> data)
    {
        var sent = _sender.TrySend(data);
        if (sent == 0) return 0;
        NoteUsed();
        Traffic.NoteSent(data[..sent]);
        return sent;
    }

    /// <summary>Tells the peer that no more data follows (SSH_MSG_CHANNEL_EOF). Later calls do nothing.</summary>
    public void SendEof() => _sender.SendEof();

    /// <summary>
    /// Says that <paramref name="bytes"/> of received data have left for good, so that the peer may send as many more
    /// (SSH_MSG_CHANNEL_WINDOW_ADJUST). May be called from any thread.
    /// </summary>
    public void Consumed(int bytes)
    {
        NoteUsed();
        if (_window.NoteConsumed(bytes)) _sender.Adjust(_window);
    }

    /// <summary>
    /// Whether data that the handler is just being given stays where it is until <paramref name="handler"/> is told that
    /// all that has arrived was delivered.
    /// </summary>
    internal bool TryKeep(ReadOnlySpan<byte> data, IDeliveryHandler handler) =>
        Connection.Transport.TryKeep(data, handler);

    internal void OnData(ref SshReader reader)
    {
        var data = TakeFromWindow(ChannelFlow.Output, reader.ReadString());
        if (!_sender.IsClosed) _handler.OnData(data);
    }

    internal void OnExtendedData(ref SshReader reader)
    {
        const uint stderr = 1; // SSH_EXTENDED_DATA_STDERR, the only type that exists
        var type = reader.ReadUInt32();
        var data = TakeFromWindow(ChannelFlow.Error, reader.ReadString());
        if (_sender.IsClosed) return;
        if (type == stderr) _handler.OnExtendedData(data);
        else Consumed(data.Length);
    }

    internal void OnEof()
    {
        if (EofReceived) return;
        EofReceived = true;
        if (!_sender.IsClosed) _handler.OnEof();
    }

    internal void OnWindowAdjust(uint bytes)
    {
        _sender.AddWindow(bytes);
        WakeSender();
    }

    internal bool WakeSender()
    {
        if (!_sender.TakeWish()) return false;
        _handler.OnWritable();
        return true;
    }

    bool IChannelSlot.WakeSender() => WakeSender();

    private ReadOnlySpan<byte> TakeFromWindow(ChannelFlow flow, ReadOnlySpan<byte> data)
    {
        if (EofReceived) throw SshException.Protocol("the server sent data on a channel after its EOF");
        _window.Take(data.Length);
        NoteUsed();
        Traffic.NoteReceived(flow, data);
        return data;
    }
}
