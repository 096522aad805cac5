using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Messages;

namespace SshMux.Engine.Mux.Master;

/// <summary>
/// One client of a master, from hello to the end of its control connection. Every request is answered, or the control
/// connection closed; the end of the control connection is the end of its session.
/// </summary>
internal sealed partial class MuxControlConnection : IAsyncDisposable
{
    private static readonly MuxExtension[] Announced =
    [
        new(MuxProtocol.InfoExtension, "0"u8.ToArray()),
        new(MuxProtocol.ProxyExtension, "1"u8.ToArray()),
        new(MuxProtocol.LoginExtension, "1"u8.ToArray()),
        new(MuxProtocol.SignalExtension, "1"u8.ToArray()),
    ];

    private readonly MuxMaster _master;
    private readonly MuxSocket _socket;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _gone = new();
    private readonly TaskCompletionSource _start = new();
    private readonly Task _running;

    /// <summary>Takes over the socket of an admitted client.</summary>
    public MuxControlConnection(MuxMaster master, Socket socket)
    {
        _master = master;
        _socket = new MuxSocket(socket) { StallLimit = master.Options.StallLimit, ReadsInline = true };
        _logger = master.Options.Logger;
        _running = RunAsync();
    }

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
    /// Ends the control connection and waits until nothing is left of it; a session may first write what has arrived
    /// for as long as <paramref name="drainLimit"/>.
    /// </summary>
    public async Task EndAsync(TimeSpan drainLimit)
    {
        if (drainLimit > TimeSpan.Zero)
        {
            // A timeout is an ordinary outcome here: the client reads too slowly and gets no more.
            await _session.WaitAsync(drainLimit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_proxy is { } proxy) await proxy.FinishAsync(drainLimit).ConfigureAwait(false);
        }

        _socket.Dispose();
        await _running.ConfigureAwait(false);
    }

    /// <summary>Ends the control connection at once.</summary>
    public async ValueTask DisposeAsync() => await EndAsync(TimeSpan.Zero).ConfigureAwait(false);

    private async Task RunAsync()
    {
        await _start.Task.ConfigureAwait(false);
        try
        {
            await ServeAsync().ConfigureAwait(false);
        }
        catch (SshException e)
        {
            // The client broke the protocol; that ends it, and nobody else.
            LogDropped(e.Message);
        }
        catch (Exception e)
        {
            // We did, which is no reason either to end others, or to keep the master from its end.
            LogFailed(e);
        }

        try
        {
            if (!_session.IsCompleted) await _gone.CancelAsync().ConfigureAwait(false);
            AbortSession();
            await _session.ConfigureAwait(false);
        }
        catch (Exception e)
        {
            LogFailed(e);
        }
        finally
        {
            _socket.Dispose();
            _gone.Dispose();
            _master.Remove(this);
        }
    }

    private async Task ServeAsync()
    {
        // At once, without waiting for the client's.
        await _socket.SendAsync(new MuxHello(MuxProtocol.Version, Announced)).ConfigureAwait(false);
        if (await _socket.ReceiveAsync().ConfigureAwait(false) is not { } first) return;
        Greet(first);
        while (await _socket.ReceiveAsync().ConfigureAwait(false) is { } message)
        {
            await HandleAsync(message).ConfigureAwait(false);
        }
    }

    private void Greet(MuxMessage first)
    {
        if (first is not MuxHello hello) throw Broken("a client sent something else before its hello");
        if (hello.Version != MuxProtocol.Version)
        {
            throw Broken($"a client speaks version {hello.Version} of the multiplexing protocol");
        }

        // None of a client's means anything to us: what it may ask for it knows from our hello.
        foreach (var extension in hello.Extensions) LogExtension(extension.Name);
    }

    private ValueTask<bool> HandleAsync(MuxMessage message)
    {
        switch (message)
        {
            case MuxNewSession request:
                return NewSessionAsync(request);
            case MuxNewStdioForward request:
                return NewStdioForwardAsync(request);
            case MuxAliveCheck request:
                return _socket.SendAsync(new MuxAlive(request.RequestId, (uint)Environment.ProcessId));
            case MuxTerminate request:
                return TerminateAsync(request);
            case MuxStopListening request:
                return StopListeningAsync(request);
            case MuxOpenForward request:
                return OpenForwardAsync(request);
            case MuxCloseForward request:
                return CloseForwardAsync(request);
            case MuxInfoRequest request:
                return _socket.SendAsync(Tell(request));
            case MuxSignal request:
                return SignalAsync(request);
            case MuxProxyRequest request:
                return ProxyAsync(request);
            case MuxRequest request:
                return FailAsync(request, "unsupported request");
            case MuxReply reply:
                // What only a master sends is unknown to a master.
                return _socket.SendAsync(new MuxFailure(reply.RequestId, "unsupported request"));
            default:
                throw Broken($"a client sent a {message.GetType().Name} where it has no place");
        }
    }

    private async ValueTask<bool> TerminateAsync(MuxTerminate request)
    {
        if (!await IsAllowedInTurnAsync(request, $"Terminate shared connection to {HostName}? ").ConfigureAwait(false))
        {
            return true;
        }

        // First the answer: it is the client's to read as soon as the kernel has it, even when this process is gone.
        await _socket.SendAsync(new MuxOk(request.RequestId)).ConfigureAwait(false);
        _master.End(new SshException(SshError.Stopped, "a client asked the master to exit"));
        return true;
    }

    private async ValueTask<bool> StopListeningAsync(MuxStopListening request)
    {
        var question = $"Disable further multiplexing on shared connection to {HostName}? ";
        if (!await IsAllowedInTurnAsync(request, question).ConfigureAwait(false)) return true;
        _master.StopListening();
        return await _socket.SendAsync(new MuxOk(request.RequestId)).ConfigureAwait(false);
    }

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
