using SshMux.Engine.Configuration.Forwards;

namespace SshMux.Engine.Configuration.SshConfig.Reading;

/// <summary>
/// Whom to connect to and what overrides the configuration files: what ssh(1) takes from its command line.
/// </summary>
internal sealed record HostQuery
{
    /// <summary>
    /// The destination as the user gave it: a host name or an alias of the configuration, <c>user@host</c>, or
    /// <c>ssh://[user@]host[:port]</c>.
    /// </summary>
    public required string Host { get; init; }

    /// <summary>The user to log in as (<c>-l</c>); null: what the destination or the configuration says.</summary>
    public string? User { get; init; }

    /// <summary>The port (<c>-p</c>); null: what the destination or the configuration says.</summary>
    public int? Port { get; init; }

    /// <summary>
    /// The configuration file to read in place of the user's and the system's (<c>-F</c>); "none" reads no file at all.
    /// </summary>
    public string? ConfigFile { get; init; }

    /// <summary>
    /// Options in ssh_config(5)'s form, <c>Keyword=value</c> or <c>Keyword value</c> (<c>-o</c>). The first value of a
    /// keyword counts; they come after the other properties here, and before the destination and the files.
    /// </summary>
    public IReadOnlyList<string> Options { get; init; } = [];

    /// <summary>Private key files to try before those of the configuration (<c>-i</c>).</summary>
    public IReadOnlyList<string> IdentityFiles { get; init; } = [];

    /// <summary>
    /// The command is a stdio forward (<c>-W</c>): other forwards are cleared, and a failure ends it, unless the options
    /// or the configuration say otherwise.
    /// </summary>
    public bool StdioForward { get; init; }

    /// <summary>
    /// The remote command, or the subsystem's name: a Match command asks for it, and ForkAfterAuthentication needs one.
    /// Null: a shell, or nothing at all.
    /// </summary>
    public string? Command { get; init; }

    /// <summary>
    /// What is to run (<c>-N</c>, <c>-s</c>), for a Match sessiontype; null: what the options or the configuration say.
    /// </summary>
    public SessionType? SessionType { get; init; }

    /// <summary>
    /// Whoever asks goes to the background in no case, or by other means: a ForkAfterAuthentication that ssh(1) would
    /// refuse, as there is no command, is passed over.
    /// </summary>
    public bool StaysInForeground { get; init; }

    /// <summary>
    /// Forwards of the command line (<c>-L</c>, <c>-R</c>, <c>-D</c>) that shall be among those of the configuration.
    /// </summary>
    public IReadOnlyList<(ForwardKind Kind, string Text)> Forwards { get; init; } = [];
}
