using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Transport;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Channels;

/// <summary>
/// A channel towards the peer: data within its window, requests, EOF and CLOSE (RFC 4254 section 5.2 to 5.4), in the order
/// in which they are sent.
/// </summary>
internal sealed class ChannelSender(IMessageTransport transport)
{
    /// <summary>
    /// The most data that one message carries, whatever the peer allows: what RFC 4253 section 6.1 obliges everybody to
    /// accept.
    /// </summary>
    private const uint PacketLimit = 32 * 1024;

    /// <summary>
    /// What a channel that has no more than that to send may send however much of others waits: it would not be the
    /// first to have room, among channels that always have data. In bytes.
    /// </summary>
    private const int SmallWrite = 1024;

    // Guards everything that decides what may still be sent, and the order of what is sent. The transport's lock is
    // only ever taken inside this one.
    private readonly Lock _lock = new();
    private uint _window;
    private int _maxPacket;
    private bool _isOpen;
    private bool _eofSent;
    private bool _closeSent;
    private bool _isCut; // the connection sends nothing any more, and the channel's end is on its way
    private SshException? _ended;
    private volatile bool _wantsRoom;
    private volatile bool _isBulk; // wanted to send more than a small write while the transport was congested

    /// <summary>The peer's number of the channel.</summary>
    public uint RemoteId { get; private set; }

    /// <summary>
    /// Whether somebody types here: the few bytes go out however much of others waits to be sent, and escapes among
    /// them are seen when the network is stuck. The window still bounds them.
    /// </summary>
    public bool IsInteractive { get; set; }

    /// <summary>Whether the channel has been confirmed, by whichever side.</summary>
    public bool IsOpen => _isOpen;

    /// <summary>Whether nothing is sent any more, and what still arrives is dropped.</summary>
    public bool IsClosed => _closeSent;

    /// <summary>Whether no data is sent any more.</summary>
    public bool IsDataEnded => _eofSent || _closeSent;

    private bool IsHeldUp => !IsInteractive && transport.IsCongested;

    /// <summary>How many bytes <see cref="TrySend"/> would take now; when it is 0, there is a wish for room.</summary>
    public int Allowance
    {
        get
        {
            lock (_lock) return AllowanceLocked(wanted: 0);
        }
    }

    /// <summary>What the peer has said of itself.</summary>
    /// <exception cref="SshException"><see cref="SshError.ProtocolError"/>: it takes no data at all.</exception>
    public void SetPeer(uint remoteId, uint window, uint maxPacket)
    {
        RemoteId = remoteId;
        _window = window;
        _maxPacket = (int)Math.Min(maxPacket, PacketLimit);
        if (_maxPacket == 0) throw SshException.Protocol("the server opened a channel with a maximum packet size of 0");
    }

    /// <summary>The peer has confirmed the channel.</summary>
    public void Open() => _isOpen = true;

    /// <summary>Confirms a channel that the peer opened (SSH_MSG_CHANNEL_OPEN_CONFIRMATION).</summary>
    /// <exception cref="SshException">Why the connection has ended.</exception>
    public void Confirm(uint localId)
    {
        lock (_lock)
        {
            if (_ended is not null) throw _ended.Again();
            _isOpen = true;
            transport.Send(new ChannelOpenConfirmationMessage(
                RemoteId, localId, ReceiveWindow.InitialSize, ReceiveWindow.MaxPacket));
        }
    }

    /// <summary>
    /// Sends as much of the data as the peer's window and the transport's buffer take now, and gives the number of bytes
    /// taken. If that is not all, there is a wish for room.
    /// </summary>
    public int TrySend(ReadOnlySpan<byte> data)
    {
        var sent = 0;
        lock (_lock)
        {
            while (sent < data.Length)
            {
                var left = data.Length - sent;
                var length = Math.Min(Math.Min(AllowanceLocked(left), left), _maxPacket);
                if (length == 0) break;
                if (!transport.Send(new ChannelDataMessage(RemoteId, data.Slice(sent, length))))
                {
                    // Whoever has data is not to try again: he may be on the very thread that is to tell of the end.
                    _isCut = true;
                    break;
                }

                if (length == SmallWrite && IsHeldUp) _isBulk = true; // surely there is more
                _window -= (uint)length;
                sent += length;
            }
        }

        return sent;
    }

    /// <summary>Sends SSH_MSG_CHANNEL_EOF, once.</summary>
    public void SendEof()
    {
        lock (_lock)
        {
            if (!_isOpen || _eofSent || _closeSent) return;
            _eofSent = true;
            transport.Send(new BareChannelMessage(MessageNumber.ChannelEof, RemoteId));
        }
    }

