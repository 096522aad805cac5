namespace SshMux.Engine.Mux.Master;

// The end of a master that nobody uses (ControlPersist).
public sealed partial class MuxMaster
{
    private ITimer? _idleTimer;

    private void WatchIdleness()
    {
        if (_options.IdleLimit is not { } limit || limit == Timeout.InfiniteTimeSpan) return;
        _idleTimer = TimeProvider.System.CreateTimer(
            static self => ((MuxMaster)self!).EndIfStillIdle(), this, limit, Timeout.InfiniteTimeSpan);
    }

    /// <summary>
    /// A client or a channel has gone: if it was the last one, the time counts from now on. Nothing is to be done when
    /// one comes, because that is seen when the time is over, and its going counts anew.
    /// </summary>
    private void RestartIdleTime()
    {
        if (_idleTimer is { } timer && IsIdle) timer.Change(_options.IdleLimit!.Value, Timeout.InfiniteTimeSpan);
    }

    private void EndIfStillIdle()
    {
        if (IsIdle) End(new SshException(SshError.Stopped, $"nobody used the master for {_options.IdleLimit}"));
    }

    private bool IsIdle
    {
        get
        {
            lock (_lock) return _clients.Count == 0 && Connection.ChannelCount == 0;
        }
    }
}
