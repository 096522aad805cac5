using System.Threading.Tasks.Sources;

namespace SshMux.Engine.Platform.Readiness;

/// <summary>
/// One waiter for a descriptor or channel that calls back when it is ready. It may wake for no reason: whoever waits
/// looks again. A wait allocates nothing.
/// </summary>
internal sealed class ReadyWait : IValueTaskSource
{
    private readonly Action<Action> _whenReady;
    private readonly Action _wake;
    private ManualResetValueTaskSourceCore<bool> _core;
    private CancellationTokenRegistration _registration;
    private CancellationToken _cancelled;
    private int _waiting;
    private volatile bool _closed;

    /// <summary>Waits by means of a method that takes the callback.</summary>
    public ReadyWait(Action<Action> whenReady)
    {
        _whenReady = whenReady;
        _wake = Wake;
    }

    /// <summary>
    /// Whether the waiter goes on where it is woken, on the readiness thread: for those who never block and never take
    /// long. Else it goes on in the thread pool.
    /// </summary>
    public bool GoesOnInline { get; set; }

    /// <summary>Waits, for one at a time; throws when cancelled.</summary>
    public ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        _core.Reset();
        _cancelled = cancellationToken;
        Interlocked.Exchange(ref _waiting, 1); // before the look at _closed, which Close does the other way round
        _whenReady(_wake);
        if (_closed) Wake();

        // Nobody asks for the result before this returns, so it finds the registration.
        _registration = cancellationToken.UnsafeRegister(static wait => ((ReadyWait)wait!).Wake(), this);
        return new ValueTask(this, _core.Version);
    }

    /// <summary>Nobody waits any more: the descriptor is closed and calls back no more.</summary>
    public void Close()
    {
        _closed = true;
        Wake();
    }

    /// <summary>It is ready: whoever waits goes on.</summary>
    public void Wake()
    {
        if (Interlocked.Exchange(ref _waiting, 0) != 1) return;

        // Whoever cancels or closes is not to be held up by what follows.
        _core.RunContinuationsAsynchronously = !GoesOnInline || !ReadinessLoop.IsCurrent;
        _core.SetResult(true);
    }

    void IValueTaskSource.GetResult(short token)
    {
        _registration.Dispose();
        _core.GetResult(token);
        _cancelled.ThrowIfCancellationRequested();
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
