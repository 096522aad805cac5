using Microsoft.Extensions.Logging;
using SshMux.Engine.Configuration;

namespace SshMux.Engine.Channels.Sessions;

/// <summary>
/// The sessions of a master, of which a server grants only so many at a time on a connection (sshd_config(5), MaxSessions).
/// Who asks for more waits for its turn, and may get a session on a further connection (SshMuxOverflow).
/// </summary>
/// <remarks>
/// Nobody is bound to a place: the server is asked for as many as there are who wait and it may grant, and each goes to
/// whoever's turn it is when it is granted.
/// </remarks>
internal sealed partial class SessionPool : ISessionSource, IAsyncDisposable
{
    /// <summary>How often is tried what all speaks against: the server may count otherwise than we do.</summary>
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    private readonly SshConnection _connection;
    private readonly SessionOverflow _overflow;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SessionAsker _own;
    private readonly FurtherConnections _connecting;
    private readonly ITimer _timer;

    private readonly Lock _lock = new();
    private readonly SessionQueue _queue = new();
    private readonly SessionPlaces _first;
    private readonly List<FurtherConnection> _further = [];
    private readonly HashSet<Task> _ending = []; // of further connections
    private SshException? _refusal; // the last one, while somebody waits because of it
    private long _movedAt; // when somebody's turn came last, as a timestamp of the clock
    private SshException? _closed;

