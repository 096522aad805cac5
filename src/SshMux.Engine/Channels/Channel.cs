using System.Diagnostics;
using System.Globalization;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Channels.Slots;
using SshMux.Engine.Channels.Usage;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Channels;

/// <summary>
/// One channel of a connection (RFC 4254 section 5): both windows, EOF and CLOSE each way, requests and how the remote
/// program ended. What flows through it goes to and comes from its <see cref="IChannelHandler"/>.
/// </summary>
internal sealed partial class Channel : IChannelSlot
{
    /// <summary>How much of the server's words is shown to people, in characters.</summary>
    private const int MaxShownText = 1024;

    private readonly TaskCompletionSource<Channel> _opened;
    private readonly string _purpose;
    private readonly bool _isOurs;
    private readonly long _created = Stopwatch.GetTimestamp();
    private readonly ChannelSender _sender;
    private readonly ReceiveWindow _window = new();
    private readonly ReportedUse _use;

    // Held while the handler of a channel that the peer opened hears of it: the confirmation is out by then, and the
    // receive loop waits with what the peer already sends.
    private readonly Lock _announceLock = new();
    private volatile bool _isAnnounced;
    private volatile IChannelHandler _handler;
    private ChannelStanding _standing;
    private long _lastUsed;
    private Action? _whenRemoved;
    private bool _isRemoved;

    internal Channel(ConnectionContext connection, uint localId, string type, string purpose, IChannelHandler handler)
    {
        Connection = connection;
        LocalId = localId;
        Type = type;
        _sender = new ChannelSender(connection.Transport);
        _use = new ReportedUse(connection.Use);
        _purpose = purpose;
        _handler = handler;
        _isOurs = true;
        _opened = new(WaiterOptions);
    }

    internal Channel(ConnectionContext connection, uint localId, IncomingChannel incoming, IChannelHandler handler)
        : this(connection, localId, incoming.Type, incoming.Type, handler)
    {
        _isOurs = false;
        _sender.SetPeer(incoming.Sender, incoming.Window, incoming.MaxPacket);
    }

    /// <summary>Our number of the channel.</summary>
    public uint LocalId { get; }

    /// <summary>The peer's number of the channel.</summary>
    public uint RemoteId => _sender.RemoteId;

    /// <summary>How the remote program ended, once the server has said so.</summary>
    public CommandExit? Exit { get; private set; }

    /// <summary>Whether the peer has sent EOF: all data has arrived.</summary>
    public bool EofReceived { get; private set; }

    /// <summary>
    /// How many bytes <see cref="TrySend"/> would take now. When it is 0, <see cref="IChannelHandler.OnWritable"/>
    /// follows as soon as that changes.
    /// </summary>
    public int SendAllowance => _sender.Allowance;

    /// <summary>How much goes through it.</summary>
    internal ChannelTraffic Traffic { get; } = new();

    /// <summary>The connection that the channel belongs to.</summary>
    internal ConnectionContext Connection { get; }

    /// <summary>The channel type, such as "session".</summary>
    internal string Type { get; }

    /// <summary>Completes when the peer has confirmed the channel, faults when it refuses.</summary>
    internal Task<Channel> Opened => _opened.Task;

    /// <summary>Whether the peer has yet to answer our wish to open the channel.</summary>
    internal bool IsOpening => !_sender.IsOpen && _isOurs;

    /// <summary>Whether it is a session that was opened in advance, and that nobody has yet.</summary>
    internal bool IsSpare => _standing == ChannelStanding.Spare;

    /// <summary>
    /// Whether somebody types here: the few bytes go out however much of others waits to be sent, and escapes among
    /// them are seen when the network is stuck. The window still bounds them.
    /// </summary>
    internal bool IsInteractive
    {
        get => _sender.IsInteractive;
        set => _sender.IsInteractive = value;
    }

    /// <summary>Whether this side has closed it; the server may not have, for a program that goes on.</summary>
    internal bool IsClosed => _sender.IsClosed;

