using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Channels;

// Towards the peer: data within its window, EOF, CLOSE.
public sealed partial class Channel
{
    /// <summary>
    /// The most data that one message carries, whatever the peer allows: what RFC 4253 section 6.1 obliges everybody to
    /// accept.
    /// </summary>
    private const uint SendPacketLimit = 32 * 1024;

    /// <summary>
    /// What a channel that has no more than that to send may send however much of others waits: it would not be the
    /// first to have room, among channels that always have data. In bytes.
    /// </summary>
    private const int SmallWrite = 1024;

    // Guards everything that decides what may still be sent, and the order of what is sent. The transport's lock is
    // only ever taken inside this one.
    private readonly Lock _sendLock = new();
    private uint _sendWindow;
    private int _maxPacket;
    private bool _isOpen;
    private bool _eofSent;
    private bool _closeSent;
    private volatile bool _wantsWritable;
    private volatile bool _isBulk; // wanted to send more than a small write while the transport was congested

    /// <summary>
    /// Whether somebody types here: the few bytes go out however much of others waits to be sent, and escapes among
    /// them are seen when the network is stuck. The window still bounds them.
    /// </summary>
    internal bool IsInteractive { get; set; }

    private bool IsHeldUp => !IsInteractive && _transport.IsCongested;

    /// <summary>
    /// How many bytes <see cref="TrySend"/> would take now. When it is 0, <see cref="IChannelHandler.OnWritable"/>
    /// follows as soon as that changes.
    /// </summary>
    public int SendAllowance
    {
        get
        {
            lock (_sendLock) return AllowanceLocked(wanted: 0);
        }
    }

    /// <summary>
    /// Sends as much of <paramref name="data"/> as the peer's window and the transport's buffer take now, and gives the
    /// number of bytes taken. If that is not all, <see cref="IChannelHandler.OnWritable"/> follows when there is room.
    /// </summary>
    public int TrySend(ReadOnlySpan<byte> data)
    {
        var sent = 0;
        lock (_sendLock)
        {
            while (sent < data.Length)
            {
                var left = data.Length - sent;
                var length = Math.Min(Math.Min(AllowanceLocked(left), left), _maxPacket);
                if (length == 0) break;
                if (!_transport.Send(new ChannelDataMessage(RemoteId, data.Slice(sent, length)))) break;
                if (length == SmallWrite && IsHeldUp) _isBulk = true; // surely there is more
                _sendWindow -= (uint)length;
                sent += length;
            }
        }

        if (sent > 0) NoteUsed();
        return sent;
    }

    /// <summary>Tells the peer that no more data follows (SSH_MSG_CHANNEL_EOF). Later calls do nothing.</summary>
    public void SendEof()
    {
        lock (_sendLock)
        {
            if (!_isOpen || _eofSent || _closeSent) return;
            _eofSent = true;
            _transport.Send(new BareChannelMessage(MessageNumber.ChannelEof, RemoteId));
        }
    }

    /// <summary>
    /// Closes the channel (SSH_MSG_CHANNEL_CLOSE): nothing is sent any more, what still arrives is dropped.
    /// <see cref="IChannelHandler.OnClosed"/> follows when the peer has closed it too. Later calls do nothing.
    /// </summary>
    public void Close()
    {
        lock (_sendLock)
        {
            if (!_isOpen || _closeSent) return;
            _closeSent = true;
            _transport.Send(new BareChannelMessage(MessageNumber.ChannelClose, RemoteId));
        }
    }

    internal void OnWindowAdjust(uint bytes)
    {
        lock (_sendLock)
        {
            if (bytes > uint.MaxValue - _sendWindow)
            {
                throw SshException.Protocol("the server opened a channel's window beyond 2^32 - 1 bytes");
            }

            _sendWindow += bytes;
        }

        WakeSender();
    }

    internal bool WakeSender()
    {
        _isBulk = false;
        if (!_wantsWritable) return false;
        _wantsWritable = false;
        _handler.OnWritable();
        return true;
    }

    bool IChannelSlot.WakeSender() => WakeSender();

    string IChannelSlot.Describe() => Describe();

    private int AllowanceLocked(int wanted)
    {
        if (!_isOpen || _eofSent || _closeSent) return 0;
        if (_sendWindow != 0 && !IsHeldUp) return (int)Math.Min(_sendWindow, int.MaxValue);

        // Ask first, then look again: if the transport drained in between, its OnWritable may have missed the request.
        _wantsWritable = true;
        Interlocked.MemoryBarrier();
        if (!IsHeldUp) return (int)Math.Min(_sendWindow, int.MaxValue);
        if (wanted > SmallWrite) _isBulk = true;
        return _isBulk ? 0 : (int)Math.Min(_sendWindow, SmallWrite);
    }
}
