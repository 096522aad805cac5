using System.Net.Sockets;
using System.Runtime.Versioning;
using Microsoft.Extensions.Logging;
using SshMux.Engine.Channels;
using SshMux.Engine.Mux.Locking;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Mux.Proxy;

namespace SshMux.Engine.Mux.Master;

/// <summary>
/// One client of a master, from hello to the end of its control connection. Every request is answered, or the control
/// connection closed; the end of the control connection is the end of its session.
/// </summary>
internal sealed partial class MuxControlConnection : IAsyncDisposable
{
    private const string UnknownRequest = "unsupported request";

    private readonly MuxMaster _master;
    private readonly IMuxPackets _socket;
    private readonly MuxClientPermission _permission;
    private readonly MuxMasterRequests _requests;
    private readonly MuxSessionRequests _sessionRequests;
    private readonly MuxLockRequests _lockRequests;
    private readonly MuxSessionStarter _starter;
    private readonly MuxMasterSignals _signals;
    private readonly MuxClientProxyMode _muxProxy;
    private readonly bool _isOwner;
    private readonly ILogger _logger;
    private readonly TaskCompletionSource _start = new();
    private readonly Task<SshException?> _running;
    private readonly MuxClientNotices _notices;
    private IReadOnlyList<MuxExtension>? _announced; // null before the client's hello

    /// <summary>Takes over the socket of an admitted client.</summary>
    [UnsupportedOSPlatform("windows")]
    public MuxControlConnection(MuxMaster master, Socket socket)
        : this(master, new MuxSocket(socket) { StallLimit = master.Options.StallLimit, ReadsInline = true })
    {
    }

    /// <summary>Takes over the control connection of an admitted client, over a socket or streams.</summary>
    public MuxControlConnection(MuxMaster master, IMuxPackets packets)
    {
        _master = master;
        _socket = packets;
        _logger = master.Options.Logger;
        var peer = PeerOf(_socket);
        _isOwner = peer.IsOwner;
        _notices = new MuxClientNotices(_socket, peer.ProcessId, _isOwner, master.Options.Time);
        _permission = new MuxClientPermission(master.Lock, master.PermissionAsker, _socket, _notices, _logger);
        _requests = new MuxMasterRequests(master, _socket, _permission, _notices);
        _signals = new MuxMasterSignals(_socket);
        _sessionRequests = new MuxSessionRequests(master, _socket, _permission, _isOwner);
        _lockRequests = new MuxLockRequests(master.Lock, _socket, _isOwner);
        _starter = new MuxSessionStarter(
            master, _socket, _permission, _notices, peer.ProcessId, _isOwner, Announces);
        _muxProxy = new MuxClientProxyMode(master, _socket, new MuxProxySessions(master.SessionTable, peer.ProcessId));
        _running = RunAsync();
    }

    /// <summary>What the client and the master have come to.</summary>
    private enum State
    {
        /// <summary>The client has not greeted.</summary>
        Hello,

        /// <summary>It may ask for anything.</summary>
        Up,

        /// <summary>It has a session or stdio forward, or one is being opened.</summary>
        Session,

        /// <summary>It speaks the connection protocol (MUX_C_PROXY).</summary>
        MuxProxy,
    }

    /// <summary>Whether a session or stdio forward is open, or being opened, or the client is in proxy mode.</summary>
    public bool HasSession => Now is State.Session or State.MuxProxy;

    /// <summary>Whether it speaks the connection protocol (MUX_C_PROXY).</summary>
    public bool IsInProxyMode => _muxProxy.IsOn;

    /// <summary>Whether the client only hears notices: then the master need not stay for it.</summary>
    public bool OnlyListens { get; private set; }

    /// <summary>
    /// Completes, never faults, when nothing is left of the control connection: with what the client was dropped for,
    /// null if it left.
    /// </summary>
    public Task<SshException?> Ended => _running;

    /// <summary>Completes when the server has closed all channels that the client had in proxy mode.</summary>
    public Task ChannelsClosed => _muxProxy.ChannelsClosed;