    /// <summary>When data came or went last, as a timestamp of the connection's clock; 0 if that does not matter.</summary>
    internal long LastUsed => Volatile.Read(ref _lastUsed);

    /// <summary>The type as ssh_config(5) names it for ChannelTimeout.</summary>
    internal string TimeoutType => Type switch
    {
        ChannelTypes.Agent => "agent-connection",
        ChannelTypes.X11 => "x11-connection",
        var type => type,
    };

    ChannelStanding IChannelSlot.Standing
    {
        get => _standing;
        set => _standing = value;
    }

    private TaskCreationOptions WaiterOptions => _handler.ContinuesInline
        ? TaskCreationOptions.None
        : TaskCreationOptions.RunContinuationsAsynchronously;

    /// <summary>
    /// Closes the channel (SSH_MSG_CHANNEL_CLOSE): nothing is sent any more, what still arrives is dropped.
    /// <see cref="IChannelHandler.OnClosed"/> follows when the peer has closed it too. Later calls do nothing.
    /// </summary>
    public void Close() => _sender.SendClose();

    bool IChannelSlot.TryPassOn(ReadOnlySpan<byte> message) => false;

    string IChannelSlot.Describe() => Describe();

    /// <summary>
    /// As
    /// <c>#0 client-session (t4 [session] r0 nm0 i0/0 o0/0 e[write]/0 fd 4/5/6 sock -1 cc -1 nc0 io 0x00/0x00 RTI)</c>,
    /// the words of OpenSSH 10.3 (channel_format_status): type, numbers, state and waiting bytes of input and output (0
    /// open, 1 to be written out, 3 closed), descriptors. There are no control channels (cc) here, and readiness (io) is
    /// known to the system only.
    /// </summary>
    internal string Describe()
    {
        const int opening = 3; // SSH_CHANNEL_OPENING
        const int open = 4; // SSH_CHANNEL_OPEN
        var ends = _handler.DescribeEnds();
        var input = _sender.IsDataEnded || ends.InputEnded ? 3 : 0;
        var output = (EofReceived || _sender.IsClosed) switch
        {
            false => 0,
            true when ends.OutputWaiting > 0 => 1,
            true => 3,
        };
        var name = _isOurs ? $"{Type}: {_purpose}" : Type;
        var kind = Type != ChannelTypes.Session ? name : IsSpare ? "spare-session" : "client-session";
        var error = ends.Error >= 0 ? "write" : "closed";
        var socket = ends.IsSocket ? ends.Input : -1;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"#{LocalId} {kind} "
            + $"(t{(_sender.IsOpen ? open : opening)} [{Type}] {(_sender.IsOpen ? "r" : "nr")}{RemoteId} nm0 "
            + $"i{input}/{ends.InputWaiting} o{output}/{ends.OutputWaiting} e[{error}]/{ends.ErrorWaiting} "
            + $"fd {ends.Input}/{ends.Output}/{ends.Error} sock {socket} cc -1 nc0 io 0x00/0x00 "
            + $"{(ends.IsTerminal ? "RTI" : "B")})");
    }

    internal void OnOpenConfirmation(ref SshReader reader)
    {
        Connection.Transport.NoteAnswer(Stopwatch.GetElapsedTime(_created));
        _sender.SetPeer(reader.ReadUInt32(), reader.ReadUInt32(), reader.ReadUInt32());
        _sender.Open();
        _isAnnounced = true;
        if (!IsSpare) NoteUsed();
        BeginUse();
        _handler.OnOpened(this);

        // A caller who cancelled meanwhile wants no channel any more.
        if (!_opened.TrySetResult(this)) Close();
    }

    /// <summary>Confirms a channel that the peer opened, and tells the handler before the peer's data reaches it.</summary>
    /// <exception cref="SshException">Why the connection has ended; the handler hears nothing.</exception>
    internal void Confirm()
    {
        lock (_announceLock)
        {
            _sender.Confirm(LocalId);
            NoteUsed();
            BeginUse();
            _handler.OnOpened(this);
            _isAnnounced = true;
        }
    }

    /// <summary>
    /// Whether the peer may use the channel. Waits for the handler to have heard of it, for no longer than that takes.
    /// </summary>
    internal bool AwaitOpen()
    {
        if (_isAnnounced) return true;
        lock (_announceLock) return _isAnnounced;
    }

    /// <summary>What the peer says when it refuses to open the channel.</summary>
    internal SshException ReadOpenFailure(ref SshReader reader)
    {
        var reason = (OpenFailureReason)reader.ReadUInt32();
        var text = Printable.Text(reader.ReadString(), MaxShownText);
        var why = reason switch
        {
            OpenFailureReason.AdministrativelyProhibited => "administratively prohibited",
            OpenFailureReason.ConnectFailed => "connect failed",
            OpenFailureReason.UnknownChannelType => "unknown channel type",
            OpenFailureReason.ResourceShortage => "resource shortage",
            _ => $"reason {(uint)reason}",
        };
        var detail = text.Length == 0 || text == why ? why : $"{why}: {text}";
        return new SshException(SshError.ChannelOpenRefused, $"the server refused to open {_purpose} ({detail})")
        {
            Refusal = ((uint)reason, text),
        };
    }

    internal void OnOpenFailure(SshException refusal) => _opened.TrySetException(refusal);

    internal void AbandonOpen(CancellationToken cancellationToken) => _opened.TrySetCanceled(cancellationToken);

    /// <summary>Gives a spare session, which is open, to the one who uses it.</summary>
    internal void HandOver(IChannelHandler handler)
    {
        NoteUsed();
        handler.OnOpened(this);
        _handler = handler;
    }

    /// <summary>
    /// Closes the channel, and does not wait for the peer to do so too, which may be when the program there ends.
    /// </summary>
    internal void EndAtOnce(SshException reason)
    {
        Volatile.Write(ref _lastUsed, 0);
        if (_sender.IsClosed) return;
        Close();
        if (!Connection.Table.TryChange(this, ChannelStanding.Expired)) return;
        _replies.End(null);
        _handler.OnClosed(reason);
        TellRemoved();
    }

    /// <summary>The peer has closed the channel.</summary>
    internal void OnClose()
    {
        _replies.End(null);
        if (_standing != ChannelStanding.Expired) _handler.OnClosed(null);
    }

    /// <summary>Its number is free; the connection counts its use no more.</summary>
    internal void OnRemoved()
    {
        _use.End();
        TellRemoved();
    }

    /// <summary>
    /// Does something when nobody uses the channel any more: its number is free, it was ended at once, or the connection
    /// has ended. At once if that is so already.
    /// Mostly called on the receive loop: it must neither block nor throw.
    /// </summary>
    internal void WhenRemoved(Action action)
    {
        lock (_announceLock)
        {
            if (!_isRemoved)
            {
                _whenRemoved += action;
                return;
            }
        }

        action();
    }

    /// <summary>The connection ended: every waiter and the handler learn the reason.</summary>
    void IChannelSlot.OnConnectionEnded(SshException reason)
    {
        bool wasOpen;
        lock (_announceLock) wasOpen = _sender.End(reason);
        try
        {
            _opened.TrySetException(reason.Again());
            _replies.End(reason);
        }
        finally
        {
            if (wasOpen && _standing != ChannelStanding.Expired) _handler.OnClosed(reason);
            TellRemoved();
        }
    }

    private void TellRemoved()
    {
        Action? told;
        lock (_announceLock)
        {
            _isRemoved = true;
            told = _whenRemoved;
            _whenRemoved = null;
        }

        told?.Invoke();
    }

    /// <summary>A channel that is no session begins with its use; a session's program tells it.</summary>
    private void BeginUse()
    {
        if (Type is not (ChannelTypes.Session or ChannelTypes.Agent)) _use.Set(ChannelUse.Bulk);
    }

    private void NoteUsed()
    {
        if (Connection.Clock.IsRunning && !_sender.IsClosed) Volatile.Write(ref _lastUsed, Connection.Clock.NoteUse());
    }
}
