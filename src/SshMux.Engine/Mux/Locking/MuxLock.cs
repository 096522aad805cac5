using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Extensions;

namespace SshMux.Engine.Mux.Locking;

/// <summary>
/// The lock of a master: while it is locked nothing new is opened over it. What runs goes on, and forwards that are open go
/// on to take connections.
/// </summary>
/// <param name="time">The clock that slows wrong passphrases down.</param>
internal sealed class MuxLock(TimeProvider time)
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private Task _lastAttempt = Task.CompletedTask; // the attempts to unlock take turns
    private Held? _held; // null while it is not locked
    private SshException? _ended;

    /// <summary>What is told of it; null while it is not locked.</summary>
    public MuxLockDescription? Description
    {
        get
        {
            lock (_lock) return _held?.Description;
        }
    }

    /// <summary>Locks it.</summary>
    /// <param name="waits">Whether what is asked for waits until it is unlocked; it is refused otherwise.</param>
    /// <param name="passphrase">What whoever unlocks it has to know; empty: nothing. Not kept.</param>
    /// <exception cref="SshException"><see cref="SshError.MasterLocked"/>: it is locked already.</exception>
    public void Lock(bool waits, ReadOnlySpan<byte> passphrase)
    {
        var secret = passphrase.IsEmpty ? null : LockPassphrase.Of(passphrase);
        lock (_lock)
        {
            if (_held is not null) throw new SshException(SshError.MasterLocked, "the master is locked already");
            _held = new Held(new MuxLockDescription(time.GetLocalNow().LocalDateTime, waits, secret is not null), secret);
        }
    }

    /// <summary>
    /// Unlocks it; what waited goes on. After a wrong passphrase the next attempt, whoever's it is, waits before it is
    /// looked at: for 1 s, then 2, 4 ... 30.
    /// </summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.MuxRefused"/>: the passphrase is wrong, or it is not locked.
    /// </exception>
    public async Task UnlockAsync(ReadOnlyMemory<byte> passphrase, CancellationToken cancellationToken)
    {
        var attempt = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task before;
        lock (_lock) (before, _lastAttempt) = (_lastAttempt, attempt.Task);
        try
        {
            await before.WaitAsync(cancellationToken).ConfigureAwait(false);
            Held held;
            lock (_lock) held = _held ?? throw Refused("the master is not locked");
            if (held.Passphrase is { } secret)
            {
                // Nothing was said, so nothing was guessed.
                if (passphrase.IsEmpty) throw Refused("the master was locked with a passphrase, which is needed to unlock it");
                var rest = held.Delay - time.GetElapsedTime(held.LastWrong);
                if (rest > TimeSpan.Zero) await Task.Delay(rest, time, cancellationToken).ConfigureAwait(false);
                if (!await Task.Run(() => secret.Is(passphrase.Span), CancellationToken.None).ConfigureAwait(false))
                {
                    held.LastWrong = time.GetTimestamp();
                    held.Delay = held.Delay == TimeSpan.Zero ? FirstDelay
                        : held.Delay * 2 < LongestDelay ? held.Delay * 2
                        : LongestDelay;
                    throw Refused("wrong passphrase");
                }
            }

            lock (_lock) _held = null;
            held.Opened.TrySetResult();
        }
        finally
        {
            // Who gives up has still those before him, for whom the next one has to wait.
            _ = before.ContinueWith(
                _ => attempt.SetResult(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    /// <summary>Comes back at once while it is not locked; otherwise when it is unlocked, or never.</summary>
    /// <param name="onWaiting">Told with a sentence if it has to wait; may come on any thread and must not block.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SshException">
    /// <see cref="SshError.MasterLocked"/>: it is locked and does not let anybody wait; why the master has ended.
    /// </exception>
    public ValueTask PassAsync(Action<string>? onWaiting, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_held is null) return ValueTask.CompletedTask;
        }

        return new(WaitAsync(onWaiting, cancellationToken));
    }

    /// <summary>
    /// Whether something new may be opened now; false: it has to wait (<see cref="PassAsync"/>).
    /// </summary>
    /// <exception cref="SshException"><see cref="SshError.MasterLocked"/>: it is locked, and nobody may wait.</exception>
    public bool MayPass()
    {
        lock (_lock) return _held is null || (_held.Description.Waits ? false : throw Locked());
    }

    /// <summary>The master ends: who waits, waits no more.</summary>
    public void End(SshException reason)
    {
        Held? held;
        lock (_lock)
        {
            _ended ??= reason;
            held = _held;
        }

        held?.Opened.TrySetResult();
    }

    private async Task WaitAsync(Action<string>? onWaiting, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task opened;
            lock (_lock)
            {
                if (_ended is { } reason) throw reason.Again();
                if (_held is not { } held) return;
                if (!held.Description.Waits) throw Locked();
                opened = held.Opened.Task;
            }

            onWaiting?.Invoke("the master is locked; waiting until it is unlocked");
            onWaiting = null;
            await opened.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static SshException Locked() =>
        new(SshError.MasterLocked, $"{MuxLockMaster.Refusal}; -O unlock or Unlock-SshMaster unlocks it");

    private static SshException Refused(string why) => new(SshError.MuxRefused, why);

    /// <summary>What there is while it is locked.</summary>
    private sealed class Held(MuxLockDescription description, LockPassphrase? passphrase)
    {
        public MuxLockDescription Description { get; } = description;

        public LockPassphrase? Passphrase { get; } = passphrase;

        public TaskCompletionSource Opened { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>When a wrong passphrase was said last, and how long the next one waits from then on.</summary>
        public long LastWrong { get; set; }

        public TimeSpan Delay { get; set; }
    }
}
