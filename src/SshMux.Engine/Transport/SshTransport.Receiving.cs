using Microsoft.Extensions.Logging;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Transport;

// The receive loop, and the messages that the transport layer answers itself.
internal sealed partial class SshTransport
{
    private const int MaxShownText = 1024;

    bool IMessageTransport.TryKeep(ReadOnlySpan<byte> data, IDeliveryHandler handler) =>
        _sender.Loop.IsDelivering && _receiver.TryKeep(data, handler);

    private async Task ReceiveAsync()
    {
        try
        {
            while (true)
            {
                DeliverPackets();
                if (_keyExchanges.IsComputing)
                {
                    await _keyExchanges.FinishComputingAsync().ConfigureAwait(false);
                    continue;
                }

                await _sender.WaitForServerAsync().ConfigureAwait(false);
                if (_end.Reason is not null) return;
                var count = await _receiver.ReceiveAsync().ConfigureAwait(false);
                if (count == 0) throw EndReasons.Lost("Connection closed by remote host", "without a reason");
                _receiver.Add(count);
            }
        }
        catch (Exception e)
        {
            EndBecauseOf(e, "while reading");
        }
    }

    private void DeliverPackets()
    {
        _sender.Loop.BeginDelivery();
        try
        {
            while (_end.Reason is null && !_keyExchanges.IsComputing && _receiver.TryRead(out var message))
            {
                var number = message[0];
                if (_keyExchanges.IsServerExchanging
                    || number is < MessageNumber.UserAuthRequest or > MessageNumber.LastOfConnection)
                {
                    ProcessTransportMessage(message);
                }
                else
                {
                    if (number == MessageNumber.UserAuthSuccess) OnLoggedIn();
                    _delivery.OnMessage(message);
                }

                _sender.CheckAnswers();
            }

            _rekeying.CheckReceived();
        }
        finally
        {
            _receiver.TellKept();
            _sender.Loop.EndDelivery();
        }
    }

    /// <summary>
    /// Handles what is not a plain message for the layer above, during a key exchange and outside of one.
    /// </summary>
    private void ProcessTransportMessage(ReadOnlySpan<byte> message)
    {
        var reader = new SshReader(message);
        var number = reader.ReadByte();
        if (number == MessageNumber.Disconnect) throw Disconnected(ref reader);
        if (_keyExchanges.TryProcess(number, message)) return;
        switch (number)
        {
            case MessageNumber.Ignore:
                break;
            case MessageNumber.Debug:
                reader.ReadBoolean();
                var text = Printable.Text(reader.ReadString(), MaxShownText);
                LogDebugMessage(text);
                break;
            case MessageNumber.Unimplemented:
                var packet = reader.ReadUInt32();
                LogUnimplemented(packet);
                _keyExchanges.OnUnimplemented(packet);
                break;
            case MessageNumber.ServiceAccept:
                // The first thing that the layer above asks for, and nothing that a server would have to think about.
                NoteAnswer(_delivery.Elapsed);
                _delivery.OnMessage(message);
                break;
            case MessageNumber.ExtInfo:
                _extensions.Read(ref reader, _keyExchanges.IsLoggedIn);
                break;
            case MessageNumber.Ping:
                // As in OpenSSH, not before the login, when nothing of ours is worth hiding in such traffic, and a
                // stranger could make work with it.
                var data = reader.ReadString();
                if (_keyExchanges.IsLoggedIn) _sender.SendAnswer(new PongMessage(data));
                break;
            case MessageNumber.Pong:
                break; // to a ping that only hides keystrokes
            case MessageNumber.KexInit:
                _keyExchanges.ProcessKexInit(message);
                break;
            case MessageNumber.NewKeys:
                throw SshException.Protocol("the server sent SSH_MSG_NEWKEYS outside of a key exchange");
            case >= MessageNumber.GlobalRequest and <= MessageNumber.LastOfConnection:
                _delivery.OnMessage(message); // in a key exchange
                break;
            default:
                LogUnknownMessage(number);

                // A peer that sends such without reading our answers gets no more of them.
                if (!IsCongested) Send(new UnimplementedMessage(_receiver.LastSequenceNumber));
                break;
        }
    }

    private void OnLoggedIn()
    {
        if (_keyExchanges.IsLoggedIn) return;
        _keyExchanges.OnLoggedIn();
        _rekeying.OnLoggedIn();

        // From now on nothing that is received is waited for by anybody: no host key, no question to the user.
        _receiver.GoOnInline();
    }

    private static SshException Disconnected(ref SshReader reader)
    {
        var reason = (DisconnectReason)reader.ReadUInt32();
        var text = Printable.Text(reader.ReadText().Trim(), MaxShownText);
        if (text.Length == 0) text = $"reason {reason:D} ({reason})";
        return new SshException(SshError.Disconnected, $"the server ended the connection: {text}");
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "debug message from the server: {Text}")]
    private partial void LogDebugMessage(string text);

    [LoggerMessage(Level = LogLevel.Debug, Message = "the server does not implement our packet {Number}")]
    private partial void LogUnimplemented(uint number);

    [LoggerMessage(Level = LogLevel.Debug, Message = "message {Number} answered with SSH_MSG_UNIMPLEMENTED")]
    private partial void LogUnknownMessage(byte number);
}
