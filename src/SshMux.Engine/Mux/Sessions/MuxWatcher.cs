using SshMux.Engine.Channels.Usage;
using SshMux.Engine.Mux.Protocol.Extensions;

namespace SshMux.Engine.Mux.Sessions;

/// <summary>
/// Somebody who sees what goes through sessions (MUX_C_WATCH). What is not taken in time waits, up to a limit; beyond that
/// the watcher loses, never the session, and is told how much.
/// </summary>
internal sealed class MuxWatcher : IMuxSessionObserver, IDisposable
{
    private const int Room = 4 * 1024 * 1024; // bytes that wait for a slow watcher
    private const int MaxData = 64 * 1024; // bytes in a message
    private const int MessageSize = 128; // bytes that a message takes here without its data

    private readonly Lock _lock = new();
    private readonly MuxSessionTable _table;
    private readonly Func<MuxWatched, ValueTask> _take;
    private readonly Action _giveUp;
    private readonly uint _requestId;
    private readonly MuxSessionEntry? _only;
    private readonly Dictionary<MuxSessionEntry, Tap> _taps = [];
    private readonly Queue<MuxWatched> _waiting = [];
    private int _waitingSize;
    private bool _isSending;
    private bool _isGivenUp;
    private bool _isOver;

    /// <param name="table">The sessions of the master.</param>
    /// <param name="take">Takes one after another; must not fail.</param>
    /// <param name="giveUp">Ends a watcher that takes nothing any more; called once, on a thread of the pool.</param>
    /// <param name="requestId">The client's request.</param>
    /// <param name="only">The session that it wants to see; null: all.</param>
    public MuxWatcher(
        MuxSessionTable table,
        Func<MuxWatched, ValueTask> take,
        Action giveUp,
        uint requestId,
        MuxSessionEntry? only)
    {
        _table = table;
        _take = take;
        _giveUp = giveUp;
        _requestId = requestId;
        _only = only;
    }

    /// <summary>Begins to watch; what passes from now on is seen.</summary>
    public void Start()
    {
        _table.Observe(this);
        if (_only is not null && !_table.Has(_only)) OnEnded(_only);
    }

    void IMuxSessionObserver.OnOpened(MuxSessionEntry session)
    {
        if (_only is not null && session != _only) return;
        var tap = new Tap(this, session);
        lock (_lock)
        {
            if (_isOver) return;
            _taps.Add(session, tap);
            Add(session, MuxWatchedKind.Begun, (ulong)session.Command.Length, session.Command);
        }

        session.Traffic!.Watch(tap);
    }

    void IMuxSessionObserver.OnEnded(MuxSessionEntry session) => OnEnded(session);

    /// <summary>Watches no more.</summary>
    public void Dispose()
    {
        _table.Forget(this);
        lock (_lock)
        {
            _isOver = true;
            foreach (var tap in _taps.Values) tap.Detach();
            _taps.Clear();
            _waiting.Clear();
        }
    }

    private void OnEnded(MuxSessionEntry session)
    {
        lock (_lock)
        {
            if (_taps.Remove(session, out var tap))
            {
                tap.Detach();
                tap.TellLost();
            }
            else if (session != _only)
            {
                return;
            }

            Add(session, MuxWatchedKind.Ended, 0, default);
        }
    }

    private void Add(MuxSessionEntry session, MuxWatchedKind kind, ulong count, ReadOnlyMemory<byte> data)
    {
        if (_isGivenUp) return;
        _waiting.Enqueue(new MuxWatched(_requestId, session.Number, kind, DateTime.UtcNow, count, data));
        _waitingSize += MessageSize + data.Length;
        if (_waitingSize > 2 * Room)
        {
            // Not even what is no data finds room: nobody reads there any more. Not here, for its end comes back to this object.
            _isGivenUp = true;
            _ = Task.Run(_giveUp);
        }

        if (_isSending) return;
        _isSending = true;
        _ = SendAsync();
    }

    private async Task SendAsync()
    {
        // Not on the thread that carries the session's data.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        while (true)
        {
            MuxWatched? next;
            lock (_lock)
            {
                if (!_waiting.TryDequeue(out next))
                {
                    _isSending = false;
                    return;
                }
            }

            await _take(next).ConfigureAwait(false);
            lock (_lock)
            {
                _waitingSize -= MessageSize + next.Data.Length;
                if (_waitingSize >= Room) continue;
                foreach (var tap in _taps.Values) tap.TellLost();
            }
        }
    }

    /// <summary>One session's traffic, as this watcher sees it.</summary>
    private sealed class Tap(MuxWatcher watcher, MuxSessionEntry session) : IChannelWatcher
    {
        private ulong _lost;

        void IChannelWatcher.OnData(ChannelFlow flow, ReadOnlySpan<byte> data)
        {
            lock (watcher._lock)
            {
                if (watcher._isOver) return;
                while (!data.IsEmpty)
                {
                    if (watcher._waitingSize >= Room)
                    {
                        _lost += (ulong)data.Length;
                        return;
                    }

                    TellLost();
                    var part = data[..Math.Min(data.Length, MaxData)];
                    watcher.Add(session, (MuxWatchedKind)flow, (ulong)part.Length, part.ToArray());
                    data = data[part.Length..];
                }
            }
        }

        /// <summary>Tells how much passed unseen, if it did. Under the watcher's lock.</summary>
        public void TellLost()
        {
            if (_lost == 0) return;
            watcher.Add(session, MuxWatchedKind.Lost, _lost, default);
            _lost = 0;
        }

        public void Detach() => session.Traffic!.Unwatch(this);
    }
}
