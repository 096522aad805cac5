namespace SshMux.Engine.Transport.KeyExchange;

/// <summary>Asks for new keys when the old ones have a certain age.</summary>
/// <param name="interval">The age; null for no limit.</param>
/// <param name="requestKeys">Called on a thread of the pool when it is reached.</param>
internal sealed class RekeyTimer(TimeSpan? interval, Action requestKeys) : IDisposable
{
    private readonly Lock _lock = new();
    private Timer? _timer;
    private DateTime? _next;
    private bool _disposed;

    /// <summary>The age at which keys are exchanged; null for no limit.</summary>
    public TimeSpan? Interval => interval;

    /// <summary>When it is reached, in local time; null before <see cref="Restart"/>.</summary>
    public DateTime? Next
    {
        get
        {
            lock (_lock) return _next;
        }
    }

    /// <summary>The keys are new.</summary>
    public void Restart()
    {
        if (interval is not { } age) return;
        lock (_lock)
        {
            if (_disposed) return;
            _next = DateTime.Now + age;
            _timer ??= new Timer(
                static state => ((Action)state!)(), requestKeys, Timeout.Infinite, Timeout.Infinite);
            _timer.Change(age, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Nobody is asked any more.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _timer?.Dispose();
        }
    }
}
