namespace SshMux.Engine.Mux.Protocol;

/// <summary>What a client asks a master to run (MUX_C_NEW_SESSION).</summary>
internal sealed record MuxSessionRequest
{
    /// <summary>
    /// The command (see <see cref="Wire.ByteText"/>), or the subsystem's name; null or empty asks for a login shell.
    /// </summary>
    public string? Command { get; init; }

    /// <summary>Whether <see cref="Command"/> names a subsystem.</summary>
    public bool Subsystem { get; init; }

    /// <summary>
    /// What the session is called in the master's list; null: nothing. A master of OpenSSH has no list, and is not told.
    /// </summary>
    public string? SessionName { get; init; }

    /// <summary>
    /// Whether to ask for a remote terminal. The master takes its modes and size from the passed standard input, at
    /// once: open the session before putting the local terminal into raw mode.
    /// </summary>
    public bool WantTty { get; init; }

    /// <summary>Whether to ask for X11 forwarding.</summary>
    public bool WantX11 { get; init; }

    /// <summary>Whether to ask for agent forwarding.</summary>
    public bool WantAgent { get; init; }

    /// <summary>The escape character for a session with a terminal (a byte); null for none.</summary>
    public char? EscapeCharacter { get; init; }

    /// <summary>TERM for the remote terminal.</summary>
    public string Term { get; init; } = "";

    /// <summary>
    /// Environment variables; the master passes on those that its SendEnv admits, the server takes those that its
    /// AcceptEnv admits, and neither says which.
    /// </summary>
    public IReadOnlyList<KeyValuePair<string, string>> Environment { get; init; } = [];
}
