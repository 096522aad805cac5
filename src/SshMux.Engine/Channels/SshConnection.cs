using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SshMux.Engine.Transport;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Channels;

/// <summary>
/// The connection protocol (RFC 4254) over an authenticated transport: channels and global requests. Knows nothing of
/// encryption below or multiplexing above.
/// </summary>
public sealed partial class SshConnection : IMessageReceiver, IAsyncDisposable
{
    private readonly ILogger _logger;
    private readonly IMessageTransport _transport;

    /// <summary>
    /// Sets up the connection layer; it gets its messages once it is handed to
    /// <see cref="IMessageTransport.Start"/> (the authentication does that on success).
    /// </summary>
    public SshConnection(IMessageTransport transport, ILogger? logger = null)
    {
        _transport = transport;
        _logger = logger ?? NullLogger.Instance;
        Use = new ConnectionUse(transport);
    }

    /// <summary>Completes, never faults, when the connection has ended; its result is the one recorded reason.</summary>
    public Task<SshException> Ended => _transport.Ended;

    /// <summary>What the channels are used for.</summary>
    internal ConnectionUse Use { get; }

    /// <summary>Ends the connection with a reason; every channel and waiter learns it. Does not wait.</summary>
    public void Close(SshException reason) => _transport.Close(reason);

    /// <summary>Ends the connection (if nothing else has) and frees what it holds.</summary>
    public async ValueTask DisposeAsync()
    {
        await FinishHostKeyUpdateAsync().ConfigureAwait(false);
        _transport.Close(new SshException(SshError.Stopped, "the connection was closed on this side"));
        await _transport.DisposeAsync().ConfigureAwait(false);
        await _hostKeysUpdated.ConfigureAwait(false);
    }

    void IMessageReceiver.OnMessage(ReadOnlySpan<byte> message)
    {
        NoteReceived();
        if (!TimesChannels)
        {
            Dispatch(message);
            return;
        }

        lock (_idleLock) Dispatch(message);
    }

    void IMessageReceiver.OnWritable()
    {
        WakeSenders();
        Writable?.Invoke();
    }

    void IMessageReceiver.OnEnded(SshException reason)
    {
        try
        {
            FailGlobalRequests(reason);
        }
        finally
        {
            EndChannels(reason);
        }
    }

    private void Dispatch(ReadOnlySpan<byte> message)
    {
        var reader = new SshReader(message);
        var number = reader.ReadByte();
        if (TryPassOn(number, message)) return;
        switch (number)
        {
            case MessageNumber.ChannelData:
                FindChannel(ref reader).OnData(ref reader);
                break;
            case MessageNumber.ChannelWindowAdjust:
                FindChannel(ref reader).OnWindowAdjust(reader.ReadUInt32());
                break;
            case MessageNumber.ChannelExtendedData:
                FindChannel(ref reader).OnExtendedData(ref reader);
                break;
            case MessageNumber.ChannelEof:
                FindChannel(ref reader).OnEof();
                break;
            case MessageNumber.ChannelClose:
                OnChannelClose(ref reader);
                break;
            case MessageNumber.ChannelRequest:
                FindChannel(ref reader).OnRequest(ref reader);
                break;
            case MessageNumber.ChannelSuccess:
                FindChannel(ref reader).OnRequestReply(success: true);
                break;
            case MessageNumber.ChannelFailure:
                FindChannel(ref reader).OnRequestReply(success: false);
                break;
            case MessageNumber.ChannelOpen:
                OnChannelOpen(ref reader);
                break;
            case MessageNumber.ChannelOpenConfirmation:
                OnChannelOpenConfirmation(ref reader);
                break;
            case MessageNumber.ChannelOpenFailure:
                OnChannelOpenFailure(ref reader);
                break;
            case MessageNumber.GlobalRequest:
                OnGlobalRequest(ref reader);
                break;
            case MessageNumber.RequestSuccess:
            case MessageNumber.RequestFailure:
                OnGlobalReply(number == MessageNumber.RequestSuccess, reader.Rest);
                break;
            default:
                throw SshException.Protocol($"the server sent message {number}, which has no place in a connection");
        }
    }
}
