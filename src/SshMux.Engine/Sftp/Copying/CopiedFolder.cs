namespace SshMux.Engine.Sftp.Copying;

/// <summary>
/// A folder that is being copied: it is finished when its list has been walked and all in it is done, and then tells
/// the one that it is in. Only folders under way are in memory, however many there are.
/// </summary>
/// <param name="parent">The one that it is in; null for the outermost.</param>
/// <param name="finish">What to do at last.</param>
internal sealed class CopiedFolder(CopiedFolder? parent, Func<Task> finish)
{
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _open = 1;

    /// <summary>Completes when all is done.</summary>
    public Task Finished => _finished.Task;

    /// <summary>A folder within this one.</summary>
    public CopiedFolder Enter(Func<Task> finishInner)
    {
        Enter();
        return new CopiedFolder(this, finishInner);
    }

    /// <summary>Something in it begins.</summary>
    public void Enter() => Interlocked.Increment(ref _open);

    /// <summary>Something in it, or the walk through it, is done.</summary>
    public async Task LeaveAsync()
    {
        if (Interlocked.Decrement(ref _open) != 0) return;
        await finish().ConfigureAwait(false);
        _finished.TrySetResult();
        if (parent is not null) await parent.LeaveAsync().ConfigureAwait(false);
    }
}
