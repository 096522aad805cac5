using System.Text;
using Microsoft.Extensions.Logging;
using SshMux.Engine.Channels;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Channels.Proxied;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Proxy;

// The client's messages for channels. Whatever is wrong with one throws, and the client is dropped.
internal sealed partial class ProxyClient
{
    void IProxiedChannelOwner.OnOffered(ProxiedChannel channel, IncomingChannel incoming)
    {
        lock (_lock)
        {
            if (!_gone)
            {
                _channels.Add(channel);
                _link.Send(new ChannelOpenMessage(
                    incoming.Type, channel.LocalId, incoming.Window, incoming.MaxPacket, incoming.Fields.Span));
                return;
            }
        }

        channel.Refuse(OpenFailureReason.ConnectFailed, "the client has gone");
    }

    private static SshException Broken(string what) => new(SshError.MuxProtocolError, $"a client in proxy mode {what}");

    private void Handle(ReadOnlySpan<byte> message)
    {
        var reader = new SshReader(message);
        var number = reader.ReadByte();
        if (message.Length > RequestLimit.MaxRequest)
        {
            RefuseTooLong(number, ref reader);
            return;
        }

        switch (number)
        {
            case MessageNumber.GlobalRequest:
                HandleGlobalRequest(ref reader);
                break;
            case MessageNumber.ChannelOpen:
                HandleOpen(ref reader);
                break;
            case MessageNumber.ChannelWindowAdjust:
            case MessageNumber.ChannelSuccess:
            case MessageNumber.ChannelFailure:
                // Those may have been under way when their channel was closed on both sides.
                if (Find(reader.ReadUInt32()) is { } known) HandleSignal(known, number, ref reader);
                break;
            case >= MessageNumber.ChannelOpenConfirmation and <= MessageNumber.ChannelRequest:
                var id = reader.ReadUInt32();
                HandleMessage(Find(id) ?? throw Broken($"named channel {id}, which it does not have"), number, reader);
                break;
            default:
                // Above all the transport layer's, which are between us and the server.
                throw Broken($"sent message {number}, which has no place here");
        }
    }

    /// <summary>What is longer than a packet to the server may be is refused here, each kind in its own way.</summary>
    private void RefuseTooLong(byte number, ref SshReader reader)
    {
        LogTooLong(RequestLimit.MaxRequest);
        switch (number)
        {
            case MessageNumber.GlobalRequest:
                reader.ReadString();
                if (reader.ReadBoolean()) Refuse();
                break;
            case MessageNumber.ChannelOpen:
                reader.ReadString();
                Refuse(
                    reader.ReadUInt32(),
                    OpenFailureReason.ResourceShortage,
                    $"a request to the server can take no more than {RequestLimit.MaxRequest} bytes");
                break;
            case MessageNumber.ChannelRequest:
                var id = reader.ReadUInt32();
                var channel = Find(id) ?? throw Broken($"named channel {id}, which it does not have");
                reader.ReadString();
                if (reader.ReadBoolean()) channel.SendUnknownRequest();
                break;
            default:
                throw Broken($"sent a message of more than {RequestLimit.MaxRequest} bytes");
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "a client in proxy mode asked for what takes more than {Limit} bytes, and was refused")]
    private partial void LogTooLong(int limit);

    private ProxiedChannel? Find(uint number) =>
        _connection.FindProxied(number) is { } channel && channel.Owner == this ? channel : null;

    private static void HandleSignal(ProxiedChannel channel, byte number, ref SshReader reader)
    {
        if (number == MessageNumber.ChannelWindowAdjust)
        {
            var bytes = reader.ReadUInt32();
            reader.ExpectEnd("SSH_MSG_CHANNEL_WINDOW_ADJUST");
            channel.AdjustWindow(bytes);
            return;
        }

        reader.ExpectEnd("the reply to a channel request");
        channel.SendReply(number);
    }

    private void HandleMessage(ProxiedChannel channel, byte number, SshReader reader)
    {
        var rest = reader.Rest;
        switch (number)
        {
            case MessageNumber.ChannelData:
                var data = reader.ReadString().Length;
                reader.ExpectEnd("SSH_MSG_CHANNEL_DATA");
                channel.SendData(number, rest, data);
                break;
            case MessageNumber.ChannelExtendedData:
                reader.ReadUInt32();
                var extended = reader.ReadString().Length;
                reader.ExpectEnd("SSH_MSG_CHANNEL_EXTENDED_DATA");
                channel.SendData(number, rest, extended);
                break;
            case MessageNumber.ChannelEof:
                reader.ExpectEnd("SSH_MSG_CHANNEL_EOF");
                channel.SendEof();
                break;
            case MessageNumber.ChannelClose:
                reader.ExpectEnd("SSH_MSG_CHANNEL_CLOSE");
                channel.SendClose();
                break;
            case MessageNumber.ChannelRequest:
                HandleRequest(channel, ref reader, rest);
                break;
            case MessageNumber.ChannelOpenConfirmation:
                channel.Confirm(reader.ReadUInt32(), reader.ReadUInt32(), reader.ReadUInt32());
                break;
            default: // SSH_MSG_CHANNEL_OPEN_FAILURE
                channel.Refuse((OpenFailureReason)reader.ReadUInt32(), reader.ReadText());
                break;
        }
    }

    private void HandleOpen(ref SshReader reader)
    {
        var type = Encoding.ASCII.GetString(reader.ReadString());
        var sender = reader.ReadUInt32();
        var window = reader.ReadUInt32();
        var maxPacket = reader.ReadUInt32();
        if (maxPacket == 0) throw Broken("opened a channel with a maximum packet size of 0");
        var fields = reader.Rest;
        if (!ProxyRequestCheck.IsKnownOpen(type, fields))
        {
            Refuse(sender, OpenFailureReason.UnknownChannelType, $"channels of type {type} are not passed on");
            return;
        }

        lock (_lock)
        {
            if (_channels.Count < MaxChannels)
            {
                // Known before the server can answer: the receive loop gets the lock after us.
                _channels.Add(_connection.OpenProxied(type, sender, window, maxPacket, fields, this));
                return;
            }
        }

        Refuse(sender, OpenFailureReason.ResourceShortage, $"a client cannot have more than {MaxChannels} channels");
    }

    private void Refuse(uint recipient, OpenFailureReason reason, string text) =>
        _link.Send(new ChannelOpenFailureMessage(recipient, reason, text));

    private void HandleRequest(ProxiedChannel channel, ref SshReader reader, ReadOnlySpan<byte> rest)
    {
        var type = Encoding.ASCII.GetString(reader.ReadString());
        var wantReply = reader.ReadBoolean();
        ProxyRequestCheck.Check(type, reader);
        if (type == ChannelRequestTypes.Pty)
        {
            if (channel.HasTerminal) throw Broken("asked for a second terminal");
            channel.HasTerminal = true;
        }

        // The server's channels of those kinds do not say for which session they are, and come to the master's ends.
        var refused = type == ChannelRequestTypes.X11
            || (type == ChannelRequestTypes.Agent && _connection.AgentForward?.TryAllow(_connection.Context.Incoming) is not true);
        if (!refused) channel.SendRequest(rest);
        else if (wantReply) channel.SendUnknownRequest();
    }
}
