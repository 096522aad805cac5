using SshMux.Engine;

namespace SshMux.PowerShell.Terminals;

/// <summary>A remote program that has this process's terminal: keys go to it, and what it writes is shown.</summary>
internal abstract class TerminalSession : IAsyncDisposable
{
    /// <summary>
    /// Completes when the program has ended and all that it wrote is shown; faults with an <see cref="SshException"/> if
    /// the connection or the master ended first.
    /// </summary>
    public abstract Task<TerminalEnd> Completion { get; }

    /// <summary>Lets keys go to the program, now that the terminal is raw.</summary>
    public abstract void Start();

    /// <summary>Tells the program the size that the terminal has now. Does not block, comes on any thread.</summary>
    public abstract void Resize();

    /// <summary>Ends the program's session if it still runs.</summary>
    public abstract ValueTask DisposeAsync();

    /// <summary>For a server that runs programs, but gives them no terminal.</summary>
    protected static SshException NoRemoteTerminal() => new(
        SshError.RequestRefused,
        "the server refused to give a terminal (see PermitTTY in its sshd_config, and no-pty in authorized_keys); "
        + "Invoke-SshMux runs commands without one");
}
