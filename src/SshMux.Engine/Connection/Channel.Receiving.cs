using SshMux.Engine.Wire;

namespace SshMux.Engine.Connection;

// From the peer: data within our window, EOF, CLOSE.
public sealed partial class Channel
{
    /// <summary>How many bytes may be on their way to us, or kept for a slow reader, at any time.</summary>
    internal const int InitialWindow = 2 * 1024 * 1024;

    /// <summary>The largest data message that we ask the peer to send.</summary>
    internal const int MaxPacket = 32 * 1024;

    // Fewer, larger adjustments: one for every eighth of the window.
    private const int AdjustThreshold = InitialWindow / 8;

    private int _receiveWindow = InitialWindow;
    private int _consumed;

    /// <summary>
    /// Says that <paramref name="bytes"/> of received data have left for good, so that the peer may send as many more
    /// (SSH_MSG_CHANNEL_WINDOW_ADJUST). May be called from any thread.
    /// </summary>
    public void Consumed(int bytes)
    {
        NoteUsed();
        if (Interlocked.Add(ref _consumed, bytes) < AdjustThreshold) return;
        var adjustment = Interlocked.Exchange(ref _consumed, 0);
        if (adjustment == 0) return;
        Interlocked.Add(ref _receiveWindow, adjustment);
        lock (_sendLock)
        {
            if (!_closeSent) _transport.Send(new ChannelWindowAdjustMessage(RemoteId, (uint)adjustment));
        }
    }

    internal void OnData(ref SshReader reader)
    {
        var data = TakeFromWindow(reader.ReadString());
        if (!_closeSent) _handler.OnData(data);
    }

    internal void OnExtendedData(ref SshReader reader)
    {
        const uint stderr = 1; // SSH_EXTENDED_DATA_STDERR, the only type that exists
        var type = reader.ReadUInt32();
        var data = TakeFromWindow(reader.ReadString());
        if (_closeSent) return;
        if (type == stderr) _handler.OnExtendedData(data);
        else Consumed(data.Length);
    }

    internal void OnEof()
    {
        if (EofReceived) return;
        EofReceived = true;
        if (!_closeSent) _handler.OnEof();
    }

    internal void OnClose()
    {
        FailRequests(null);
        if (!WasIdle) _handler.OnClosed(null);
    }

    private ReadOnlySpan<byte> TakeFromWindow(ReadOnlySpan<byte> data)
    {
        if (EofReceived) throw SshException.Protocol("the server sent data on a channel after its EOF");
        if (Interlocked.Add(ref _receiveWindow, -data.Length) < 0)
        {
            throw SshException.Protocol("the server sent more data on a channel than its window allows");
        }

        NoteUsed();
        return data;
    }
}
