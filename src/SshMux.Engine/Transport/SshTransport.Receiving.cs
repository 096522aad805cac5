using System.Diagnostics;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Transport;

/// <content>The receive loop, and the messages that the transport layer answers itself.</content>
internal sealed partial class SshTransport
{
    private const int MaxShownText = 1024;

    /// <summary>
    /// The thread that delivers messages just now; what it sends is flushed when it has delivered all.
    /// </summary>
    private int _deliveringThread;

    /// <summary>Who keeps parts of the messages that are being delivered; for that thread only.</summary>
    private readonly List<IDeliveryHandler> _keeping = [];

    // A message that was decompressed, or held back during a key exchange, does not lie in the buffer.
    bool IMessageTransport.TryKeep(ReadOnlySpan<byte> data, IDeliveryHandler handler)
    {
        if (_deliveringThread != Environment.CurrentManagedThreadId || !_received.Holds(data)) return false;
        if (!_keeping.Contains(handler)) _keeping.Add(handler);
        return true;
    }

    private async Task ReceiveAsync()
    {
        try
        {
            while (true)
            {
                DeliverPackets();
                if (_computing is not null)
                {
                    await FinishComputingAsync().ConfigureAwait(false);
                    continue;
                }

                await WaitForServerAsync().ConfigureAwait(false);
                if (_reason is not null) return;
                var read = await _stream.ReadAsync(_received.MakeRoom()).ConfigureAwait(false);
                if (read == 0) throw EndReasons.Lost("Connection closed by remote host", "without a reason");
                _received.Add(read);
            }
        }
        catch (Exception e)
        {
            EndBecauseOf(e, "while reading");
        }
    }

    private void DeliverPackets()
    {
        _deliveringThread = Environment.CurrentManagedThreadId;
        try
        {
            while (_reason is null && _computing is null && TryReadMessage(out var message))
            {
                var number = message[0];
                if (_keyExchange is { Server: not null } || number < MessageNumber.UserAuthRequest || number > 127)
                {
                    ProcessTransportMessage(message);
                }
                else
                {
                    if (number == MessageNumber.UserAuthSuccess) OnLoggedIn();
                    _receiver!.OnMessage(message);
                }

                CheckHeld();
            }

            if (NeedsNewKeys(_decoder.BytesWithKey, _decoder.PacketsWithKey, _decoder.BlockSize))
            {
                RequestKeyExchange();
                _keyLimits.CheckServer(_decoder.PacketsWithKey);
            }
        }
        finally
        {
            foreach (var handler in _keeping) handler.OnDelivered();
            _keeping.Clear();
            _deliveringThread = 0;
            Flush();
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
        if (_keyExchange is { } run && (run.Server is not null || _sessionId is null))
        {
            if (ProcessDuringKeyExchange(run, number, message)) return;
        }

        switch (number)
        {
            case MessageNumber.Ignore:
                break;
            case MessageNumber.Debug:
                reader.ReadBoolean();
                var text = Printable.Text(reader.ReadString(), MaxShownText);
                Log.DebugMessage(_logger, text);
                break;
            case MessageNumber.Unimplemented:
                var packet = reader.ReadUInt32();
                Log.Unimplemented(_logger, packet);
                if (_keyExchange is { Server: null } refused && refused.PacketNumber == packet)
                {
                    throw SshException.Protocol("the server refuses to exchange new keys");
                }

                break;
            case MessageNumber.ServiceAccept:
                // The first thing that the layer above asks for, and nothing that a server would have to think about.
                NoteAnswer(Stopwatch.GetElapsedTime(_started));
                _receiver!.OnMessage(message);
                break;
            case MessageNumber.ExtInfo:
                _extensionInfo.Read(ref reader, _loggedIn);
                break;
            case MessageNumber.Ping:
                Pong(ref reader);
                break;
            case MessageNumber.Pong:
                break; // to a ping that only hides keystrokes
            case MessageNumber.KexInit:
                ProcessKexInit(message);
                break;
            case MessageNumber.NewKeys:
                throw SshException.Protocol("the server sent SSH_MSG_NEWKEYS outside of a key exchange");
            default:
                Log.UnknownMessage(_logger, number);

                // A peer that sends such without reading our answers gets no more of them.
                if (!_congested) Send(new UnimplementedMessage(_decoder.LastSequenceNumber));
                break;
        }
    }

    private static SshException Disconnected(ref SshReader reader)
    {
        var reason = (DisconnectReason)reader.ReadUInt32();
        var text = Printable.Text(reader.ReadText().Trim(), MaxShownText);
        if (text.Length == 0) text = $"reason {reason:D} ({reason})";
        return new SshException(SshError.Disconnected, $"the server ended the connection: {text}");
    }
}
