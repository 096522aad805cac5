namespace SshMux.Engine.Platform.Terminals;

/// <summary>
/// This process's terminal, by the number of a standard descriptor, as the system has it: a terminal of Unix, or the
/// console of Windows.
/// </summary>
internal abstract class SystemTerminals
{
    /// <summary>This system's.</summary>
    public static SystemTerminals Current { get; } =
        OperatingSystem.IsWindows() ? new WindowsTerminals() : new UnixTerminals();

    /// <summary>What TERM is where the environment does not say it; empty if that is not known.</summary>
    public abstract string UsualKind { get; }

    /// <inheritdoc cref="Terminal.IsTerminal(int)"/>
    public abstract bool IsTerminal(int descriptor);

    /// <inheritdoc cref="Terminal.GetSize(int)"/>
    public abstract WindowSize? GetSize(int descriptor);

    /// <inheritdoc cref="Terminal.GetEncodedModes(int)"/>
    public abstract byte[] GetEncodedModes(int descriptor);

    /// <inheritdoc cref="Terminal.EnterRawMode"/>
    public abstract TerminalMode? EnterRawMode(int descriptor);

    /// <inheritdoc cref="Terminal.IsForeground"/>
    public abstract bool IsForeground(int descriptor);

    /// <inheritdoc cref="Terminal.IsJob"/>
    public abstract bool IsJob(int descriptor);

    /// <inheritdoc cref="Terminal.DiscardInput"/>
    public abstract void DiscardInput(int descriptor);

    /// <inheritdoc cref="Terminal.Write"/>
    public abstract bool Write(int descriptor, string text);

    /// <inheritdoc cref="Terminal.WatchSize"/>
    public abstract IDisposable? WatchSize(Action onResize);
}
