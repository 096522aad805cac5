namespace SshMux.Engine.Platform.Terminals;

/// <summary>A change of a terminal's mode that is undone by disposing it, once.</summary>
internal abstract class TerminalMode : IDisposable
{
    private readonly Lock _lock = new();
    private bool _isSuspended;
    private bool _isRestored;

    /// <summary>Sets the changed mode again, after a stop (SIGTSTP) during which the shell had its own.</summary>
    public void Reapply()
    {
        lock (_lock)
        {
            _isSuspended = false;
            if (!_isRestored) SetAfter();
        }
    }

    /// <summary>Sets the mode from before for as long as the process is stopped; <see cref="Reapply"/> follows.</summary>
    public void Suspend()
    {
        lock (_lock)
        {
            if (!_isRestored) SetBefore();
            _isSuspended = true;
        }
    }

    /// <summary>
    /// Restores the mode from before. While it is suspended that has been done, and the terminal is the shell's: the system
    /// would stop a process that touches it.
    /// </summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (!_isRestored && !_isSuspended) SetBefore();
            _isRestored = true;
        }
    }

    /// <summary>Sets the changed mode.</summary>
    protected abstract void SetAfter();

    /// <summary>
    /// Sets the mode from before. A terminal that has gone away meanwhile has none to restore, so a failure is none.
    /// </summary>
    protected abstract void SetBefore();
}
