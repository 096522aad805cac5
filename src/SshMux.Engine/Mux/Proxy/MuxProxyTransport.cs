using Microsoft.Extensions.Logging;
using SshMux.Engine.Channels;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Forwarding;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Transport;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Proxy;

/// <summary>
/// The connection protocol over a master's control socket (MUX_C_PROXY): a whole <see cref="SshConnection"/> of this
/// process on the login of an existing master, an OpenSSH one (<c>ssh -M</c>, 7.4 and later) or ours. The master gives
/// every channel a number of its own and passes the messages on.
/// </summary>
/// <remarks>
/// A master of OpenSSH knows less than ours: remote forwards of TCP ports work, but it does not tell whether the server
/// agreed, so port 0 is refused and the others are taken for granted; forwards of unix sockets are refused, a remote
/// forward ends with the connection only, and channels of the agent and of X11 do not come through. A master of
/// OpenSSH may also die when it loses a client; see <see cref="DisposeAsync"/>.
/// </remarks>
internal sealed partial class MuxProxyTransport : IMessageTransport
{
    /// <summary>How long what was sent before the end may take to go out.</summary>
    private static readonly TimeSpan FlushTime = TimeSpan.FromSeconds(1);

    private readonly MuxProxyLink _link;
    private readonly MuxProxyDelivery _delivery;
    private readonly MuxProxyOpenSshRules? _rules;
    private readonly ILogger _logger;
    private readonly Lock _endLock = new();
    private readonly TaskCompletionSource<SshException> _ended =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private volatile SshException? _reason;
    private Task? _receiveLoop;

    private MuxProxyTransport(MuxHandshake master, MuxClientOptions options)
    {
        ControlPath = master.Path;
        _logger = options.Logger;
        _delivery = new MuxProxyDelivery(Close);
        var socket = new MuxSocketCarrier(master.Socket.Detach());
        if (!master.Announces(MuxExtensions.Proxy)) _rules = new(socket, _delivery.Reply, _logger);
        _link = new MuxProxyLink(socket, filter: _rules is null ? null : _rules.Admit) { OnWritable = _delivery.OnWritable };
    }

    private MuxProxyTransport(string name, MuxProxyLink link, ILogger logger)
    {
        ControlPath = name;
        _logger = logger;
        _delivery = new MuxProxyDelivery(Close);
        _link = link;
        link.OnWritable = _delivery.OnWritable;
    }

    /// <summary>The path of the master's control socket, or what else the master at a stream's other end is called.</summary>
    public string ControlPath { get; }

    /// <inheritdoc/>
    public Task<SshException> Ended => _ended.Task;

    /// <inheritdoc/>
    public bool IsCongested => _link.IsCongested;

