using System.Globalization;
using SshMux.Engine.Channels.Slots;
using SshMux.Engine.Channels.Usage;
using SshMux.Engine.Transport;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Channels.Proxied;

/// <summary>
/// A channel between the server and somebody else (a client in proxy mode), whose messages are passed on with other
/// channel numbers and are otherwise left alone. Both windows are counted, because a peer that oversteps one would make
/// the server end the connection, which is everybody's.
/// </summary>
/// <remarks>
/// What the server says comes to <see cref="TryPassOn"/>, on the receive loop; what the owner says goes through the
/// methods of ProxiedChannel.Sending.cs, on a thread of its own.
/// </remarks>
internal sealed partial class ProxiedChannel : IChannelSlot
{
    private readonly ChannelTable _table;
    private readonly IMessageTransport _transport;
    private readonly IProxiedChannelOwner _owner;

    // Guards all state, and the order of what is sent to the server.
    private readonly Lock _lock = new();
    private bool _isOpen;
    private bool _eofSent;
    private bool _closeSent;
    private bool _closeReceived;
    private bool _abandoned;
    private bool _closedHere; // by neither the owner nor the server
    private bool _ownerClosed;
    private uint _remoteId;
    private uint _windowOfServer; // what the owner may still send
    private uint _windowOfOwner; // what the server may still send
    private uint _maxPacket;

    /// <summary>A channel that the owner opens.</summary>
    public ProxiedChannel(
        ConnectionContext connection,
        uint localId,
        string type,
        uint ownerId,
        uint window,
        IProxiedChannelOwner owner)
    {
        _table = connection.Table;
        _transport = connection.Transport;
        _owner = owner;
        LocalId = localId;
        Type = type;
        OwnerId = ownerId;
        IsOurs = true;
        _windowOfOwner = window;
    }

    /// <summary>A channel that the server opens.</summary>
    public ProxiedChannel(
        ConnectionContext connection,
        uint localId,
        IncomingChannel incoming,
        IProxiedChannelOwner owner)
    {
        _table = connection.Table;
        _transport = connection.Transport;
        _owner = owner;
        LocalId = localId;
        Type = incoming.Type;
        SetServer(incoming.Sender, incoming.Window, incoming.MaxPacket);
    }

    /// <inheritdoc />
    public uint LocalId { get; }

    /// <summary>The channel type, such as "session".</summary>
    public string Type { get; }

    /// <summary>The owner's number of the channel.</summary>
    public uint OwnerId { get; private set; }

    /// <summary>How much goes through it.</summary>
    public ChannelTraffic Traffic { get; } = new();

    /// <summary>Who has the other end.</summary>
    public IProxiedChannelOwner Owner => _owner;

    /// <summary>
    /// Whether a terminal was asked for. Servers take a second time for a reason to end the connection.
    /// </summary>
    public bool HasTerminal { get; set; }

    /// <summary>Whether it has been confirmed, by whichever side.</summary>
    public bool IsOpen
    {
        get
        {
            lock (_lock) return _isOpen;
        }
    }

    /// <summary>Whether one side has closed it.</summary>
    public bool IsClosing
    {
        get
        {
            lock (_lock) return _closeSent || _closeReceived;
        }
    }

    /// <summary>Whether the owner opens it, and not the server.</summary>
    private bool IsOurs { get; }

    ChannelStanding IChannelSlot.Standing { get; set; }

    // The owner's reading waits for the whole connection (SshConnection.Writable), not for one channel.
    bool IChannelSlot.WakeSender() => false;