    /// <summary>Sends SSH_MSG_CHANNEL_CLOSE, once.</summary>
    public void SendClose()
    {
        lock (_lock)
        {
            if (!_isOpen || _closeSent) return;
            _closeSent = true;
            transport.Send(new BareChannelMessage(MessageNumber.ChannelClose, RemoteId));
        }
    }

    /// <summary>Answers a request of the peer (SSH_MSG_CHANNEL_SUCCESS or SSH_MSG_CHANNEL_FAILURE).</summary>
    public void SendReply(bool success)
    {
        var number = success ? MessageNumber.ChannelSuccess : MessageNumber.ChannelFailure;
        lock (_lock)
        {
            if (!_closeSent) transport.Send(new BareChannelMessage(number, RemoteId));
        }
    }

    /// <summary>Makes a request that wants no answer (SSH_MSG_CHANNEL_REQUEST).</summary>
    /// <exception cref="SshException"><see cref="SshError.RequestTooLong"/>.</exception>
    public void SendRequest(string type, ReadOnlySpan<byte> fields)
    {
        if (RequestLimit.CheckRequest(type, fields.Length, transport.MaxMessage) is { } refusal) throw refusal;
        lock (_lock)
        {
            if (!_closeSent) transport.Send(new ChannelRequestMessage(RemoteId, type, wantReply: false, fields));
        }
    }

    /// <summary>
    /// Makes a request of which the answer comes to <paramref name="replies"/>. False from a channel that is closed; faults
    /// with <see cref="SshError.RequestTooLong"/>, or why the connection has ended.
    /// </summary>
    public Task<bool> RequestAsync(
        string type, ReadOnlySpan<byte> fields, PendingReplies replies, TaskCreationOptions waiterOptions)
    {
        if (RequestLimit.CheckRequest(type, fields.Length, transport.MaxMessage) is { } refusal)
        {
            return Task.FromException<bool>(refusal);
        }

        var request = new TaskCompletionSource<bool>(waiterOptions);
        lock (_lock)
        {
            // The reason of a connection that has just ended must not pass for the server's refusal.
            if (_ended is not null) return Task.FromException<bool>(_ended.Again());
            if (_closeSent) return Task.FromResult(false);

            // Queued and sent under one lock: replies are matched by their order.
            replies.Add(request);
            transport.Send(new ChannelRequestMessage(RemoteId, type, wantReply: true, fields));
        }

        return request.Task;
    }

    /// <summary>Lets the peer send as much more as has been consumed (SSH_MSG_CHANNEL_WINDOW_ADJUST).</summary>
    public void Adjust(ReceiveWindow window)
    {
        lock (_lock)
        {
            var adjustment = window.TakeAdjustment(transport.RoundTrip, _closeSent);
            if (adjustment != 0) transport.Send(new ChannelWindowAdjustMessage(RemoteId, (uint)adjustment));
        }
    }

    /// <summary>The peer takes so many bytes more.</summary>
    /// <exception cref="SshException"><see cref="SshError.ProtocolError"/>: more than there can be.</exception>
    public void AddWindow(uint bytes)
    {
        lock (_lock)
        {
            if (bytes > uint.MaxValue - _window)
            {
                throw SshException.Protocol("the server opened a channel's window beyond 2^32 - 1 bytes");
            }

            _window += bytes;
        }
    }

    /// <summary>There may be room now. Whether there was a wish for it, which is over.</summary>
    public bool TakeWish()
    {
        _isBulk = false;
        if (!_wantsRoom) return false;
        _wantsRoom = false;
        return true;
    }

    /// <summary>The connection has ended: nothing can be sent any more. Gives whether the channel was open.</summary>
    public bool End(SshException reason)
    {
        lock (_lock)
        {
            _closeSent = true;
            _ended = reason;
            return _isOpen;
        }
    }

    private int AllowanceLocked(int wanted)
    {
        if (!_isOpen || _eofSent || _closeSent || _isCut) return 0;
        if (_window != 0 && !IsHeldUp) return (int)Math.Min(_window, int.MaxValue);

        // Ask first, then look again: if the transport drained in between, its OnWritable may have missed the request.
        _wantsRoom = true;
        Interlocked.MemoryBarrier();
        if (!IsHeldUp) return (int)Math.Min(_window, int.MaxValue);
        if (wanted > SmallWrite) _isBulk = true;
        return _isBulk ? 0 : (int)Math.Min(_window, SmallWrite);
    }
}
