namespace SshMux.Engine.Tests.Support;

/// <summary>A clock that stands still until the test sets it forward; then what was waited for happens at once.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<Timer> _armed = [];
    private long _now = 1;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>How many timers will go off some time.</summary>
    public int Waiting
    {
        get { lock (_lock) return _armed.Count; }
    }

    public override long GetTimestamp() => Volatile.Read(ref _now);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Assert.Equal(Timeout.InfiniteTimeSpan, period); // nobody here needs any other
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Sets it forward. What goes off is called on this thread.</summary>
    public void Advance(TimeSpan time)
    {
        Interlocked.Add(ref _now, time.Ticks);
        Timer[] due;
        lock (_lock)
        {
            due = [.. _armed.Where(timer => timer.Due <= _now).OrderBy(timer => timer.Due)];
            _armed.RemoveAll(timer => due.Contains(timer));
        }

        foreach (var timer in due) timer.GoOff();
    }

    private sealed class Timer(ManualTime owner, TimerCallback callback, object? state) : ITimer
    {
        public long Due { get; private set; }

        public void GoOff() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (owner._lock)
            {
                owner._armed.Remove(this);
                if (dueTime == Timeout.InfiniteTimeSpan) return true;
                Due = owner.GetTimestamp() + dueTime.Ticks;
                owner._armed.Add(this);
                return true;
            }
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
