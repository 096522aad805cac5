using System.Buffers.Binary;
using Microsoft.Extensions.Logging;
using SshMux.Engine.Authentication.HostKeys;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Transport;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Channels;

// What comes from the transport goes to whom it is for.
internal sealed partial class SshConnection : IMessageReceiver
{
    void IMessageReceiver.OnMessage(ReadOnlySpan<byte> message)
    {
        _keepAlive.NoteReceived();
        using (_idle.Pause()) Dispatch(message);
    }

    void IMessageReceiver.OnWritable()
    {
        _table.WakeSenders();
        Writable?.Invoke();
    }

    void IMessageReceiver.OnEnded(SshException reason)
    {
        _endReason = reason;
        try
        {
            _requests.End(reason);
        }
        finally
        {
            _table.End(reason);
        }
    }

    private void Dispatch(ReadOnlySpan<byte> message)
    {
        var reader = new SshReader(message);
        var number = reader.ReadByte();
        if (TryPassOn(number, message)) return;
        switch (number)
        {
            case MessageNumber.ChannelData:
                FindChannel(ref reader).OnData(ref reader);
                break;
            case MessageNumber.ChannelWindowAdjust:
                FindChannel(ref reader).OnWindowAdjust(reader.ReadUInt32());
                break;
            case MessageNumber.ChannelExtendedData:
                FindChannel(ref reader).OnExtendedData(ref reader);
                break;
            case MessageNumber.ChannelEof:
                FindChannel(ref reader).OnEof();
                break;
            case MessageNumber.ChannelClose:
                OnChannelClose(ref reader);
                break;
            case MessageNumber.ChannelRequest:
                FindChannel(ref reader).OnRequest(ref reader);
                break;
            case MessageNumber.ChannelSuccess:
                FindChannel(ref reader).OnRequestReply(success: true);
                break;
            case MessageNumber.ChannelFailure:
                FindChannel(ref reader).OnRequestReply(success: false);
                break;
            case MessageNumber.ChannelOpen:
                Context.Incoming.OnOpen(ref reader);
                break;
            case MessageNumber.ChannelOpenConfirmation:
                FindOpeningChannel(ref reader).OnOpenConfirmation(ref reader);
                break;
            case MessageNumber.ChannelOpenFailure:
                OnChannelOpenFailure(ref reader);
                break;
            case MessageNumber.GlobalRequest:
                OnGlobalRequest(ref reader);
                break;
            case MessageNumber.RequestSuccess:
            case MessageNumber.RequestFailure:
                _requests.OnReply(number == MessageNumber.RequestSuccess, reader.Rest);
                break;
            default:
                throw SshException.Protocol($"the server sent message {number}, which has no place in a connection");
        }
    }

    /// <summary>Passes a message to a channel on as it is, if the channel is somebody else's.</summary>
    private bool TryPassOn(byte number, ReadOnlySpan<byte> message) =>
        number > MessageNumber.ChannelOpen
        && message.Length >= 5
        && _table.Find(BinaryPrimitives.ReadUInt32BigEndian(message[1..]))?.TryPassOn(message) == true;

    private Channel FindChannel(ref SshReader reader)
    {
        var channel = FindSlot(ref reader);
        return channel.AwaitOpen()
            ? channel
            : throw SshException.Protocol($"the server used channel {channel.LocalId} before it was confirmed");
    }

    private Channel FindOpeningChannel(ref SshReader reader)
    {
        var channel = FindSlot(ref reader);
        return channel.IsOpening
            ? channel
            : throw SshException.Protocol($"the server answered the opening of channel {channel.LocalId} twice");
    }

    private Channel FindSlot(ref SshReader reader)
    {
        var number = reader.ReadUInt32();
        return _table.Find(number) as Channel
            ?? throw SshException.Protocol($"the server named channel {number}, which does not exist");
    }

    private void OnChannelOpenFailure(ref SshReader reader)
    {
        var channel = FindOpeningChannel(ref reader);

        // Read first: if that fails, the connection ends, and the channel must be among those that learn of it.
        var refusal = channel.ReadOpenFailure(ref reader);
        Remove(channel);
        channel.OnOpenFailure(refusal);
    }

    private void OnChannelClose(ref SshReader reader)
    {
        var channel = FindChannel(ref reader);

        // The peer takes nothing more, so there is nothing to wait for: close our side too, and before the slot is free
        // again, so that no new channel's messages overtake the answer.
        channel.Close();
        if (channel.Type == ChannelTypes.Session) _sessions.OnClosing();
        Remove(channel);
        channel.OnClose();
    }

    private void Remove(Channel channel)
    {
        // The connection may have ended meanwhile, and have removed them all.
        if (!_table.TryRemove(channel)) return;
        channel.OnRemoved();
        if (channel.Type == ChannelTypes.Session) _sessions.OnRemoved(channel);
        _table.TellRemoved();
    }

    private void OnGlobalRequest(ref SshReader reader)
    {
        var type = Printable.Text(reader.ReadString(), 64);
        var wantReply = reader.ReadBoolean();
        if (type == HostKeyUpdate.Announcement) HostKeys.OnAnnounced(ref reader);
        if (!wantReply) return;
        LogGlobalRequestRefused(type);
        _transport.Send(new RequestFailureMessage());
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "answered the server's {Type} request with a failure")]
    private partial void LogGlobalRequestRefused(string type);
}
