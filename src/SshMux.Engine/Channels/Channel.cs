using System.Diagnostics;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Transport;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Channels;

/// <summary>
/// One channel of a connection (RFC 4254 section 5): both windows, EOF and CLOSE each way, requests and how the remote
/// program ended. What flows through it goes to and comes from its <see cref="IChannelHandler"/>.
/// </summary>
public sealed partial class Channel : IChannelSlot
{
    /// <summary>How much of the server's words is shown to people, in characters.</summary>
    private const int MaxShownText = 1024;

    private readonly TaskCompletionSource<Channel> _opened;
    private readonly string _purpose;
    private readonly IMessageTransport _transport;
    private readonly bool _isOurs;
    private readonly long _created = Stopwatch.GetTimestamp();

    // Held while the handler of a channel that the peer opened hears of it: the confirmation is out by then, and the
    // receive loop waits with what the peer already sends.
    private readonly Lock _announceLock = new();
    private volatile bool _isAnnounced;
    private volatile IChannelHandler _handler;
    private SshException? _ended;

    internal Channel(
        SshConnection connection, IMessageTransport transport, uint localId, string purpose, IChannelHandler handler)
    {
        Connection = connection;
        LocalId = localId;
        _transport = transport;
        _purpose = purpose;
        _handler = handler;
        _isOurs = true;
        _opened = new(WaiterOptions);
    }

    internal Channel(
        SshConnection connection, IMessageTransport transport, uint localId, IncomingChannel incoming, IChannelHandler handler)
        : this(connection, transport, localId, incoming.Type, handler)
    {
        _isOurs = false;
        Type = incoming.Type;
        SetPeer(incoming.Sender, incoming.Window, incoming.MaxPacket);
    }

    /// <summary>The connection that the channel belongs to.</summary>
    public SshConnection Connection { get; }

    /// <summary>Our number of the channel.</summary>
    public uint LocalId { get; }

    /// <summary>The peer's number of the channel.</summary>
    public uint RemoteId { get; private set; }

    /// <summary>The channel type, such as "session".</summary>
    internal string Type { get; init; } = "";

    /// <summary>How the remote program ended, once the server has said so.</summary>
    public CommandExit? Exit { get; private set; }

    /// <summary>Whether the peer has sent EOF: all data has arrived.</summary>
    public bool EofReceived { get; private set; }

    private TaskCreationOptions WaiterOptions => _handler.ContinuesInline
        ? TaskCreationOptions.None
        : TaskCreationOptions.RunContinuationsAsynchronously;

    /// <summary>Whether the peer has yet to answer our wish to open the channel.</summary>
    internal bool IsOpening => !_isOpen && _isOurs;

    /// <summary>Completes when the peer has confirmed the channel, faults when it refuses.</summary>
    internal Task<Channel> Opened => _opened.Task;

    internal void OnOpenConfirmation(ref SshReader reader)
    {
        _transport.NoteAnswer(Stopwatch.GetElapsedTime(_created));
        SetPeer(reader.ReadUInt32(), reader.ReadUInt32(), reader.ReadUInt32());
        _isOpen = true;
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
            lock (_sendLock)
            {
                if (_ended is not null) throw _ended.Again();
                _isOpen = true;
                _transport.Send(new ChannelOpenConfirmationMessage(RemoteId, LocalId, InitialWindow, MaxPacket));
            }

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

    /// <summary>The connection ended: every waiter and the handler learn the reason.</summary>
    void IChannelSlot.OnConnectionEnded(SshException reason)
    {
        bool wasOpen;
        lock (_announceLock)
        {
            lock (_sendLock)
            {
                wasOpen = _isOpen;
                _closeSent = true;
                _ended = reason;
            }
        }

        try
        {
            _opened.TrySetException(reason.Again());
            FailRequests(reason);
        }
        finally
        {
            if (wasOpen && !WasIdle) _handler.OnClosed(reason);
        }
    }

    internal void AbandonOpen(CancellationToken cancellationToken) => _opened.TrySetCanceled(cancellationToken);

    private void SetPeer(uint remoteId, uint window, uint maxPacket)
    {
        RemoteId = remoteId;
        _sendWindow = window;
        _maxPacket = (int)Math.Min(maxPacket, SendPacketLimit);
        if (_maxPacket == 0) throw SshException.Protocol("the server opened a channel with a maximum packet size of 0");
    }
}