    // A session that was refused, or was not to be had, leaves the client where it was.
    private State Now => _muxProxy.IsOn ? State.MuxProxy
        : _starter.HasSession ? State.Session
        : _announced is not null ? State.Up
        : State.Hello;

    /// <summary>
    /// Greets the client and serves it until one side ends. That begins, and mostly goes on, on the readiness thread.
    /// </summary>
    public void Start() => _start.SetResult();

    /// <summary>Sends the client away.</summary>
    public void Refuse()
    {
        _socket.Dispose();
        _start.SetResult();
    }

    /// <summary>
    /// Reads the size of the session's terminal again (the client's SIGWINCH, relayed to this process).
    /// </summary>
    public void UpdateWindowSize() => _starter.Session?.UpdateWindowSize();

    /// <summary>
    /// Ends the control connection and waits until nothing is left of it; a session may first write what has arrived
    /// for as long as <paramref name="drainLimit"/>.
    /// </summary>
    public async Task EndAsync(TimeSpan drainLimit)
    {
        if (drainLimit > TimeSpan.Zero)
        {
            // A timeout is an ordinary outcome here: the client reads too slowly and gets no more.
            var session = _starter.Session?.Completion ?? Task.CompletedTask;
            await session.WaitAsync(drainLimit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await _muxProxy.FinishAsync(drainLimit).ConfigureAwait(false);
        }

        await _notices.StopAsync().ConfigureAwait(false);
        _socket.Dispose();
        await _running.ConfigureAwait(false);
    }

    /// <summary>Ends the control connection at once.</summary>
    public async ValueTask DisposeAsync() => await EndAsync(TimeSpan.Zero).ConfigureAwait(false);

    private async Task<SshException?> RunAsync()
    {
        SshException? dropped = null;
        await _start.Task.ConfigureAwait(false);
        try
        {
            await ServeAsync().ConfigureAwait(false);
        }
        catch (SshException e)
        {
            // The client broke the protocol; that ends it, and nobody else. Who serves a stream tells it itself.
            if (_socket is MuxSocket) LogDropped(e.Message);
            dropped = e;
        }
        catch (Exception e)
        {
            // We did, which is no reason either to end others, or to keep the master from its end.
            LogFailed(e);
            dropped = new SshException(SshError.ProtocolError, $"a client could not be served: {e.Message}", e);
        }

        try
        {
            if (_starter.Session is { } session) await session.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            LogFailed(e);
        }
        finally
        {
            _sessionRequests.Dispose();
            _lockRequests.Dispose();
            _master.Notices.Remove(_notices);
            _socket.Dispose();
            _master.Remove(this);
        }

        return dropped;
    }

    private async Task ServeAsync()
    {
        // At once, without waiting for the client's.
        var extensions = _socket is not MuxSocket ? MuxExtensions.OfMasterOnStream
            : _isOwner ? MuxExtensions.OfMaster
            : MuxExtensions.OfMasterToOthers;
        await _socket.SendAsync(new MuxHello(MuxProtocol.Version, extensions)).ConfigureAwait(false);
        try
        {
            while (await _socket.ReceiveAsync().ConfigureAwait(false) is { } message)
            {
                if (Now == State.Hello) Greet(message);
                else await HandleAsync(message).ConfigureAwait(false);
            }
        }
        catch
        {
            _socket.Dispose();
            await _muxProxy.Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        await _muxProxy.Completion.ConfigureAwait(false);
    }

    private void Greet(MuxMessage first)
    {
        if (first is not MuxHello hello) throw Broken("a client sent something else before its hello");
        if (hello.Version != MuxProtocol.Version)
        {
            throw Broken($"a client speaks version {hello.Version} of the multiplexing protocol");
        }

        foreach (var extension in hello.Extensions) LogExtension(extension.Name);
        _announced = hello.Extensions;
        if (!Announces(MuxExtensions.Notice)) return;
        _master.Notices.Add(_notices);
        OnlyListens = hello.Extensions.Any(MuxExtensions.IsOfListener);
        if (OnlyListens) _master.EndIfOverdue();
    }

    private ValueTask<bool> HandleAsync(MuxMessage message)
    {
        switch (message)
        {
            case MuxNewSession request:
                return _starter.NewSessionAsync(request);
            case MuxNewStdioForward request:
                return _starter.NewStdioForwardAsync(request);
            case MuxAliveCheck request:
                return _requests.CheckAliveAsync(request);
            case MuxTerminate request:
                return _requests.TerminateAsync(request);
            case MuxStopListening request:
                return _requests.StopListeningAsync(request);
            case MuxOpenForward request:
                return _requests.OpenForwardAsync(request);
            case MuxCloseForward request:
                return _requests.CloseForwardAsync(request);
            case MuxInfoRequest request:
                return _requests.TellAsync(request);
            case MuxSessionOptions request:
                return _starter.TakeOptionsAsync(request);
            case MuxListSessions request:
                return _sessionRequests.ListSessionsAsync(request);
            case MuxListForwards request:
                return _sessionRequests.ListForwardsAsync(request);
            case MuxSignalSession request:
                return _sessionRequests.SignalAsync(request);
            case MuxCloseSession request:
                return _sessionRequests.CloseAsync(request);
            case MuxRenameSession request:
                return _sessionRequests.RenameAsync(request);
            case MuxWatch request:
                return _sessionRequests.WatchAsync(request);
            case MuxLockMaster request:
                return _lockRequests.LockAsync(request);
            case MuxUnlockMaster request:
                return _lockRequests.UnlockAsync(request);
            case MuxSignal request:
                return _signals.SendAsync(request, _starter.Session?.Channel);
            case MuxResume request:
                return MuxSessionSuspension.ResumeAsync(request, _starter.Session?.Suspension, _socket);
            case MuxProxyRequest request:
                return MuxProxyAsync(request);
            case MuxRequest request:
                return FailAsync(request, UnknownRequest);
            case MuxReply reply:
                // What only a master sends is unknown to a master.
                return _socket.SendAsync(new MuxFailure(reply.RequestId, UnknownRequest));
            default:
                throw Broken($"a client sent a {message.GetType().Name} where it has no place");
        }
    }

    private async ValueTask<bool> MuxProxyAsync(MuxProxyRequest request)
    {
        if (HasSession) return await FailAsync(request, MuxSessionStarter.OneSessionOnly).ConfigureAwait(false);
        if (!await _permission.MayOpenInTurnAsync(request, MuxPermissionQuestions.MuxProxy).ConfigureAwait(false))
        {
            return true;
        }

        SshConnection connection;
        try
        {
            // The client's channels are that connection's, and end with it.
            connection = await _permission.WhileClientIsThereAsync(
                gone => _master.Shared.OpenAsync(Task.FromResult, gone)).ConfigureAwait(false);
        }
        catch (SshException e)
        {
            return await FailAsync(request, e.Message).ConfigureAwait(false);
        }

        // On a socket messages of this protocol have no place among those of proxy mode.
        if (_socket is MuxSocket) await _notices.StopAsync().ConfigureAwait(false);
        await _socket.SendAsync(new MuxProxyReply(request.RequestId)).ConfigureAwait(false);
        _muxProxy.Begin(connection);
        return true;
    }

    private bool Announces(string name) => _announced?.Any(extension => extension.Name == name) ?? false;

    /// <summary>The client's process, 0 if that is not known, and whether it is the user whose process this is.</summary>
    private static (int ProcessId, bool IsOwner) PeerOf(IMuxPackets packets) => packets is MuxSocket socket
        ? (socket.PeerProcessId, socket.IsPeerSameUser)
        : (0, true); // whoever has the other end of a stream has started this process, or was given it

    private ValueTask<bool> FailAsync(MuxRequest request, string reason) =>
        _socket.SendAsync(new MuxFailure(request.RequestId, reason));

    private static SshException Broken(string what) => new(SshError.MuxProtocolError, what);

    [LoggerMessage(Level = LogLevel.Warning, Message = "dropped a client of the control socket: {Reason}")]
    private partial void LogDropped(string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "a client of the control socket could not be served")]
    private partial void LogFailed(Exception e);

    [LoggerMessage(Level = LogLevel.Debug, Message = "a client announced the extension {Name}")]
    private partial void LogExtension(string name);
}
