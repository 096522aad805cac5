using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SshMux.Engine.Authentication.Interaction;

namespace SshMux.Engine.Clients;

/// <summary>
/// What overrides the configuration files (ssh_config(5)) when a <see cref="SshClient"/> connects, and who is asked.
/// </summary>
public sealed record SshClientOptions
{
    /// <summary>The user to log in as (ssh -l); null: what the destination or the configuration says.</summary>
    public string? User { get; init; }

    /// <summary>The TCP port (ssh -p); null: what the destination or the configuration says.</summary>
    public int? Port { get; init; }

    /// <summary>Private key files to try before those of the configuration (ssh -i).</summary>
    public IReadOnlyList<string> IdentityFiles { get; init; } = [];

    /// <summary>
    /// The configuration file to read in place of the user's and the system's (ssh -F); "none" reads no file at all.
    /// </summary>
    public string? ConfigFile { get; init; }

    /// <summary>
    /// Options in ssh_config(5)'s form, <c>Keyword=value</c> (ssh -o); the first value of a keyword counts.
    /// </summary>
    public IReadOnlyList<string> Options { get; init; } = [];

    /// <summary>Who is asked for passwords, passphrases and about host keys; nobody by default.</summary>
    public IUserInteraction Interaction { get; init; } = NoInteraction.Instance;

    /// <summary>
    /// Where to listen for other programs that use the connection (<c>ssh -S path host</c>): the path of a control
    /// socket, in a folder of the user's own. Null: nobody else uses it.
    /// </summary>
    public string? ControlPath { get; init; }

    /// <summary>
    /// After how long without a client, a session or a forwarded connection it ends by itself (ControlPersist); null:
    /// never.
    /// </summary>
    public TimeSpan? IdleLimit { get; init; }

    /// <summary>Where to log what happens.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;
}