    /// <summary>Connects to a master and has it pass on SSH messages.</summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.MuxRefused"/>: the master, or its user, does not want that; and all that
    /// <see cref="Client.MuxClient.ConnectAsync(string, MuxClientOptions, CancellationToken)"/> throws.
    /// </exception>
    public static async Task<MuxProxyTransport> ConnectAsync(
        string controlPath, MuxClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new MuxClientOptions();
        var master = await MuxHandshake.ConnectAsync(controlPath, options, cancellationToken).ConfigureAwait(false);
        try
        {
            await AskAsync(master.Socket, master.Path, cancellationToken).ConfigureAwait(false);
            return new MuxProxyTransport(master, options);
        }
        catch
        {
            master.Socket.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Has a master of ours at the other end of a stream, which has said its hello, pass on SSH messages. Requests to the
    /// master go on over the stream's packets.
    /// </summary>
    /// <param name="packets">The control connection, which is ended with the transport.</param>
    /// <param name="name">What the master is called in errors.</param>
    /// <param name="logger">Where to log what happens.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SshException">
    /// <see cref="SshError.MuxRefused"/>, <see cref="SshError.MasterGone"/>, <see cref="SshError.MuxProtocolError"/>.
    /// </exception>
    public static async Task<MuxProxyTransport> OpenAsync(
        MuxStreamPackets packets, string name, ILogger logger, CancellationToken cancellationToken)
    {
        await AskAsync(packets, name, cancellationToken).ConfigureAwait(false);
        return new MuxProxyTransport(name, packets.EnterProxyMode(), logger);
    }

    /// <summary>
    /// A connection over a master: sessions, forwards and streams of this process on the master's login. Disposing it
    /// ends what it has opened and leaves the master as it is.
    /// </summary>
    /// <exception cref="SshException">As <see cref="ConnectAsync"/>.</exception>
    public static async Task<SshConnection> OpenConnectionAsync(
        string controlPath, MuxClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new MuxClientOptions();
        var transport = await ConnectAsync(controlPath, options, cancellationToken).ConfigureAwait(false);
        var connection = new SshConnection(transport, options.Logger);
        transport.Start(connection);
        return connection;
    }

    /// <summary>
    /// A connection over a master for sessions that may ask for the agent if the configuration says so (ForwardAgent).
    /// The agent that they reach is the master's. X11 does not come through.
    /// </summary>
    /// <exception cref="SshException">As <see cref="ConnectAsync"/>.</exception>
    public static async Task<SshConnection> OpenConnectionAsync(
        string controlPath,
        HostConfiguration configuration,
        MuxClientOptions options,
        CancellationToken cancellationToken = default)
    {
        var connection = await OpenConnectionAsync(controlPath, options, cancellationToken).ConfigureAwait(false);
        if (configuration.ForwardAgent)
        {
            connection.AgentForward = new AgentForward(configuration.ForwardedAgent, binding: null, options.Logger);
        }

        if (configuration.ForwardX11) LogNoX11(options.Logger);
        return connection;
    }

    /// <inheritdoc/>
    public void Start(IMessageReceiver receiver)
    {
        ArgumentNullException.ThrowIfNull(receiver);
        if (!_delivery.TryStart(receiver, () => _receiveLoop ??= Task.Run(ReceiveAsync))) receiver.OnEnded(_reason!);
    }

    /// <inheritdoc/>
    public bool Send<TMessage>(in TMessage message)
        where TMessage : IOutgoingMessage, allows ref struct
    {
        if (_reason is not null) return false;
        if (_rules is not null && typeof(TMessage) == typeof(ChannelOpenMessage))
        {
            while (_rules.TryTakeUnsentClose(out var channel))
            {
                _link.Send(new BareChannelMessage(MessageNumber.ChannelClose, channel));
            }
        }

        return _link.Send(message);
    }

    /// <inheritdoc/>
    public void Close(SshException reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        lock (_endLock)
        {
            if (_reason is not null) return;
            _reason = reason;
            _delivery.Close();
        }

        LogEnds(ControlPath, reason.Message);
        _ = ShutDownAsync(reason);
    }

    /// <summary>
    /// Ends the transport, if it has not ended, and waits until everything is freed. With a master of OpenSSH, opens
    /// that are under way are waited for, for a short while. If the server has refused one, or if channels were closed
    /// here before the server did or to open others, the loss of the control connection might end the master: then it
    /// is not closed but left to a small process (cat) that holds it until the master ends.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        Close(new SshException(SshError.Stopped, "the connection was closed on this side"));
        await _ended.Task.ConfigureAwait(false);
    }

    private static async Task AskAsync(IMuxPackets packets, string path, CancellationToken cancellationToken)
    {
        await packets.SendAsync(new MuxProxyRequest(0)).ConfigureAwait(false);

        // No limit of time: the master may have to ask its user (ControlMaster ask).
        var reply = await packets.ReceiveAsync(cancellationToken).ConfigureAwait(false);
        if (reply is MuxProxyReply { RequestId: 0 }) return;
        throw reply switch
        {
            null => new SshException(SshError.MasterGone, $"the master at {path} closed the control connection"),
            MuxPermissionDenied denied => new SshException(
                SshError.MuxRefused, $"the master's user refused: {Printable.Text(denied.Reason)}"),
            MuxFailure failure => new SshException(
                MuxLockMaster.IsRefusal(failure.Reason) ? SshError.MasterLocked : SshError.MuxRefused,
                $"the master at {path} refused proxy mode: {Printable.Text(failure.Reason)}"),
            _ => new SshException(
                SshError.MuxProtocolError,
                $"the master at {path} gave an answer that does not fit ({reply.GetType().Name})"),
        };
    }

    private async Task ReceiveAsync()
    {
        SshException end;
        try
        {
            do
            {
                DeliverReceived();
            }
            while (await _link.ReceiveAsync().ConfigureAwait(false));
            end = new SshException(SshError.MasterGone, $"the master at {ControlPath} closed the control connection");
        }
        catch (SshException e)
        {
            end = e;
        }
        catch (Exception e)
        {
            end = MuxProxyDelivery.Unhandled(e);
        }

        try
        {
            _rules?.OnMasterGone();
            _link.EndReceiving(_reason ?? end);
        }
        finally
        {
            Close(end);
        }
    }

    private void DeliverReceived()
    {
        _link.BeginDelivery();
        try
        {
            while (_link.TryRead(out var message))
            {
                _rules?.OnReceived(message);
                _delivery.Deliver(message);
            }
        }
        finally
        {
            _link.EndDelivery();
        }
    }

    private async Task ShutDownAsync(SshException reason)
    {
        // Forced off this thread: it may be the receive loop itself that ends the transport.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            _delivery.TellEnd(reason);
        }
        catch (Exception e)
        {
            // A bug of the layer above must not keep Ended from completing.
            LogOnEndedFailed(e);
        }

        var receiving = _receiveLoop ?? Task.CompletedTask;
        try
        {
            await _link.FinishAsync(FlushTime).ConfigureAwait(false);
            if (_rules is not null) await _rules.LeaveAsync(_link, receiving, ControlPath).ConfigureAwait(false);
            await _link.DisposeAsync().ConfigureAwait(false);
            await receiving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (Exception e)
        {
            LogOnEndedFailed(e);
        }
        finally
        {
            _ended.SetResult(reason);
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "the connection over the master at {Path} ends: {Reason}")]
    private partial void LogEnds(string path, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "the connection layer failed to end")]
    private partial void LogOnEndedFailed(Exception e);

    [LoggerMessage(Level = LogLevel.Warning, Message = "X11 is not forwarded over a master in proxy mode")]
    private static partial void LogNoX11(ILogger logger);
}
