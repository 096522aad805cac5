using Microsoft.Extensions.Logging;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Forwarding;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Mux.Protocol.Messages;

namespace SshMux.Engine.Mux.Master;

/// <summary>
/// A master's forwards: its clients', and this process's. They are known by what was asked for, exactly
/// (MUX_C_OPEN_FWD), and live until they are closed or the master ends.
/// </summary>
internal sealed partial class MuxForwardTable : IAsyncDisposable
{
    private readonly IConnectionSource _connections;
    private readonly ForwardOptions _options;
    private readonly Task<SshException> _ending;
    private readonly MuxNotices _notices;
    private readonly ILogger _logger;

    // One is opened or closed at a time.
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<MuxForward, (uint Number, SshForward Forward)> _open = [];
    private uint _last;

    /// <param name="connections">The shared connection, and those after it.</param>
    /// <param name="options">How forwards listen and connect on this machine.</param>
    /// <param name="ending">Completes, with the reason, when the master begins to end.</param>
    /// <param name="notices">Tells clients of connections that cannot be forwarded.</param>
    /// <param name="logger">Where to log what happens.</param>
    public MuxForwardTable(
        IConnectionSource connections,
        ForwardOptions options,
        Task<SshException> ending,
        MuxNotices notices,
        ILogger logger)
    {
        _connections = connections;
        _options = options;
        _ending = ending;
        _notices = notices;
        _logger = logger;
    }

    /// <summary>The forwards that are open.</summary>
    public IReadOnlyList<SshForward> All
    {
        get
        {
            lock (_lock) return [.. _open.Values.Select(open => open.Forward)];
        }
    }

    /// <summary>What there is to tell of them now, by their numbers.</summary>
    public IReadOnlyList<MuxForwardDescription> Describe()
    {
        KeyValuePair<MuxForward, (uint Number, SshForward Forward)>[] all;
        lock (_lock) all = [.. _open.OrderBy(open => open.Value.Number)];
        return [.. all.Select(one => Describe(one.Value.Number, one.Key, one.Value.Forward))];
    }

    /// <summary>Whether the forward is open already.</summary>
    public bool Contains(MuxForward forward)
    {
        lock (_lock) return _open.ContainsKey(forward);
    }

    /// <summary>
    /// Opens a forward; one that is open already is left as it is. Gives the port that it got if it asked for port 0.
    /// </summary>
    /// <param name="forward">What is asked for.</param>
    /// <param name="opener">The client that asks, if it hears notices; null, too, for this process.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SshException">
    /// <see cref="SshError.ForwardFailed"/>: it cannot listen, or the server refuses; why the master has ended.
    /// </exception>
    public async Task<int?> OpenAsync(MuxForward forward, MuxClientNotices? opener, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!_open.TryGetValue(forward, out var open))
            {
                if (_ending.IsCompleted) throw (await _ending.ConfigureAwait(false)).Again();
                open = (++_last, await StartAsync(forward.ToSpec(), opener, cancellationToken).ConfigureAwait(false));
                lock (_lock) _open.Add(forward, open);
            }

            return forward.ListenPort == 0 ? open.Forward.Port : null;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Closes a forward; connections that it has made go on. False if there is no such forward.</summary>
    public async Task<bool> CloseAsync(MuxForward forward)
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            if (!_open.TryGetValue(forward, out var open)) return false;
            await open.Forward.DisposeAsync().ConfigureAwait(false);
            lock (_lock) _open.Remove(forward);
            return true;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>
    /// There is another connection: has its server listen for the remote forwards, at the ports that they had. Gives why,
    /// for those that are lost.
    /// </summary>
    public async Task<IReadOnlyList<SshException>> MoveAsync(SshConnection connection)
    {
        List<SshException> failures = [];
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            foreach (var (key, (_, forward)) in _open.OrderBy(open => open.Value.Number).ToArray())
            {
                try
                {
                    if (forward is RemoteForward remote) await remote.MoveAsync(connection, _stop.Token).ConfigureAwait(false);
                }
                catch (SshException e) when (!connection.HasEnded)
                {
                    lock (_lock) _open.Remove(key);
                    failures.Add(e);
                }
                catch (Exception e) when (e is SshException or OperationCanceledException)
                {
                    // Lost again, or for good; what comes next will tell.
                    break;
                }
            }
        }
        finally
        {
            _turn.Release();
        }

        return failures;
    }

    /// <summary>The master ends: no more is opened, and what listens on this machine is closed.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            // The connection ends, too, and with it the listeners of the server.
            foreach (var forward in _open.Values.Select(open => open.Forward).OfType<ListeningForward>())
            {
                await OneByOne.GuardAsync(() => forward.DisposeAsync().AsTask(), LogNotEnded).ConfigureAwait(false);
            }

            lock (_lock) _open.Clear();
        }
        finally
        {
            _turn.Release();
        }
    }

    private static string Word(ForwardKind kind) => kind switch
    {
        ForwardKind.Local => "local",
        ForwardKind.Dynamic => "dynamic",
        _ => "remote",
    };

    private static MuxForwardDescription Describe(uint number, MuxForward forward, SshForward open)
    {
        var (sent, received) = open.Traffic;
        return new()
        {
            Number = number,
            Forward = forward,
            Port = (uint)(open.Port ?? 0),
            Opened = open.Opened,
            Connections = (uint)open.ConnectionCount,
            TotalConnections = (uint)open.TotalConnectionCount,
            Sent = (ulong)sent,
            Received = (ulong)received,
        };
    }

    /// <summary>Starts a forward; a server that does not answer keeps nobody from ending the master.</summary>
    private async Task<SshForward> StartAsync(
        ForwardSpec spec, MuxClientNotices? opener, CancellationToken cancellationToken)
    {
        var options = _options with { OnFailure = reason => Report(spec, opener, reason) };
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stop.Token);
        try
        {
            return await ForwardStarter.StartAsync(_connections, spec, options, stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_ending.IsCompleted)
        {
            throw (await _ending.ConfigureAwait(false)).Again();
        }
    }

    private void Report(ForwardSpec spec, MuxClientNotices? opener, string reason)
    {
        // The end of the connection is told once, and not by each of its forwards.
        if (_ending.IsCompleted || _connections.HasEnded) return;
        _notices.TellOpener(opener, MuxNoticeKind.ForwardFailed, $"{Word(spec.Kind)} forward {spec}: {reason}");
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "a forward of the master could not be closed")]
    private partial void LogNotEnded(Exception e);
}