    string IChannelSlot.Describe()
    {
        lock (_lock)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"#{LocalId} {Type} (t20 [mux-proxy] {(_isOpen ? "r" : "nr")}{_remoteId} m{OwnerId} "
                + $"i{(_eofSent || _closeSent ? 3 : 0)}/0 o{(_closeReceived ? 3 : 0)}/0 e[closed]/0 "
                + $"fd -1/-1/-1 sock -1 cc -1 nc0 io 0x00/0x00 B)");
        }
    }

    void IChannelSlot.OnConnectionEnded(SshException reason)
    {
        lock (_lock)
        {
            _abandoned = true;
            _closeSent = true;
        }
    }

    /// <summary>A message of the server for this channel, beginning with its message number.</summary>
    public bool TryPassOn(ReadOnlySpan<byte> message)
    {
        PassOn(message);
        return true;
    }

    private void PassOn(ReadOnlySpan<byte> message)
    {
        var reader = new SshReader(message);
        var number = reader.ReadByte();
        reader.ReadUInt32(); // the recipient
        switch (number)
        {
            case MessageNumber.ChannelOpenConfirmation:
                OnConfirmation(ref reader);
                return;
            case MessageNumber.ChannelOpenFailure:
                OnFailure(reader.Rest);
                return;
            case MessageNumber.ChannelClose:
                OnClose();
                return;
        }

        bool pass;
        lock (_lock)
        {
            if (!_isOpen) throw SshException.Protocol($"the server used channel {LocalId} before it was confirmed");
            Count(number, reader);
            pass = !_abandoned;
        }

        if (pass) _owner.OnMessage(this, number, reader.Rest);
    }

    private void OnConfirmation(ref SshReader reader)
    {
        Span<byte> rest = stackalloc byte[12];
        lock (_lock)
        {
            if (_isOpen || !IsOurs) throw Twice();
            SetServer(reader.ReadUInt32(), reader.ReadUInt32(), reader.ReadUInt32());
            _isOpen = true;
            if (_abandoned)
            {
                SendCloseLocked();
                return;
            }

            var writer = new SshWriter(rest);
            writer.WriteUInt32(LocalId);
            writer.WriteUInt32(_windowOfServer);
            writer.WriteUInt32(_maxPacket);
        }

        _owner.OnMessage(this, MessageNumber.ChannelOpenConfirmation, rest);
    }

    private void OnFailure(ReadOnlySpan<byte> rest)
    {
        bool pass;
        lock (_lock)
        {
            if (_isOpen || !IsOurs) throw Twice();
            pass = !_abandoned;
        }

        Remove();
        if (pass) _owner.OnMessage(this, MessageNumber.ChannelOpenFailure, rest);
    }

    private void OnClose()
    {
        bool pass, isLast;
        lock (_lock)
        {
            if (!_isOpen || _closeReceived)
            {
                throw SshException.Protocol($"the server closed channel {LocalId}, which is not open");
            }

            _closeReceived = true;
            isLast = _closedHere ? _ownerClosed : _closeSent;
            pass = !_abandoned;
        }

        if (isLast) Remove();
        if (pass) _owner.OnMessage(this, MessageNumber.ChannelClose, []);
    }

    /// <summary>Takes the windows' share of a message of the server.</summary>
    private void Count(byte number, SshReader reader)
    {
        switch (number)
        {
            case MessageNumber.ChannelWindowAdjust:
                var more = reader.ReadUInt32();
                if (more > uint.MaxValue - _windowOfServer)
                {
                    throw SshException.Protocol("the server opened a channel's window beyond 2^32 - 1 bytes");
                }

                _windowOfServer += more;
                break;
            case MessageNumber.ChannelExtendedData:
                reader.ReadUInt32();
                CountData(ChannelFlow.Error, reader.ReadString());
                break;
            case MessageNumber.ChannelData:
                CountData(ChannelFlow.Output, reader.ReadString());
                break;
        }
    }

    private void CountData(ChannelFlow flow, ReadOnlySpan<byte> data)
    {
        if ((uint)data.Length > _windowOfOwner)
        {
            throw SshException.Protocol("the server sent more data on a channel than its window allows");
        }

        _windowOfOwner -= (uint)data.Length;
        Traffic.NoteReceived(flow, data);
    }

    private void SetServer(uint remoteId, uint window, uint maxPacket)
    {
        if (maxPacket == 0) throw SshException.Protocol("the server opened a channel with a maximum packet size of 0");
        _remoteId = remoteId;
        _windowOfServer = window;
        _maxPacket = maxPacket;
    }

    private SshException Twice() =>
        SshException.Protocol($"the server answered the opening of channel {LocalId} twice");

    private void Remove()
    {
        if (_table.TryRemove(this)) _table.TellRemoved();
        _owner.OnRemoved(this);
    }
}