    /// <summary>Shares out the sessions of a connection.</summary>
    /// <param name="connection">It stays the caller's.</param>
    /// <param name="overflow">What becomes of more sessions than the server grants.</param>
    /// <param name="logIn">Makes a further connection, and asks no user; null: that cannot be done.</param>
    /// <param name="time">What time is measured with.</param>
    /// <param name="logger">Where it is said who waits for what.</param>
    public SessionPool(
        SshConnection connection,
        SessionOverflow overflow,
        Func<CancellationToken, Task<SshConnection>>? logIn,
        TimeProvider time,
        ILogger logger)
    {
        _connection = connection;
        _overflow = overflow;
        _time = time;
        _logger = logger;
        _own = new SessionAsker(this, Environment.ProcessId, null);
        _connecting = new FurtherConnections(overflow, logIn, AddAsync, Fill, time, logger);
        _timer = time.CreateTimer(_ => OnTick(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _first = new SessionPlaces(connection);
        if (overflow.Mode == SessionOverflowMode.Refuse) return;
        connection.Sessions.Ended += OnFirstSessionEnded;
        connection.Sessions.SpareReady += Fill;
        _ = WatchAsync();
    }

    /// <summary>
    /// A channel of a further connection has gone, or somebody waits no more. Raised on any thread; must not block.
    /// </summary>
    public event Action? Removed;

    /// <summary>
    /// How many channels are open, being opened or being closed on all connections, and how many sessions wait to be.
    /// </summary>
    public int ChannelCount
    {
        get
        {
            lock (_lock)
            {
                return _connection.ChannelCount
                    + _further.Sum(further => further.Places.Connection.ChannelCount)
                    + _queue.Count;
            }
        }
    }

    private IEnumerable<SessionPlaces> Places => _further.Select(further => further.Places).Prepend(_first);

    /// <summary>The face of the pool for one of those who share it.</summary>
    /// <param name="client">The id of its process.</param>
    /// <param name="onWaiting">Told with a sentence when a session has to wait; see <see cref="SessionAsker"/>.</param>
    public ISessionSource For(int client, Action<string>? onWaiting = null) =>
        new SessionAsker(this, client, onWaiting);

    /// <summary>Opens a session for this process.</summary>
    public Task<Channel> OpenSessionAsync(IChannelHandler handler, CancellationToken cancellationToken) =>
        OpenSessionAsync(handler, _own, cancellationToken);

    /// <summary>The channels of all connections, as <c>~#</c> shows them.</summary>
    public string DescribeChannels()
    {
        FurtherConnection[] further;
        lock (_lock) further = [.. _further];
        var text = _connection.DescribeChannels();
        foreach (var one in further)
        {
            text += $"Over further connection {Array.IndexOf(further, one) + 1}:\r\n"
                + one.Places.Connection.Context.Table.DescribeSlots();
        }

        return text;
    }

    /// <summary>Refuses all who wait, and ends the further connections. Does not wait.</summary>
    public void Close(SshException reason)
    {
        WaitingSession[] waiting;
        FurtherConnection[] further;
        lock (_lock)
        {
            _closed ??= reason;
            waiting = [.. _queue.All];
            foreach (var one in waiting) _queue.Remove(one);
            further = [.. _further];
        }

        foreach (var one in waiting) one.Refuse(reason.Again());
        foreach (var one in further) one.Places.Connection.Close(reason);
    }

    /// <summary>Ends it, if that has not happened, and waits until no further connection is left.</summary>
    public async ValueTask DisposeAsync()
    {
        Close(new SshException(SshError.Stopped, "the master was stopped"));
        await _connecting.DisposeAsync().ConfigureAwait(false);
        await _timer.DisposeAsync().ConfigureAwait(false);
        Task[] ending;
        lock (_lock) ending = [.. _ending];
        await Task.WhenAll(ending).ConfigureAwait(false);
    }

    /// <summary>Opens a session for one of those who share the pool.</summary>
    internal async Task<Channel> OpenSessionAsync(
        IChannelHandler handler, SessionAsker asker, CancellationToken cancellationToken)
    {
        if (_overflow.Mode == SessionOverflowMode.Refuse)
        {
            return await _connection.OpenSessionAsync(handler, cancellationToken).ConfigureAwait(false);
        }

        cancellationToken.ThrowIfCancellationRequested();
        var waiting = new WaitingSession(handler, asker, _time.GetTimestamp());
        int before;
        lock (_lock)
        {
            if (_closed is not null) throw _closed.Again();
            before = _queue.Count;
            if (before == 0 && _connection.Sessions.TakeSpare(handler) is { } spare) return spare;
            _queue.Add(waiting);
            waiting.HasWaited = _refusal is not null;
        }

        if (waiting.HasWaited) LogWaits(before);
        Fill(anyway: before == 0);
        await using var registration = cancellationToken
            .UnsafeRegister((_, token) => GiveUp(waiting, token), null)
            .ConfigureAwait(false);
        return await waiting.Opened.ConfigureAwait(false);
    }

    private void GiveUp(WaitingSession waiting, CancellationToken cancellationToken)
    {
        bool waited;
        lock (_lock)
        {
            waited = _queue.Remove(waiting);
            ForgetIfNobodyWaits();
        }

        waiting.GiveUp(cancellationToken);
        if (waited) Removed?.Invoke();
    }

    private void OnTick()
    {
        List<WaitingSession> overdue = [];
        List<(WaitingSession Waiting, string Sentence)> told = [];
        SshException? refusal;
        lock (_lock)
        {
            refusal = _refusal;
            if (refusal is null || _closed is not null) return;
            foreach (var waiting in _queue.All)
            {
                var waits = _time.GetElapsedTime(waiting.Asked);
                if (waits >= _overflow.Limit && _time.GetElapsedTime(_movedAt) >= _overflow.Limit)
                {
                    overdue.Add(waiting);
                }
                else if (waits >= Tick && !waiting.IsTold)
                {
                    waiting.IsTold = true;
                    told.Add((waiting, Sentence(refusal)));
                }
            }

            foreach (var waiting in overdue) _queue.Remove(waiting);
            ForgetIfNobodyWaits();
            if (_refusal is not null) _timer.Change(Tick, Timeout.InfiniteTimeSpan);
        }

        foreach (var (waiting, sentence) in told) waiting.Asker.TellWaiting(sentence);
        foreach (var waiting in overdue) waiting.Refuse(TooLate(refusal, _time.GetElapsedTime(waiting.Asked)));
        if (overdue.Count > 0) Removed?.Invoke();
        Fill(anyway: true);
    }

    private async Task WatchAsync() => Close(await _connection.Ended.ConfigureAwait(false));
}
