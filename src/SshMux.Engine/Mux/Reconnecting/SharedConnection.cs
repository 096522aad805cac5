using System.Globalization;
using Microsoft.Extensions.Logging;
using SshMux.Engine.Channels;
using SshMux.Engine.Channels.Sessions;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Mux.Sessions;

namespace SshMux.Engine.Mux.Reconnecting;

/// <summary>
/// The login that a master shares: a connection and, when that is lost, the next one with the same login
/// (SshMuxReconnect). What is opened meanwhile waits for it; what was open has ended with the reason of the loss.
/// </summary>
internal sealed partial class SharedConnection : IConnectionSource, ISessionSource, IAsyncDisposable
{
    private readonly SharedConnectionOptions _options;
    private readonly MuxSessionTable _table;
    private readonly Reconnector? _reconnector;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource<SshException> _ended =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly Lock _lock = new();
    private SharedLogin _now;
    private TaskCompletionSource _change = NewChange(); // completes when there is another login, or none is to come
    private SshException? _lost; // why the last connection has ended, while the next one is being made
    private SshException? _closed;
    private Task _running = Task.CompletedTask;

    /// <param name="connection">The first connection; it belongs to this object from now on.</param>
    /// <param name="options">How it is shared, and made again.</param>
    /// <param name="table">The list of sessions.</param>
    public SharedConnection(SshConnection connection, SharedConnectionOptions options, MuxSessionTable table)
    {
        _options = options;
        _table = table;
        _logger = options.Logger;
        if (options is { Reconnection: { } policy, LogInAgain: { } logIn })
        {
            _reconnector = new Reconnector(policy, logIn, options.Time, _logger);
        }

        _now = Share(connection);
    }

    /// <summary>A channel has gone, or a session waits no more. Raised on any thread; must not block.</summary>
    public event Action? Removed;

    /// <summary>The connection is lost, for this reason, and is being made again. Must not throw.</summary>
    public Func<SshException, Task> OnLost { private get; set; } = static _ => Task.CompletedTask;

    /// <summary>There is another connection. Must not throw.</summary>
    public Func<SshConnection, Task> OnReturned { private get; set; } = static _ => Task.CompletedTask;

    /// <summary>Completes, never faults, when the connection has ended for good, with the reason.</summary>
    public Task<SshException> Ended => _ended.Task;

    /// <summary>The connection of now, or the last one.</summary>
    public SshConnection Connection => Now.Connection;

    /// <inheritdoc/>
    public bool HasEnded => Connection.HasEnded;

    /// <summary>Why the connection was lost, while it is being made again; null otherwise.</summary>
    public SshException? Lost
    {
        get
        {
            lock (_lock) return _lost;
        }
    }

    /// <summary>What those hear whose channels end with the connection of now; null while it lives.</summary>
    public MuxNotice? EndNotice => Connection.EndReason is not { } reason ? null
        : _reconnector is not null && Reconnector.IsLoss(reason) ? MuxNotice.OfLoss(reason)
        : MuxNotice.OfEnd(reason);

    /// <summary>
    /// How many channels are open, being opened or being closed on all connections, and how many sessions wait for their
    /// turn.
    /// </summary>
    public int ChannelCount => Now.Sessions.ChannelCount;

    private SharedLogin Now
    {
        get
        {
            lock (_lock) return _now;
        }
    }

    /// <summary>Watches over the connection from now on.</summary>
    public void Start() => _running = RunAsync();

    /// <inheritdoc/>
    public Task<T> OpenAsync<T>(Func<SshConnection, Task<T>> open, CancellationToken cancellationToken) =>
        _reconnector is null
            ? open(Connection)
            : OpenAsync(login => open(login.Connection), onWaiting: null, cancellationToken);

    /// <inheritdoc/>
    public Task<Channel> OpenSessionAsync(IChannelHandler handler, CancellationToken cancellationToken) =>
        _reconnector is null
            ? Now.Sessions.OpenSessionAsync(handler, cancellationToken)
            : OpenAsync(
                login => login.Sessions.OpenSessionAsync(handler, cancellationToken), onWaiting: null, cancellationToken);

    /// <summary>Opens a session for one of those who share the connection.</summary>
    /// <param name="client">The id of its process.</param>
    /// <param name="handler">What is to stand behind the session.</param>
    /// <param name="onWaiting">
    /// Told with a sentence when it has to wait for longer than a moment; may come on any thread and must not block.
    /// </param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SshException">As <see cref="ISessionSource.OpenSessionAsync"/>.</exception>
    public Task<Channel> OpenSessionAsync(
        int client, IChannelHandler handler, Action<string>? onWaiting, CancellationToken cancellationToken) =>
        _reconnector is null
            ? Now.Sessions.For(client, onWaiting).OpenSessionAsync(handler, cancellationToken)
            : OpenAsync(
                login => login.Sessions.For(client, onWaiting).OpenSessionAsync(handler, cancellationToken),
                onWaiting,
                cancellationToken);

