namespace SshMux.Engine.Platform.Terminals;

/// <summary>A change of a terminal's mode that is undone by disposing it, once.</summary>
internal abstract class TerminalMode : IDisposable
{
    private int _restored;

    /// <summary>Sets the changed mode again, after a stop (SIGTSTP) during which the shell had its own.</summary>
    public void Reapply()
    {
        if (Volatile.Read(ref _restored) == 0) SetAfter();
    }

    /// <summary>Sets the mode from before for as long as the process is stopped; <see cref="Reapply"/> follows.</summary>
    public void Suspend()
    {
        if (Volatile.Read(ref _restored) == 0) SetBefore();
    }

    /// <summary>Restores the mode from before.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _restored, 1) == 0) SetBefore();
    }

    /// <summary>Sets the changed mode.</summary>
    protected abstract void SetAfter();

    /// <summary>
    /// Sets the mode from before. A terminal that has gone away meanwhile has none to restore, so a failure is none.
    /// </summary>
    protected abstract void SetBefore();
}
