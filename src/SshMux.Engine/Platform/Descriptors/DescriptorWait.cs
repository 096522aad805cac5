using System.Runtime.Versioning;
using Mono.Unix.Native;
using SshMux.Engine.Platform.Readiness;

namespace SshMux.Engine.Platform.Descriptors;

/// <summary>How one end waits for its descriptor: it calls back once when the next call does not block.</summary>
internal abstract class DescriptorWait : IReadinessHandler, IThreadPoolWorkItem, IDisposable
{
    private Action? _callback;

    /// <summary>Waits for the descriptor of an end.</summary>
    /// <param name="end">The end, whose lock serves here, too.</param>
    /// <param name="direction">What is waited for.</param>
    /// <param name="canWait">False for what is always ready, or never any more.</param>
    /// <exception cref="SshException">The system cannot wait for one more descriptor.</exception>
    [UnsupportedOSPlatform("windows")]
    protected DescriptorWait(DescriptorEnd end, ReadinessDirections direction, bool canWait)
    {
        End = end;
        Direction = direction;
        if (canWait) Registration = ReadinessLoop.Shared.TryRegister(end.Handle, this);
    }

    /// <summary>Whether a wait is under way that does more than to call back.</summary>
    public virtual bool IsBusy => false;

    protected DescriptorEnd End { get; }

    protected ReadinessDirections Direction { get; }

    /// <summary>Null for what is always ready.</summary>
    protected ReadinessRegistration? Registration { get; }

    /// <summary>
    /// Calls <paramref name="callback"/> once, on another thread. A later call before that replaces the callback.
    /// </summary>
    public void WhenReady(Action callback)
    {
        lock (End.Gate)
        {
            if (End.IsDisposed) return;
            _callback = callback;
            if (!IsBusy) Start();
        }
    }

    /// <summary>Starts a wait that nobody needs to hear of; the lock is held.</summary>
    public virtual void Begin() => throw new NotSupportedException();

    /// <summary>No callback begins after this; the lock is held.</summary>
    public virtual void Dispose()
    {
        _callback = null;
        Registration?.Dispose();
    }

    public abstract void OnReady(ReadinessDirections directions);

    public virtual void OnFailed(SshException failure)
    {
        lock (End.Gate) End.Failure = Errno.EIO;
        OnReady(Direction);
    }

    public abstract void Execute();

    /// <summary>Starts a wait for the callback; the lock is held.</summary>
    protected abstract void Start();

    /// <summary>Takes the callback, to be called without the lock, which is held now.</summary>
    protected Action? TakeCallback()
    {
        var callback = _callback;
        _callback = null;
        return callback;
    }
}
