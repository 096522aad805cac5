namespace SshMux.FrontEnds;

/// <summary>The terminal that this process was started at, whatever the standard descriptors are.</summary>
internal abstract class ControllingTerminal
{
    /// <summary>This system's.</summary>
    public static ControllingTerminal Current { get; } =
        OperatingSystem.IsWindows() ? new WindowsControllingTerminal() : new UnixControllingTerminal();

    /// <inheritdoc cref="TerminalPrompt.IsAvailable"/>
    public abstract bool IsAvailable { get; }

    /// <inheritdoc cref="TerminalPrompt.ReadLineAsync"/>
    public abstract Task<char[]?> ReadLineAsync(string question, bool echo, CancellationToken cancellationToken);
}
