namespace SshMux.Engine.Transport;

/// <summary>The end of a transport: its one reason, the first, and when all is over.</summary>
internal sealed class TransportEnd
{
    private readonly TaskCompletionSource<SshException> _completed =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private SshException? _reason;

    /// <summary>Why it ends; null while it does not.</summary>
    public SshException? Reason => Volatile.Read(ref _reason);

    /// <summary>Completes, never faults, with the reason, when everything is freed.</summary>
    public Task<SshException> Completed => _completed.Task;

    /// <summary>Records the reason; false if there is one already.</summary>
    public bool TryBegin(SshException reason) => Interlocked.CompareExchange(ref _reason, reason, null) is null;

    /// <summary>Everything is freed.</summary>
    public void Complete() => _completed.SetResult(Reason!);
}
