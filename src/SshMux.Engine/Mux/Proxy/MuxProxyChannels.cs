using System.Text;
using SshMux.Engine.Channels;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Channels.Proxied;
using SshMux.Engine.Mux.Locking;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Proxy;

/// <summary>
/// The channels of a client in proxy mode. Its messages for them are checked and passed on; whatever is wrong with one
/// throws, and the client is dropped.
/// </summary>
/// <param name="connection">The shared connection.</param>
/// <param name="outbox">What goes to the client.</param>
/// <param name="sessions">Its sessions, which the master can list.</param>
/// <param name="mux">The master's lock.</param>
internal sealed class MuxProxyChannels(
    SshConnection connection, MuxProxyOutbox outbox, MuxProxySessions sessions, MuxLock mux)
    : IProxiedChannelOwner, IDisposable
{
    /// <summary>More is not served; the server has limits too, and takes their excess for an attack.</summary>
    private const int MaxCount = 1024;

    private readonly Lock _lock = new();
    private readonly HashSet<ProxiedChannel> _open = [];
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _leaving = new();
    private int _waiting; // channels that wait until the master is unlocked
    private bool _gone;

    /// <summary>Completes when the client has gone and the server has closed all its channels.</summary>
    public Task Closed => _closed.Task;

    void IProxiedChannelOwner.OnMessage(ProxiedChannel channel, byte number, ReadOnlySpan<byte> rest) =>
        outbox.Send(new ChannelMessage(number, channel.OwnerId, rest));

    void IProxiedChannelOwner.OnOffered(ProxiedChannel channel, IncomingChannel incoming)
    {
        lock (_lock)
        {
            if (!_gone)
            {
                _open.Add(channel);
                outbox.Send(new ChannelOpenMessage(
                    incoming.Type, channel.LocalId, incoming.Window, incoming.MaxPacket, incoming.Fields.Span));
                return;
            }
        }

        channel.Refuse(OpenFailureReason.ConnectFailed, "the client has gone");
    }

    void IProxiedChannelOwner.OnRemoved(ProxiedChannel channel)
    {
        lock (_lock)
        {
            _open.Remove(channel);
            TellIfClosed();
        }

        sessions.OnRemoved(channel);
    }

    /// <summary>The client has gone: closes its channels, and tells how many there were.</summary>
    public int Leave(Action<Exception> onFailure)
    {
        ProxiedChannel[] channels;
        lock (_lock)
        {
            _gone = true;
            channels = [.. _open];
            TellIfClosed();
        }

        _leaving.Cancel();
        OneByOne.Tell(channels, channel => channel.Abandon(), onFailure);
        sessions.Leave();
        return channels.Length;
    }

    /// <inheritdoc/>
    public void Dispose() => _leaving.Dispose();

    /// <summary>SSH_MSG_CHANNEL_OPEN.</summary>
    /// <exception cref="SshException">It is malformed.</exception>
    public void HandleOpen(ref SshReader reader)
    {
        var type = Encoding.ASCII.GetString(reader.ReadString());
        var sender = reader.ReadUInt32();
        var window = reader.ReadUInt32();
        var maxPacket = reader.ReadUInt32();
        if (maxPacket == 0) throw MuxProxyOutbox.Broken("opened a channel with a maximum packet size of 0");
        var fields = reader.Rest;
        if (!MuxProxyRequestCheck.IsKnownOpen(type, fields))
        {
            Refuse(sender, OpenFailureReason.UnknownChannelType, $"channels of type {type} are not passed on");
            return;
        }

        try
        {
            if (mux.MayPass()) Open(new(type, sender, window, maxPacket), fields);
            else OpenLater(new(type, sender, window, maxPacket), fields.ToArray());
        }
        catch (SshException e) when (e.Error == SshError.MasterLocked)
        {
            Refuse(sender, OpenFailureReason.AdministrativelyProhibited, e.Message);
        }
    }

    /// <summary>A message that names a channel (RFC 4254 section 5).</summary>
    /// <exception cref="SshException">It is malformed, or no channel of the client's.</exception>
    public void Handle(byte number, ref SshReader reader)
    {
        var id = reader.ReadUInt32();
        if (number is not (MessageNumber.ChannelWindowAdjust or MessageNumber.ChannelSuccess
            or MessageNumber.ChannelFailure))
        {
            HandleMessage(Demand(id), number, reader);
            return;
        }

        // Those may have been under way when their channel was closed on both sides.
        if (Find(id) is not { } channel) return;
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

    /// <summary>
    /// Refuses a channel, or a channel request, that is longer than a packet to the server may be.
    /// </summary>
    /// <exception cref="SshException">It is malformed, or no channel of the client's.</exception>
    public void RefuseTooLong(byte number, ref SshReader reader)
    {
        if (number == MessageNumber.ChannelOpen)
        {
            reader.ReadString();
            Refuse(
                reader.ReadUInt32(),
                OpenFailureReason.ResourceShortage,
                $"a request to the server can take no more than {RequestLimit.MaxRequest} bytes");
            return;
        }

        var channel = Demand(reader.ReadUInt32());
        reader.ReadString();
        if (reader.ReadBoolean()) channel.SendUnknownRequest();
    }

    private void Open(Wish wish, ReadOnlySpan<byte> fields, bool hasPlace = false)
    {
        lock (_lock)
        {
            if (_gone) return;
            if (hasPlace || _open.Count + _waiting < MaxCount)
            {
                if (hasPlace) _waiting--;

                // Known before the server can answer: the receive loop gets the lock after us.
                var channel = connection.OpenProxied(
                    wish.Type, wish.Sender, wish.Window, wish.MaxPacket, fields, this);
                _open.Add(channel);
                sessions.OnOpening(channel);
                return;
            }
        }

        RefuseAsTooMany(wish.Sender);
    }

    /// <summary>Opens a channel when the master is unlocked; until it is answered, nothing can be said on it.</summary>
    private void OpenLater(Wish wish, byte[] fields)
    {
        lock (_lock)
        {
            if (_open.Count + _waiting < MaxCount)
            {
                _waiting++;
                _ = OpenWhenUnlockedAsync(wish, fields, _leaving.Token);
                return;
            }
        }

        RefuseAsTooMany(wish.Sender);
    }

    private async Task OpenWhenUnlockedAsync(Wish wish, byte[] fields, CancellationToken leaving)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            await mux.PassAsync(onWaiting: null, leaving).ConfigureAwait(false);
            Open(wish, fields, hasPlace: true);
        }
        catch (OperationCanceledException)
        {
            // The client has gone.
        }
        catch (SshException e)
        {
            // The master, or its connection, has ended.
            Refuse(wish.Sender, OpenFailureReason.ConnectFailed, e.Message);
        }
    }

    private void TellIfClosed()
    {
        if (_gone && _open.Count == 0) _closed.TrySetResult();
    }

    private ProxiedChannel? Find(uint number) =>
        connection.FindProxied(number) is { } channel && channel.Owner == this ? channel : null;

    private ProxiedChannel Demand(uint number) =>
        Find(number) ?? throw MuxProxyOutbox.Broken($"named channel {number}, which it does not have");

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

    private void HandleRequest(ProxiedChannel channel, ref SshReader reader, ReadOnlySpan<byte> rest)
    {
        var type = Encoding.ASCII.GetString(reader.ReadString());
        var wantReply = reader.ReadBoolean();
        MuxProxyRequestCheck.Check(type, reader);
        if (type == ChannelRequestTypes.Pty)
        {
            if (channel.HasTerminal) throw MuxProxyOutbox.Broken("asked for a second terminal");
            channel.HasTerminal = true;
        }

        // The server's channels of those kinds do not say for which session they are, and come to the master's ends.
        var refused = type == ChannelRequestTypes.X11
            || (type == ChannelRequestTypes.Agent
                && connection.AgentForward?.TryAllow(connection.Context.Incoming) is not true);
        sessions.OnRequest(channel, type, reader);
        if (!refused) channel.SendRequest(rest);
        else if (wantReply) channel.SendUnknownRequest();
    }

    private void RefuseAsTooMany(uint recipient) =>
        Refuse(recipient, OpenFailureReason.ResourceShortage, $"a client cannot have more than {MaxCount} channels");

    private void Refuse(uint recipient, OpenFailureReason reason, string text) =>
        outbox.Send(new ChannelOpenFailureMessage(recipient, reason, text));

    /// <summary>A channel that the client asks for (SSH_MSG_CHANNEL_OPEN).</summary>
    private readonly record struct Wish(string Type, uint Sender, uint Window, uint MaxPacket);
}
