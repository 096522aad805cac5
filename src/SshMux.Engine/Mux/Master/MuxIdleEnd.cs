namespace SshMux.Engine.Mux.Master;

/// <summary>The end of a master that nobody uses (ControlPersist).</summary>
internal sealed class MuxIdleEnd : IAsyncDisposable
{
    private readonly TimeSpan _limit;
    private readonly Func<bool> _isIdle;
    private readonly Action _end;
    private readonly ITimer _timer;
    private volatile bool _isOverdue;

    /// <summary>Counts the time from now on.</summary>
    /// <param name="limit">How long the master stays without use.</param>
    /// <param name="time">The clock.</param>
    /// <param name="isIdle">Whether nobody uses the master now.</param>
    /// <param name="end">Called when nobody has used it for that long.</param>
    public MuxIdleEnd(TimeSpan limit, TimeProvider time, Func<bool> isIdle, Action end)
    {
        _limit = limit;
        _isIdle = isIdle;
        _end = end;
        _timer = time.CreateTimer(static self => ((MuxIdleEnd)self!).OnTime(), this, limit, Timeout.InfiniteTimeSpan);
    }

    /// <summary>
    /// A client or a channel has gone: if it was the last one, the time counts from now on. Nothing is to be done when
    /// one comes, because that is seen when the time is over, and its going counts anew.
    /// </summary>
    public void OnGone()
    {
        if (!_isIdle()) return;
        _isOverdue = false;
        _timer.Change(_limit, Timeout.InfiniteTimeSpan);
    }

    /// <summary>
    /// A client that is no use of the master is known as such, or has gone: the time goes on, and may have passed while it
    /// looked like another.
    /// </summary>
    public void OnListener()
    {
        if (_isOverdue && _isIdle()) _end();
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void OnTime()
    {
        if (_isIdle()) _end();
        else _isOverdue = true;
    }
}
