using SshMux.Engine.Transport;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Channels;

// From the peer: data within our window, EOF, CLOSE.
public sealed partial class Channel
{
    /// <summary>
    /// Whether data that the handler is just being given stays where it is until <paramref name="handler"/> is told that
    /// all that has arrived was delivered.
    /// </summary>
    internal bool TryKeep(ReadOnlySpan<byte> data, IDeliveryHandler handler) => _transport.TryKeep(data, handler);

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