    /// <summary>The channels of all connections, as <c>~#</c> shows them.</summary>
    public string DescribeChannels() => Now.Sessions.DescribeChannels();

    /// <summary>Ends the connection with a reason, for good. Does not wait.</summary>
    public void Close(SshException reason)
    {
        SharedLogin now;
        lock (_lock)
        {
            _closed ??= reason;
            now = _now;
        }

        now.Connection.Close(reason);
        now.Sessions.Close(reason);
        _stop.Cancel();
    }

    /// <summary>Ends it, if that has not happened, and waits until nothing of it is left.</summary>
    public async ValueTask DisposeAsync()
    {
        Close(new SshException(SshError.Stopped, "the master was stopped"));
        await _running.ConfigureAwait(false);
        await Now.DisposeAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private SharedLogin Share(SshConnection connection)
    {
        connection.Context.OnProgramStarting = new MuxOwnSessions(_table).OnStarting;
        var sessions = new SessionPool(connection, _options.Overflow, _options.LogInAgain, _options.Time, _logger);
        connection.ChannelRemoved += OnRemoved;
        sessions.Removed += OnRemoved;
        if (_options.Prewarm > 0) connection.KeepSpareSessions(_options.Prewarm);
        return new SharedLogin(connection, sessions);
    }

    private void OnRemoved() => Removed?.Invoke();

    private async Task RunAsync()
    {
        while (true)
        {
            var reason = await Connection.Ended.ConfigureAwait(false);
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            var isLost = _reconnector is not null && Reconnector.IsLoss(reason);
            lock (_lock)
            {
                isLost &= _closed is null;
                if (isLost) _lost = reason;
            }

            if (!isLost || await ReturnAsync(reason).ConfigureAwait(false) is not { } next)
            {
                End(reason);
                return;
            }

            LogReturned();
            await OnReturned(next).ConfigureAwait(false);
        }
    }

    /// <summary>Makes the connection again; null if that is not to be, which the end's reason then says.</summary>
    private async Task<SshConnection?> ReturnAsync(SshException reason)
    {
        LogLost(reason.Message);
        await OnLost(reason).ConfigureAwait(false);
        Now.Sessions.Close(reason);
        await Now.DisposeAsync().ConfigureAwait(false);
        SshConnection connection;
        try
        {
            connection = await _reconnector!.ConnectAsync(reason, _stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        catch (SshException e)
        {
            lock (_lock) _closed ??= e;
            return null;
        }

        var login = Share(connection);
        TaskCompletionSource change;
        lock (_lock)
        {
            _now = login;
            if (_closed is { } closed)
            {
                connection.Close(closed);
                return null;
            }

            _lost = null;
            change = _change;
            _change = NewChange();
        }

        change.SetResult();
        return connection;
    }

    private void End(SshException reason)
    {
        SshException end;
        lock (_lock)
        {
            end = _closed ??= reason;
            _lost = null;
        }

        Now.Sessions.Close(end);
        _ended.SetResult(end);
        _change.SetResult();
    }

    private async Task<T> OpenAsync<T>(
        Func<SharedLogin, Task<T>> open, Action<string>? onWaiting, CancellationToken cancellationToken)
    {
        while (true)
        {
            var login = await GetLoginAsync(onWaiting, cancellationToken).ConfigureAwait(false);
            try
            {
                return await open(login).ConfigureAwait(false);
            }
            catch (SshException e) when (e.Refusal is null && login.Connection.EndReason is not null)
            {
                // The server has not answered, so nothing has begun: it is asked for again, if there will be a connection.
            }
        }
    }

    /// <summary>The login of now; while there is none, the next one, for which the user sets a limit.</summary>
    private async Task<SharedLogin> GetLoginAsync(Action<string>? onWaiting, CancellationToken cancellationToken)
    {
        var wait = _options.Reconnection!.Wait;
        var since = _options.Time.GetTimestamp();
        while (true)
        {
            Task change;
            SharedLogin now;
            lock (_lock)
            {
                if (_closed is { } closed) throw closed.Again();
                now = _now;
                change = _change.Task;
            }

            if (now.Connection.EndReason is not { } reason) return now;
            onWaiting?.Invoke($"{reason.Message}; waiting for the next connection, for {Seconds(wait)} s at most");
            onWaiting = null;
            using var wish = _reconnector!.Want();
            var left = wait - _options.Time.GetElapsedTime(since);
            try
            {
                await change.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, _options.Time, cancellationToken)
                    .ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                throw new SshException(
                    reason.Error,
                    $"{reason.Message}; the connection was not made again within {Seconds(wait)} s (SshMuxReconnect)",
                    reason);
            }
        }
    }

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString(CultureInfo.InvariantCulture);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Reason}; connecting and logging in again")]
    private partial void LogLost(string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "the connection is there again")]
    private partial void LogReturned();
}
