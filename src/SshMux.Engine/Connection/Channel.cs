using SshMux.Engine.Transport;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Connection;

/// <summary>
/// One channel of a connection (RFC 4254 section 5): both windows, EOF and CLOSE each way, requests and how the remote
/// program ended. What flows through it goes to and comes from its <see cref="IChannelHandler"/>.
/// </summary>
public sealed partial class Channel
{
    private readonly TaskCompletionSource<Channel> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _purpose;
    private readonly IMessageTransport _transport;
    private readonly IChannelHandler _handler;

    internal Channel(
        SshConnection connection, IMessageTransport transport, uint localId, string purpose, IChannelHandler handler)
    {
        Connection = connection;
        LocalId = localId;
        _transport = transport;
        _purpose = purpose;
        _handler = handler;
    }

    /// <summary>The connection that the channel belongs to.</summary>
    public SshConnection Connection { get; }

    /// <summary>Our number of the channel.</summary>
    public uint LocalId { get; }

    /// <summary>The peer's number of the channel.</summary>
    public uint RemoteId { get; private set; }

    /// <summary>How the remote program ended, once the server has said so.</summary>
    public CommandExit? Exit { get; private set; }

    /// <summary>Whether the peer has sent EOF: all data has arrived.</summary>
    public bool EofReceived { get; private set; }

    internal bool IsOpen => _isOpen;

    /// <summary>Completes when the peer has confirmed the channel, faults when it refuses.</summary>
    internal Task<Channel> Opened => _opened.Task;

    internal void OnOpenConfirmation(ref SshReader reader)
    {
        RemoteId = reader.ReadUInt32();
        _sendWindow = reader.ReadUInt32();
        _maxPacket = (int)Math.Min(reader.ReadUInt32(), SendPacketLimit);
        if (_maxPacket == 0) throw SshException.Protocol("the server opened a channel with a maximum packet size of 0");
        _isOpen = true;
        _handler.OnOpened(this);

        // A caller who cancelled meanwhile wants no channel any more.
        if (!_opened.TrySetResult(this)) Close();
    }

    internal void OnOpenFailure(ref SshReader reader)
    {
        var reason = (OpenFailureReason)reader.ReadUInt32();
        var text = reader.ReadText();
        var why = reason switch
        {
            OpenFailureReason.AdministrativelyProhibited => "administratively prohibited",
            OpenFailureReason.ConnectFailed => "connect failed",
            OpenFailureReason.UnknownChannelType => "unknown channel type",
            OpenFailureReason.ResourceShortage => "resource shortage",
            _ => $"reason {(uint)reason}",
        };
        var detail = text.Length == 0 || text == why ? why : $"{why}: {text}";
        _opened.TrySetException(new SshException(
            SshError.ChannelOpenRefused, $"the server refused to open {_purpose} ({detail})"));
    }

    /// <summary>The connection ended: every waiter and the handler learn the reason.</summary>
    internal void OnConnectionEnded(SshException reason)
    {
        var wasOpen = _isOpen;
        lock (_sendLock) _closeSent = true;
        _opened.TrySetException(reason.Again());
        FailRequests(reason);
        if (wasOpen) _handler.OnClosed(reason);
    }

    internal void AbandonOpen(CancellationToken cancellationToken) => _opened.TrySetCanceled(cancellationToken);
}
