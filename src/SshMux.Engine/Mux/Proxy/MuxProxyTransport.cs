using Microsoft.Extensions.Logging;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Forwarding;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Mux.Protocol;
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
public sealed partial class MuxProxyTransport : IMessageTransport
{
    private readonly ProxyLink _link;
    private readonly OpenSshProxyRules? _rules;
    private readonly ILogger _logger;

    // Held while a message is delivered: those that are answered on this side come from other threads.
    private readonly Lock _deliverLock = new();
    private readonly Lock _endLock = new();
    private readonly TaskCompletionSource<SshException> _ended =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private volatile SshException? _reason;
    private IMessageReceiver? _receiver;
    private Task? _receiveLoop;
    private bool _endTold;

    private MuxProxyTransport(MuxHandshake master, MuxClientOptions options)
    {
        ControlPath = master.Path;
        _logger = options.Logger;
        if (!master.Announces(MuxProtocol.ProxyExtension)) _rules = new OpenSshProxyRules(AnswerHere, _logger);
        _link = new ProxyLink(
            master.Socket.Detach(),
            () => Volatile.Read(ref _receiver)?.OnWritable(),
            _rules is null ? null : _rules.Admit);
    }

    /// <summary>The path of the master's control socket.</summary>
    public string ControlPath { get; }

    /// <inheritdoc/>
    public Task<SshException> Ended => _ended.Task;

    /// <inheritdoc/>
    public bool IsCongested => _link.IsCongested;

    /// <summary>Connects to a master and has it pass on SSH messages.</summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.MuxRefused"/>: the master, or its user, does not want that; and all that
    /// <see cref="MuxClient.ConnectAsync(string, MuxClientOptions, CancellationToken)"/> throws.
    /// </exception>
    public static async Task<MuxProxyTransport> ConnectAsync(
        string controlPath, MuxClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new MuxClientOptions();
        var master = await MuxHandshake.ConnectAsync(controlPath, options, cancellationToken).ConfigureAwait(false);
        try
        {
            await AskAsync(master, cancellationToken).ConfigureAwait(false);
            return new MuxProxyTransport(master, options);
        }
        catch
        {
            master.Socket.Dispose();
            throw;
        }
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
    /// Likewise, for sessions that may ask for the agent if the configuration says so (ForwardAgent). The agent that
    /// they reach is the master's. X11 does not come through.
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
        lock (_endLock)
        {
            if (!_endTold)
            {
                Volatile.Write(ref _receiver, receiver);
                _receiveLoop ??= Task.Run(ReceiveAsync);
                return;
            }
        }

        receiver.OnEnded(_reason!);
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
                _link.Send(new ChannelSignalMessage(MessageNumber.ChannelClose, channel));
            }
        }

        return _link.Send(message);
    }

    private static async Task AskAsync(MuxHandshake master, CancellationToken cancellationToken)
    {
        await master.Socket.SendAsync(new MuxProxyRequest(0)).ConfigureAwait(false);

        // No limit of time: the master may have to ask its user (ControlMaster ask).
        var reply = await master.Socket.ReceiveAsync(cancellationToken).ConfigureAwait(false);
        if (reply is MuxProxyReply { RequestId: 0 }) return;
        throw reply switch
        {
            null => new SshException(SshError.MasterGone, $"the master at {master.Path} closed the control connection"),
            MuxPermissionDenied denied => new SshException(
                SshError.MuxRefused, $"the master's user refused: {Printable.Text(denied.Reason)}"),
            MuxFailure failure => new SshException(
                SshError.MuxRefused,
                $"the master at {master.Path} refused proxy mode: {Printable.Text(failure.Reason)}"),
            _ => new SshException(
                SshError.MuxProtocolError,
                $"the master at {master.Path} gave an answer that does not fit ({reply.GetType().Name})"),
        };
    }

    private async Task ReceiveAsync()
    {
        SshException end;
        try
        {
            do
            {
                Deliver();
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
            end = Unhandled(e);
        }

        try
        {
            _rules?.OnMasterGone();
            _link.EndReceiving();
        }
        finally
        {
            Close(end);
        }
    }

    private void Deliver()
    {
        _link.BeginDelivery();
        try
        {
            while (_link.TryRead(out var message))
            {
                _rules?.OnReceived(message);
                Deliver(message);
            }
        }
        finally
        {
            _link.EndDelivery();
        }
    }

    /// <summary>
    /// Gives a message to the layer above. One that it cannot take ends the transport, but the reading goes on: the
    /// answers that come are still to be counted.
    /// </summary>
    private void Deliver(ReadOnlySpan<byte> message)
    {
        try
        {
            lock (_deliverLock)
            {
                if (_reason is null) _receiver!.OnMessage(message);
            }
        }
        catch (SshException e)
        {
            Close(e);
        }
        catch (Exception e)
        {
            Close(Unhandled(e));
        }
    }

    private static SshException Unhandled(Exception e) =>
        new(SshError.ProtocolError, $"a message could not be handled: {e.Message}", e);
}
