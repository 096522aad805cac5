using System.Net.Sockets;
using System.Runtime.Versioning;
using Microsoft.Extensions.Logging;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Forwarding;
using SshMux.Engine.Mux.Locking;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Mux.Reconnecting;
using SshMux.Engine.Mux.Sessions;

namespace SshMux.Engine.Mux.Master;

/// <summary>
/// A connection that many processes share: it listens on a control socket and runs sessions and forwards for its
/// clients over one login. Whatever a client does, the others are not affected, and nothing of it stays when it goes.
/// </summary>
internal sealed partial class MuxMaster : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly HashSet<MuxControlConnection> _clients = [];
    private readonly TaskCompletionSource<SshException> _ending =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly TaskCompletionSource<SshException> _ended =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly ILogger _logger;
    private MuxIdleEnd? _idleEnd;
    private MuxWindowChanges? _windowChanges;
    private MuxListener? _listener;
    private volatile bool _stopsWhenIdle;

    private MuxMaster(SshConnection connection, MuxMasterOptions options)
    {
        Options = options;
        _logger = options.Logger;
        Lock = new MuxLock(options.Time);
        Shared = new SharedConnection(connection, options.ForShared(), SessionTable);
        ForwardTable = new MuxForwardTable(Shared, options.Forwards, _ending.Task, Notices, _logger);
        var change = new MuxConnectionChange(options, Notices, ForwardTable, () =>
        {
            lock (_lock) return [.. _clients.Where(client => client.IsInProxyMode).Select(EndOf)];
        });
        (Shared.OnLost, Shared.OnReturned) = (change.OnLostAsync, change.OnReturnedAsync);
        if (options.AskPermission is { } ask) PermissionAsker = new MuxPermissionAsker(ask, _ending.Task);
    }

    /// <summary>What is shared; this process may open channels on it too.</summary>
    public SharedConnection Shared { get; }

    /// <summary>The connection of now, or the last one.</summary>
    public SshConnection Connection => Shared.Connection;

    /// <summary>Where clients connect; null if the master does not listen (any more).</summary>
    public string? ControlPath
    {
        get
        {
            lock (_lock) return _listener?.Path;
        }
    }

    /// <summary>Whether it is to end with its last session and forwarded connection.</summary>
    public bool IsFinishing => _stopsWhenIdle;

    /// <summary>
    /// Completes, never faults, when the master has ended and left nothing behind; its result is the one recorded
    /// reason.
    /// </summary>
    public Task<SshException> Ended => _ended.Task;

    /// <summary>How many sessions and stdio forwards clients have open, or are opening.</summary>
    public int SessionCount
    {
        get
        {
            lock (_lock) return _clients.Count(client => client.HasSession);
        }
    }

    /// <summary>The forwards that are open, of all kinds: what was asked for, and the ports that they got.</summary>
    public IReadOnlyList<SshForward> Forwards => ForwardTable.All;

    internal MuxMasterOptions Options { get; }

    internal MuxForwardTable ForwardTable { get; }

    /// <summary>The sessions that there are, whoever's they are.</summary>
    internal MuxSessionTable SessionTable { get; } = new();

    /// <summary>What its clients are told without having asked.</summary>
    internal MuxNotices Notices { get; } = new();

    /// <summary>Keeps it from opening anything new while it is locked.</summary>
    internal MuxLock Lock { get; }

    /// <summary>Asks the master's user; null if clients need no permission.</summary>
    internal MuxPermissionAsker? PermissionAsker { get; }

    private bool IsIdle
    {
        get
        {
            lock (_lock) return _clients.All(client => client.OnlyListens) && Shared.ChannelCount == 0;
        }
    }

    /// <summary>
    /// Makes a connection and shares it. The control path is checked before, so that nobody logs in for nothing.
    /// </summary>
    /// <exception cref="SshException">
    /// Why the connection cannot be made; <see cref="SshError.ControlSocketInUse"/>,
    /// <see cref="SshError.ControlSocketStale"/>, <see cref="SshError.ControlSocketDenied"/>,
    /// <see cref="SshError.ControlPathInvalid"/>.
    /// </exception>
    public static async Task<MuxMaster> StartAsync(
        Func<CancellationToken, Task<SshConnection>> connect,
        MuxMasterOptions options,
        CancellationToken cancellationToken = default)
    {
        if (options.ControlPath is { } path)
        {
            if (!ControlSocket.IsPossible) throw ControlSocket.NotPossible();
            await MuxListener.CheckAsync(path, options.ReplaceStaleSocket, cancellationToken).ConfigureAwait(false);
        }

        var connection = await connect(cancellationToken).ConfigureAwait(false);
        try
        {
            return await StartAsync(connection, options, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Shares a connection, which belongs to the master from then on.</summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.ControlSocketInUse"/>, <see cref="SshError.ControlSocketStale"/>,
    /// <see cref="SshError.ControlSocketDenied"/>, <see cref="SshError.ControlPathInvalid"/>; the connection is still
    /// the caller's then.
    /// </exception>
    public static async Task<MuxMaster> StartAsync(
        SshConnection connection, MuxMasterOptions options, CancellationToken cancellationToken = default)
    {
        var master = new MuxMaster(connection, options);
        if (options.ControlPath is { } path)
        {
            if (!ControlSocket.IsPossible) throw ControlSocket.NotPossible();
            var listener = await MuxListener
                .StartAsync(path, options.ReplaceStaleSocket, master.Accept, options.Logger, cancellationToken)
                .ConfigureAwait(false);
            lock (master._lock) master._listener = listener;
        }

        master.Watch();
        return master;
    }

    /// <summary>
    /// Opens a forward; one that is open already is left as it is. Gives the port that it got if it asked for port 0.
    /// </summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.ForwardFailed"/>: it cannot listen, or the server refuses; why the master has ended.
    /// </exception>
    public async Task<int?> OpenForwardAsync(ForwardSpec spec, CancellationToken cancellationToken = default)
    {
        await Lock.PassAsync(onWaiting: null, cancellationToken).ConfigureAwait(false);
        return await ForwardTable.OpenAsync(MuxForward.From(spec), opener: null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Closes a forward, named as it was opened; connections that it has made go on. False if there is no such forward.
    /// </summary>
    public Task<bool> CloseForwardAsync(ForwardSpec spec) => ForwardTable.CloseAsync(MuxForward.From(spec));

    /// <summary>
    /// Removes the control socket and accepts no more clients; the master ends when the last session and forwarded
    /// connection has (MUX_C_STOP_LISTENING).
    /// </summary>
    public void StopListening()
    {
        MuxListener? listener;
        lock (_lock)
        {
            listener = _listener;
            _listener = null;
            _stopsWhenIdle = true;
        }

        listener?.Stop();
        EndIfIdle();
    }

    /// <summary>Ends the master with all its sessions and forwards, and closes the connection.</summary>
    public async Task StopAsync()
    {
        End(new SshException(SshError.Stopped, "the master was stopped"));
        await Ended.ConfigureAwait(false);
    }

    /// <inheritdoc cref="StopAsync"/>
    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    /// <summary>Begins the end with a reason; the first one counts. Does not wait.</summary>
    internal void End(SshException reason) => _ending.TrySetResult(reason);

    internal void Remove(MuxControlConnection client)
    {
        lock (_lock) _clients.Remove(client);
        if (client.OnlyListens) EndIfOverdue();
        else EndIfIdle();
    }

    /// <summary>Serves a client, or sends it away if the master is ending.</summary>
    internal void Admit(MuxControlConnection client)
    {
        bool isEnding;
        lock (_lock)
        {
            isEnding = _ending.Task.IsCompleted;
            if (!isEnding) _clients.Add(client);
        }

        if (isEnding) client.Refuse();
        else client.Start();
    }

    private Func<Task> EndOf(MuxControlConnection client) => () => client.EndAsync(Options.DrainLimit);

    [UnsupportedOSPlatform("windows")]
    private void Accept(Socket socket) => Admit(new MuxControlConnection(this, socket));

    private void Watch()
    {
        _windowChanges = new MuxWindowChanges(
            () =>
            {
                lock (_lock) return [.. _clients.Select(client => (Action)client.UpdateWindowSize)];
            },
            _logger);
        MuxConnectionNotices.Follow(Connection, Options.HostName, Notices);
        Shared.Removed += EndIfIdle;
        if (Options.IdleLimit is { } limit && limit != Timeout.InfiniteTimeSpan)
        {
            var reason = new SshException(SshError.Stopped, $"nobody used the master for {limit}");
            _idleEnd = new MuxIdleEnd(limit, Options.Time, () => IsIdle, () => End(reason));
        }

        Shared.Start();
        _ = RunAsync();
    }

    private async Task RunAsync()
    {
        End(await (await Task.WhenAny(_ending.Task, Shared.Ended).ConfigureAwait(false)).ConfigureAwait(false));
        var reason = await _ending.Task.ConfigureAwait(false);
        LogEnding(reason.Message);
        Notices.Tell(MuxNotice.OfEnd(reason));
        try
        {
            await CleanUpAsync(reason).ConfigureAwait(false);
        }
        finally
        {
            _ended.SetResult(reason);
        }
    }

    private async Task CleanUpAsync(SshException reason)
    {
        Shared.Removed -= EndIfIdle;
        _windowChanges?.Dispose();
        if (_idleEnd is not null) await _idleEnd.DisposeAsync().ConfigureAwait(false);
        MuxListener? listener;
        MuxControlConnection[] clients;
        lock (_lock)
        {
            listener = _listener;
            _listener = null;
            clients = [.. _clients];
        }

        // Each for itself: what one of them fails to do is no reason for the others not to end.
        if (listener is not null) OneByOne.Guard(listener.Stop, LogNotEnded);
        await OneByOne.GuardAsync(Connection.HostKeys.FinishAsync, LogNotEnded).ConfigureAwait(false);

        // Before the rest: a server that answers no more would never close the clients' channels or its own listeners.
        Shared.Close(reason);
        Lock.End(reason);
        await OneByOne.GuardAsync(() => ForwardTable.DisposeAsync().AsTask(), LogNotEnded).ConfigureAwait(false);

        // A server that goes has taken nothing from us: what has arrived is still written. Who stops the master wants
        // it to end now.
        var drainLimit = reason.Error == SshError.Stopped ? TimeSpan.Zero : Options.DrainLimit;
        await Task.WhenAll(clients.Select(client => OneByOne.GuardAsync(() => client.EndAsync(drainLimit), LogNotEnded)))
            .ConfigureAwait(false);
        PermissionAsker?.Dispose();
        await Shared.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Something has gone for which the master stayed: perhaps it need not stay any more.</summary>
    internal void EndIfIdle()
    {
        if (_idleEnd is { } idleEnd) OneByOne.Guard(idleEnd.OnGone, LogNotEnded);
        EndIfOverdue();
    }

    /// <summary>Somebody has come or gone for whom the master does not stay.</summary>
    internal void EndIfOverdue()
    {
        if (_idleEnd is { } idleEnd) OneByOne.Guard(idleEnd.OnListener, LogNotEnded);
        if (!IsFinishing || !IsIdle) return;
        End(new SshException(SshError.Stopped, "the master had stopped listening, and its last session has ended"));
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "something of the master could not be ended")]
    private partial void LogNotEnded(Exception e);

    [LoggerMessage(Level = LogLevel.Information, Message = "the master ends: {Reason}")]
    private partial void LogEnding(string reason);
}
