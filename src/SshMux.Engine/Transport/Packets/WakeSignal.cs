using System.Threading.Tasks.Sources;

namespace SshMux.Engine.Transport.Packets;

/// <summary>
/// Wakes the one loop that waits for it, on the thread that sets it and without allocating. For every wait there is at
/// most one <see cref="Set"/>; it may come before the wait does.
/// </summary>
internal sealed class WakeSignal : IValueTaskSource
{
    private ManualResetValueTaskSourceCore<bool> _core;

    /// <summary>Makes ready for the next wait; to be called before anybody can set the signal again.</summary>
    public ValueTask Prepare()
    {
        _core.Reset();
        return new ValueTask(this, _core.Version);
    }

    public void Set() => _core.SetResult(true);

    void IValueTaskSource.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
