namespace SshMux.Engine.Platform.Terminals;

/// <summary>A change of a terminal's mode that is undone by disposing it, once.</summary>
internal sealed class TerminalMode : IDisposable
{
    private const int AfterOutput = 1; // TCSADRAIN

    private readonly int _descriptor;
    private readonly TerminalAttributes _before;
    private readonly TerminalAttributes _after;
    private int _restored;

    private TerminalMode(int descriptor, in TerminalAttributes before, in TerminalAttributes after)
    {
        _descriptor = descriptor;
        _before = before;
        _after = after;
    }

    internal delegate void Modification(ref TerminalAttributes attributes);

    /// <summary>Sets the changed mode again, after a stop (SIGTSTP) during which the shell had its own.</summary>
    public void Reapply()
    {
        if (Volatile.Read(ref _restored) == 0) _ = LibC.TcSetAttr(_descriptor, AfterOutput, _after);
    }

    /// <summary>Sets the mode from before for as long as the process is stopped; <see cref="Reapply"/> follows.</summary>
    public void Suspend()
    {
        if (Volatile.Read(ref _restored) == 0) _ = LibC.TcSetAttr(_descriptor, AfterOutput, _before);
    }

    /// <summary>Restores the mode from before.</summary>
    public void Dispose()
    {
        // A terminal that has gone away meanwhile has no mode to restore, so the result does not matter.
        if (Interlocked.Exchange(ref _restored, 1) == 0) _ = LibC.TcSetAttr(_descriptor, AfterOutput, _before);
    }

    internal static TerminalMode? Change(int descriptor, Modification modify)
    {
        if (LibC.TcGetAttr(descriptor, out var before) != 0) return null;
        var after = before;
        modify(ref after);
        return LibC.TcSetAttr(descriptor, AfterOutput, after) == 0
            ? new TerminalMode(descriptor, before, after)
            : throw DescriptorHandle.Failed("cannot change the mode of the terminal");
    }
}
