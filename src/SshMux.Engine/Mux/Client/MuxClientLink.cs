using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Platform;

namespace SshMux.Engine.Mux.Client;

/// <summary>
/// One control connection to a master, seen from the client: hello, requests matched to replies by their ids, and the
/// messages of at most one session.
/// </summary>
internal sealed partial class MuxClientLink : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<uint, TaskCompletionSource<MuxReply>> _pending = [];
    private readonly IMuxPackets _socket;
    private readonly string _path;
    private readonly ILogger _logger;
    private Action<SshException>? _onEnding;
    private Action<MuxNotice>? _onNotice;
    private Task _reading = Task.CompletedTask;
    private MuxSession? _session;
    private SshException? _ended;
    private uint _nextRequestId;

    private MuxClientLink(IMuxPackets socket, string path, ILogger logger)
    {
        _socket = socket;
        _path = path;
        _logger = logger;
    }

    /// <summary>What the master announced in its hello.</summary>
    public IReadOnlyList<MuxExtension> Extensions { get; private init; } = [];

    /// <summary>Takes what a watch sees (extension "watch@sshmux"); until it has, nothing more is read.</summary>
    public Func<MuxWatched, CancellationToken, ValueTask>? OnWatched { get; set; }

    /// <summary>Sees to it that the master announced an extension.</summary>
    /// <exception cref="SshException"><see cref="SshError.NotSupported"/>: it did not.</exception>
    public void Demand(string name, string what)
    {
        if (Announces(name)) return;
        throw new SshException(
            SshError.NotSupported,
            $"the master at {_path} does not support {what}; masters of SshMux do, ssh's do not");
    }

    /// <summary>What this side announced in its hello.</summary>
    public IReadOnlyList<MuxExtension> Announced { get; private init; } = [];

    /// <summary>What this side brings for its session; null: nothing.</summary>
    public MuxOwnForwards? Own { get; private init; }

    /// <summary>Where what happens is logged.</summary>
    public ILogger Logger => _logger;

    /// <summary>Whether the master announced an extension.</summary>
    public bool Announces(string name) => Extensions.Any(extension => extension.Name == name);

    /// <summary>Whether the master takes an option of a session (<see cref="MuxSessionOptions"/>).</summary>
    public bool TakesSessionOption(string name) => Extensions.Any(extension =>
        extension.Name == MuxExtensions.Session
        && Encoding.ASCII.GetString(extension.Value.Span).Split(' ').Contains(name));

    /// <summary>Tells, for -v, that the master refused something without which the session goes on.</summary>
    public void LogRefused(string what, string reason) => LogRefusal(what, reason);

    /// <summary>Whether no request is under way, so that a session may have the connection for itself.</summary>
    public bool IsIdle
    {
        get
        {
            lock (_lock) return _pending.Count == 0 && _ended is null;
        }
    }

    /// <summary>Whether the connection has ended.</summary>
    public bool HasEnded
    {
        get
        {
            lock (_lock) return _ended is not null;
        }
    }

    /// <summary>Completes when the connection has ended, by whichever side.</summary>
    public Task Ended => _reading;

    /// <summary>Connects and exchanges hellos.</summary>
    public static async Task<MuxClientLink> ConnectAsync(
        string path, MuxClientOptions options, CancellationToken cancellationToken)
    {
        var master = await MuxHandshake.ConnectAsync(path, options, cancellationToken).ConfigureAwait(false);
        return Over(master.Socket, path, master.Extensions, options);
    }

    /// <summary>The requests of a control connection on which hellos were exchanged.</summary>
    /// <param name="packets">The control connection, which is ended with the link. No descriptors can be passed.</param>
    /// <param name="name">What the master is called in errors.</param>
    /// <param name="extensions">What the master announced.</param>
    /// <param name="options">What this side announced, and where to log what happens.</param>
    /// <param name="onEnding">Told why it ends, before the control connection is closed.</param>
    public static MuxClientLink Over(
        IMuxPackets packets,
        string name,
        IReadOnlyList<MuxExtension> extensions,
        MuxClientOptions options,
        Action<SshException>? onEnding = null)
    {
        var link = new MuxClientLink(packets, name, options.Logger)
        {
            Extensions = extensions,
            Announced = options.Announced,
            Own = options.Own,
            _onEnding = onEnding,
            _onNotice = options.OnNotice,
        };
        link._reading = link.ReadAsync();
        return link;
    }

    /// <summary>Makes a request and waits for its reply. Descriptors, if any, follow the packet.</summary>
    /// <param name="make">Makes the request with the id that it is given.</param>
    /// <param name="session">The session that the request opens, if it opens one.</param>
    /// <param name="descriptors">The descriptors that follow the request.</param>
    /// <exception cref="SshException">
    /// <see cref="SshError.MasterGone"/> if the connection ends before the reply;
    /// <see cref="SshError.MuxProtocolError"/>.
    /// </exception>
    public async Task<MuxReply> RequestAsync(
        Func<uint, MuxRequest> make,
        MuxSession? session = null,
        params IReadOnlyList<DescriptorHandle> descriptors)
    {
        var reply = new TaskCompletionSource<MuxReply>(TaskCreationOptions.RunContinuationsAsynchronously);
        uint id;
        lock (_lock)
        {
            if (_ended is not null) throw _ended.Again();
            id = _nextRequestId++;
            _pending.Add(id, reply);
            if (session is not null) _session = session;
        }

        try
        {
            // If it cannot be sent, the master is gone, and the reader ends the request with what was said before that.
            var request = make(id);
            if (descriptors.Count == 0) await _socket.SendAsync(request).ConfigureAwait(false);
            else await ((MuxSocket)_socket).SendAsync(request, descriptors).ConfigureAwait(false);
        }
        catch
        {
            lock (_lock) _pending.Remove(id);
            throw;
        }

        return await reply.Task.ConfigureAwait(false);
    }

    /// <summary>Asks whether the master is alive (MUX_C_ALIVE_CHECK); gives its process id.</summary>
    /// <exception cref="SshException">The connection has ended, or the answer is another one.</exception>
    public async Task<int> CheckAliveAsync(CancellationToken cancellationToken)
    {
        var reply = await RequestAsync(id => new MuxAliveCheck(id)).WaitAsync(cancellationToken).ConfigureAwait(false);
        return reply is MuxAlive alive ? (int)alive.ProcessId : throw MuxRefusal.Of(reply);
    }

    /// <summary>Ends the connection, and with it the session that it has.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock) _ended ??= new SshException(SshError.Stopped, "the control connection was closed on this side");
        _socket.Dispose();
        await _reading.ConfigureAwait(false);
    }

    private async Task ReadAsync()
    {
        SshException end;
        try
        {
            while (await _socket.ReceiveAsync().ConfigureAwait(false) is { } message)
            {
                if (message is MuxWatched seen) await HandleAsync(seen).ConfigureAwait(false);
                else Handle(message);
            }

            end = new SshException(SshError.MasterGone, $"the master at {_path} closed the control connection");
        }
        catch (SshException e)
        {
            end = e;
        }
        catch (Exception e)
        {
            // Whoever waits for a reply waits for this loop.
            end = new SshException(SshError.MuxProtocolError, $"cannot read from the master at {_path}: {e.Message}", e);
        }

        _onEnding?.Invoke(end);
        _socket.Dispose();
        TaskCompletionSource<MuxReply>[] pending;
        MuxSession? session;
        lock (_lock)
        {
            end = _ended ??= end;
            pending = [.. _pending.Values];
            _pending.Clear();
            session = _session;
        }

        LogEnded(_path, end.Message);
        foreach (var reply in pending) reply.TrySetException(end.Again());
        session?.OnEnded(end);
    }

    private void Handle(MuxMessage message)
    {
        switch (message)
        {
            case MuxReply reply:
                TaskCompletionSource<MuxReply>? waiter;
                lock (_lock)
                {
                    // Who waits for an answer that makes no sense is still among those who learn of the end.
                    if (reply is MuxSessionOpened && _session is null) throw Unexpected(message);
                    if (!_pending.Remove(reply.RequestId, out waiter)) throw Unexpected(message);
                }

                if (reply is MuxSessionOpened opened) _session!.OnOpened(opened.SessionId);
                waiter.SetResult(reply);
                break;
            case MuxNotice notice when _onNotice is not null:
                _onNotice(notice);
                break;
            case MuxExitMessage or MuxTtyAllocationFailed or MuxSuspend:
                (_session ?? throw Unexpected(message)).OnMessage(message);
                break;
            default:
                throw Unexpected(message);
        }
    }

    private async ValueTask HandleAsync(MuxWatched seen)
    {
        if (OnWatched is not { } take) throw Unexpected(seen);
        try
        {
            await take(seen, CancellationToken.None).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            // Nobody watches any more; the connection is about to be closed.
        }
    }

    private SshException Unexpected(MuxMessage message) => new(
        SshError.MuxProtocolError,
        $"the master at {_path} sent a message that nobody asked for ({message.GetType().Name})");

    [LoggerMessage(Level = LogLevel.Debug, Message = "control connection to {Path} ended: {Reason}")]
    private partial void LogEnded(string path, string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{What}: {Reason}")]
    private partial void LogRefusal(string what, string reason);
}
