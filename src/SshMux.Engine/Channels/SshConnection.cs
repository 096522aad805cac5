using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SshMux.Engine.Authentication.HostKeys;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Channels.Slots;
using SshMux.Engine.Configuration;
using SshMux.Engine.Transport;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Channels;

/// <summary>
/// The connection protocol (RFC 4254) over an authenticated transport: channels and global requests. Knows nothing of
/// encryption below or multiplexing above.
/// </summary>
internal sealed partial class SshConnection : IConnectionSource, ISessionSource, IAsyncDisposable
{
    private readonly ILogger _logger;
    private readonly IMessageTransport _transport;
    private readonly ChannelTable _table;
    private readonly GlobalRequests _requests;
    private readonly ChannelOpener _opener;
    private readonly SessionOpening _sessions;
    private readonly KeepAlive _keepAlive;
    private readonly IdleChannels _idle;
    private volatile SshException? _endReason;

    /// <summary>
    /// Sets up the connection layer; it gets its messages once it is handed to
    /// <see cref="IMessageTransport.Start"/> (the authentication does that on success).
    /// </summary>
    /// <param name="transport">What carries the messages.</param>
    /// <param name="logger">Where to say what happens; null: nowhere.</param>
    /// <param name="time">What time is measured with; null: the system's clock.</param>
    public SshConnection(IMessageTransport transport, ILogger? logger = null, TimeProvider? time = null)
    {
        _transport = transport;
        _logger = logger ?? NullLogger.Instance;
        time ??= TimeProvider.System;
        Context = new ConnectionContext(transport, time, _logger);
        _table = Context.Table;
        _requests = new GlobalRequests(transport);
        _opener = new ChannelOpener(Context);
        _sessions = new SessionOpening(Context, time, _logger);
        _keepAlive = new KeepAlive(transport, _requests, time, _logger);
        _idle = new IdleChannels(Context, _logger);
        HostKeys = new HostKeyAnnouncement(transport.Ended, _requests, time, _logger);
        RemoteForwards = new RemoteForwards(_requests, Context.Incoming, _logger);
    }

    /// <summary>The transport was congested and is no longer; raised on any thread.</summary>
    internal event Action? Writable;

    /// <summary>
    /// A channel has gone from <see cref="ChannelCount"/>. Raised on the receive loop: handlers must not block.
    /// </summary>
    internal event Action? ChannelRemoved
    {
        add => _table.Removed += value;
        remove => _table.Removed -= value;
    }

    /// <inheritdoc cref="Channels.KeepAlive.SilenceChanged"/>
    internal event Action<bool>? SilenceChanged
    {
        add => _keepAlive.SilenceChanged += value;
        remove => _keepAlive.SilenceChanged -= value;
    }

    /// <summary>Completes, never faults, when the connection has ended; its result is the one recorded reason.</summary>
    public Task<SshException> Ended => _transport.Ended;

    /// <summary>
    /// Why it ends, known before its channels have ended, and so before <see cref="Ended"/>; null while it lives.
    /// </summary>
    public SshException? EndReason => _endReason;

    /// <summary>
    /// How many channels are open, being opened or being closed; without sessions that are open in advance.
    /// </summary>
    public int ChannelCount => _table.Count;

    /// <summary>The connection as its channels see it.</summary>
    internal ConnectionContext Context { get; }

    /// <summary>How sessions are opened.</summary>
    internal SessionOpening Sessions => _sessions;

    /// <summary>The server's announcement of its host keys.</summary>
    internal HostKeyAnnouncement HostKeys { get; }

    /// <summary>What to do with the announcement; null: nothing.</summary>
    internal HostKeyUpdate? HostKeyUpdate
    {
        get => HostKeys.Update;
        init => HostKeys.Update = value;
    }

    /// <summary>Listening on the server, and who takes the connections that it accepts for us.</summary>
    internal RemoteForwards RemoteForwards { get; }

    /// <summary>The agent that sessions may ask for; null: they may not (ForwardAgent no).</summary>
    internal ISessionForward? AgentForward
    {
        get => Context.AgentForward;
        set => Context.AgentForward = value;
    }

    /// <summary>The X server that sessions may ask for; null: they may not (ForwardX11 no).</summary>
    internal ISessionForward? X11Forward
    {
        get => Context.X11Forward;
        set => Context.X11Forward = value;
    }

    /// <summary>Whether so much waits to be sent that bulk senders should pause.</summary>
    internal bool IsCongested => _transport.IsCongested;

    /// <inheritdoc/>
    public bool HasEnded => _endReason is not null;

    /// <inheritdoc/>
    public Task<T> OpenAsync<T>(Func<SshConnection, Task<T>> open, CancellationToken cancellationToken) => open(this);

    /// <summary>
    /// Opens a session channel (RFC 4254 section 6.1). A server that refuses it just when another session has ended is
    /// asked again: sshd counts that one until it has tidied up, and may see the next request before it does.
    /// </summary>
    /// <exception cref="SshException"><see cref="SshError.ChannelOpenRefused"/>, or why the connection ended.</exception>
    public Task<Channel> OpenSessionAsync(IChannelHandler handler, CancellationToken cancellationToken) =>
        _sessions.OpenAsync(handler, cancellationToken);

