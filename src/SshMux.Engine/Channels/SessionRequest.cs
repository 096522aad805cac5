namespace SshMux.Engine.Channels;

/// <summary>What to run in a session channel.</summary>
public sealed record SessionRequest
{
    /// <summary>
    /// The command (see <see cref="Wire.ByteText"/>), or the subsystem's name; null asks for a login shell.
    /// </summary>
    public string? Command { get; init; }

    /// <summary>Whether <see cref="Command"/> names a subsystem.</summary>
    public bool Subsystem { get; init; }

    /// <summary>Environment variables; the server takes those that its AcceptEnv admits, and does not say which.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Environment { get; init; } = [];

    /// <summary>What the session is called in a master's list of sessions; null: it has a number only.</summary>
    public string? SessionName { get; init; }

    /// <summary>The remote terminal to ask for; null asks for none.</summary>
    public PtyRequest? Pty { get; init; }

    /// <summary>
    /// Whether the program may reach the agent of this side, if the connection's configuration (or the master's) allows
    /// it: ForwardAgent.
    /// </summary>
    public bool WantAgent { get; init; }

    /// <summary>
    /// Whether the program may reach the X server of this side, if the connection's configuration (or the master's)
    /// allows it: ForwardX11.
    /// </summary>
    public bool WantX11 { get; init; }
}
