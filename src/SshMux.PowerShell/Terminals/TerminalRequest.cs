namespace SshMux.PowerShell.Terminals;

/// <summary>What a remote program on this terminal is to be.</summary>
internal sealed record TerminalRequest
{
    /// <summary>The command; null asks for a login shell.</summary>
    public string? Command { get; init; }

    /// <summary>
    /// The escape character as the user wrote it; null for the one of the master's configuration.
    /// </summary>
    public string? EscapeCharacter { get; init; }

    /// <summary>Environment variables; the server takes those that its AcceptEnv admits.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Environment { get; init; } = [];
}