    /// <summary>
    /// Has the server connect to a TCP port and opens a channel to it (direct-tcpip, RFC 4254 section 7.2). The
    /// originator is whoever asked for it; "127.0.0.1" and 0 if nobody did.
    /// </summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.ChannelOpenRefused"/>, <see cref="SshError.RequestTooLong"/>, or why the connection ended.
    /// </exception>
    public Task<Channel> OpenDirectTcpipAsync(
        string host,
        int port,
        string originHost,
        int originPort,
        IChannelHandler handler,
        CancellationToken cancellationToken)
    {
        if (RequestLimit.Check("the name of the host to connect to", SshWriter.StringLength(host)) is { } refusal)
        {
            return Task.FromException<Channel>(refusal);
        }

        var fields = new byte[SshWriter.StringLength(host) + SshWriter.StringLength(originHost) + 8];
        var writer = new SshWriter(fields);
        writer.WriteString(host);
        writer.WriteUInt32((uint)port);
        writer.WriteString(originHost);
        writer.WriteUInt32((uint)originPort);
        var purpose = string.Create(CultureInfo.InvariantCulture, $"a connection to {host} port {port}");
        return OpenAsync(ChannelTypes.DirectTcpip, purpose, fields, handler, cancellationToken);
    }

    /// <summary>
    /// Has the server connect to a unix socket and opens a channel to it (direct-streamlocal@openssh.com, OpenSSH's
    /// PROTOCOL section 2.4).
    /// </summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.ChannelOpenRefused"/>, <see cref="SshError.RequestTooLong"/>, or why the connection ended.
    /// </exception>
    public Task<Channel> OpenDirectStreamLocalAsync(
        string path, IChannelHandler handler, CancellationToken cancellationToken)
    {
        if (RequestLimit.Check("the path of the socket to connect to", SshWriter.StringLength(path)) is { } refusal)
        {
            return Task.FromException<Channel>(refusal);
        }

        var fields = new byte[SshWriter.StringLength(path) + 8];
        var writer = new SshWriter(fields);
        writer.WriteString(path);
        writer.WriteString(""); // reserved
        writer.WriteUInt32(0); // reserved
        return OpenAsync(ChannelTypes.DirectStreamLocal, $"a connection to {path}", fields, handler, cancellationToken);
    }

    /// <summary>
    /// Makes one round trip to the server (keepalive@openssh.com), so that a caller knows that it is still there. Any
    /// answer will do.
    /// </summary>
    /// <exception cref="SshException">The connection has ended, with its reason.</exception>
    public async Task CheckAliveAsync(CancellationToken cancellationToken) =>
        await RequestAsync(GlobalRequestTypes.KeepAlive, []).WaitAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>
    /// Asks the server whether it is there when it has been silent for an interval, and ends the connection when it has
    /// not said anything for <paramref name="countMax"/> more of them.
    /// </summary>
    /// <param name="host">The host as the reason names it.</param>
    /// <param name="interval">ServerAliveInterval; zero: never.</param>
    /// <param name="countMax">ServerAliveCountMax.</param>
    public void KeepAlive(string host, TimeSpan interval, int countMax) => _keepAlive.Start(host, interval, countMax);

    /// <summary>
    /// Closes channels that have been silent for too long. Those of clients in proxy mode are not counted: such a
    /// client has a configuration of its own.
    /// </summary>
    public void CloseIdleChannels(ChannelTimeouts timeouts) => _idle.Start(timeouts);

    /// <summary>
    /// Tells the server that there will be no further session, so that whoever takes this process over gets none. For a
    /// connection that nobody shares, after its own session was opened. As in ssh(1), only OpenSSH's server is told,
    /// and nothing is sent over a connection that is another master's.
    /// </summary>
    public void ForbidMoreSessions() => _sessions.ForbidMore();

    /// <summary>Ends the connection with a reason; every channel and waiter learns it. Does not wait.</summary>
    public void Close(SshException reason) => _transport.Close(reason);

    /// <summary>Ends the connection (if nothing else has) and frees what it holds.</summary>
    public async ValueTask DisposeAsync()
    {
        await HostKeys.FinishAsync().ConfigureAwait(false);
        _transport.Close(new SshException(SshError.Stopped, "the connection was closed on this side"));
        await _transport.DisposeAsync().ConfigureAwait(false);
        await HostKeys.Updated.ConfigureAwait(false);
    }

    /// <summary>Makes a global request (SSH_MSG_GLOBAL_REQUEST); gives whether the server agreed.</summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.RequestTooLong"/>; why the connection has ended, thrown or from the task.
    /// </exception>
    internal Task<bool> RequestAsync(string type, ReadOnlySpan<byte> fields, GlobalReply? onReply = null) =>
        _requests.RequestAsync(type, fields, onReply);

    /// <summary>Has somebody decide about channels that the server opens; see <see cref="IncomingChannels.Accept"/>.</summary>
    internal void AcceptChannels(string type, Action<IncomingChannel> accept) => Context.Incoming.Accept(type, accept);

    /// <summary>Keeps as many sessions open in advance from now on, for <see cref="OpenSessionAsync"/>.</summary>
    internal void KeepSpareSessions(int count) => _sessions.KeepSpares(count);

    /// <summary>What <c>~I</c> and a master's MUX_C_EXT_INFO tell, in OpenSSH 10.3's words; lines end in CR LF.</summary>
    internal string DescribeConnection() => Context.DescribeConnection();

    /// <summary>What <c>~#</c> and a master's MUX_C_EXT_INFO tell, in OpenSSH 10.3's words; lines end in CR LF.</summary>
    internal string DescribeChannels() => Context.DescribeChannels();

    /// <summary>Has the transport exchange new keys with the server, if it has any (RFC 4253 section 9).</summary>
    internal void RequestKeyExchange() => Context.RequestKeyExchange();

    private Task<Channel> OpenAsync(
        string type, string purpose, byte[] fields, IChannelHandler handler, CancellationToken cancellationToken) =>
        _opener.OpenAsync(type, purpose, fields, handler, ChannelStanding.Counted, cancellationToken);
}
