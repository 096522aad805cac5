using System.Runtime.Versioning;
using Mono.Unix.Native;
using SshMux.Engine.Platform.Readiness;

namespace SshMux.Engine.Platform.Descriptors;

/// <summary>
/// What reads or writes a passed descriptor: neither blocks, nor changes the flags of its file description, which other
/// processes share. For one user at a time; <see cref="Dispose"/> may come from any thread.
/// </summary>
internal abstract class DescriptorEnd : IDisposable
{
    /// <summary>What a read or write gives when it would have to wait.</summary>
    public const int WouldBlock = -1;

    private readonly DescriptorWait _wait;
    private ReadyWait? _waiter;

    /// <summary>Takes ownership of a descriptor that <see cref="DescriptorKinds.Prepare"/> has looked at.</summary>
    /// <param name="descriptor">The descriptor.</param>
    /// <param name="direction">What it is waited for.</param>
    /// <param name="canWait">Whether it is usable, and may have to be waited for.</param>
    /// <param name="call">Makes the calls where they may block; else null.</param>
    /// <exception cref="SshException">The system cannot wait for one more descriptor.</exception>
    [UnsupportedOSPlatform("windows")]
    protected DescriptorEnd(
        DescriptorHandle descriptor, ReadinessDirections direction, bool canWait, PooledCall? call)
    {
        Handle = descriptor;
        _wait = call is null
            ? new ReadyDescriptorWait(this, direction, canWait)
            : new PooledDescriptorWait(this, direction, call);
    }

    /// <summary>The descriptor in use; not necessarily the passed one, which may be closed.</summary>
    public DescriptorHandle Handle { get; }

    /// <summary>The error that ended it, if it was one.</summary>
    public Errno Failure { get; internal set; }

    /// <summary>Held for each use of the descriptor, and for what the wait and the calls have in common with it.</summary>
    internal Lock Gate { get; } = new();

    internal bool IsDisposed { get; private set; }

    /// <summary>Closes the descriptor. No callback begins after this, and whoever waits asynchronously goes on.</summary>
    public void Dispose()
    {
        lock (Gate)
        {
            if (IsDisposed) return;
            IsDisposed = true;
            _wait.Dispose();

            // A call that is under way on another thread keeps the descriptor until it returns.
            Handle.Dispose();
        }

        _waiter?.Close();
    }

    /// <summary>Begins with a call on the thread pool, for which the lock is held.</summary>
    protected void BeginCall() => _wait.Begin();

    /// <summary>Whether a call on the thread pool, or the wait for it, is under way; the lock is held.</summary>
    protected bool IsCalling => _wait.IsBusy;

    protected void WhenReady(Action callback) => _wait.WhenReady(callback);

    /// <summary>Waits; may wake for no reason, so whoever waits tries again.</summary>
    protected ValueTask WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        if (_waiter is null)
        {
            lock (Gate)
            {
                _waiter = new ReadyWait(WhenReady);
                if (IsDisposed) _waiter.Close();
            }
        }

        return _waiter.WaitAsync(cancellationToken);
    }
}
