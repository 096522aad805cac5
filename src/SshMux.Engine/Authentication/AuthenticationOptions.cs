using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Configuration;
using SshMux.Engine.Configuration.SshConfig;

namespace SshMux.Engine.Authentication;

/// <summary>Who logs in, where, and how. The names are those of ssh_config(5).</summary>
internal sealed record AuthenticationOptions
{
    /// <summary>The user on the server.</summary>
    public required string User { get; init; }

    /// <summary>The host as prompts and errors name it.</summary>
    public required string Host { get; init; }

    /// <summary>Who is asked for passwords and passphrases and sees banners.</summary>
    public IUserInteraction Interaction { get; init; } = NoInteraction.Instance;

    /// <summary>The methods to use, in order; those that are not known here are passed over.</summary>
    public IReadOnlyList<string> PreferredAuthentications { get; init; } =
    [
        AuthenticationMethods.PublicKey, AuthenticationMethods.KeyboardInteractive, AuthenticationMethods.Password,
    ];

    /// <summary>Whether public keys may be used.</summary>
    public bool PubkeyAuthentication { get; init; } = true;

    /// <summary>Whether a password may be sent.</summary>
    public bool PasswordAuthentication { get; init; } = true;

    /// <summary>Whether the server may ask its own questions.</summary>
    public bool KbdInteractiveAuthentication { get; init; } = true;

    /// <summary>Private key files, in order; those that do not exist are passed over.</summary>
    public IReadOnlyList<string> IdentityFiles { get; init; } = [];

    /// <summary>
    /// Certificate files, in order. Without any, the file KEY-cert.pub beside each of <see cref="IdentityFiles"/>
    /// counts.
    /// </summary>
    public IReadOnlyList<string> CertificateFiles { get; init; } = [];

    /// <summary>Offer no key of the agent that is not in <see cref="IdentityFiles"/>.</summary>
    public bool IdentitiesOnly { get; init; }

    /// <summary>The agent's socket; null: none.</summary>
    public string? IdentityAgent { get; init; }

    /// <summary>Whether and how keys from files go to the agent when they are used.</summary>
    public AddKeysToAgent AddKeysToAgent { get; init; } = AddKeysToAgent.Off;

    /// <summary>What the agent is told of the connection, for keys that are not for every host.</summary>
    internal AgentBinding? AgentBinding { get; init; }

    /// <summary>Patterns, separated by commas, of the signature algorithms that may be used; null: all.</summary>
    public string? PubkeyAcceptedAlgorithms { get; init; }

    /// <summary>The smallest RSA key to use, in bits.</summary>
    public int RequiredRsaSize { get; init; } = 1024;

    /// <summary>How often to ask for a password, and for the passphrase of a key.</summary>
    public int NumberOfPasswordPrompts { get; init; } = 3;

    /// <summary>The names of devices that the server may ask with (RFC 4256's submethods); null: whichever it likes.</summary>
    public string? KbdInteractiveDevices { get; init; }

    /// <summary>The hash of the fingerprints in traces.</summary>
    public FingerprintHash FingerprintHash { get; init; }

    /// <summary>Ask nothing.</summary>
    public bool BatchMode { get; init; }

    /// <summary>
    /// Gives the signature algorithms that the server takes (server-sig-algs, RFC 8308), null if it has not said.
    /// </summary>
    public Func<IReadOnlyList<string>?> ServerSignatureAlgorithms { get; init; } = () => null;

    /// <summary>
    /// The server's host key as it was in the key exchange, if signatures are to name it: the server knows
    /// publickey-hostbound-v00@openssh.com, and the configuration does not forbid it. Else null.
    /// </summary>
    internal Func<ReadOnlyMemory<byte>?> HostKeyToBind { get; init; } = () => null;

    /// <summary>
    /// How long the server may take for one answer. Some ask a person, or a telephone, before they give it.
    /// </summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Where to trace; no secret is ever logged.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>The options that a configuration gives.</summary>
    public static AuthenticationOptions From(HostConfiguration configuration, IUserInteraction interaction) => new()
    {
        User = configuration.User,
        Host = configuration.Host.ToLowerInvariant(),
        Interaction = interaction,
        PreferredAuthentications = configuration.PreferredAuthentications,
        PubkeyAuthentication = configuration.PubkeyAuthentication,
        PasswordAuthentication = configuration.PasswordAuthentication,
        KbdInteractiveAuthentication = configuration.KbdInteractiveAuthentication,
        IdentityFiles = configuration.IdentityFiles,
        CertificateFiles = configuration.CertificateFiles,
        IdentitiesOnly = configuration.IdentitiesOnly,
        IdentityAgent = configuration.IdentityAgent,
        AddKeysToAgent = configuration.AddKeysToAgent,
        PubkeyAcceptedAlgorithms = configuration.PubkeyAcceptedAlgorithms,
        RequiredRsaSize = configuration.RequiredRsaSize,
        NumberOfPasswordPrompts = configuration.NumberOfPasswordPrompts,
        BatchMode = configuration.BatchMode,
        KbdInteractiveDevices = configuration.Get("kbdinteractivedevices"),
        FingerprintHash = configuration.FingerprintHash,
    };
}
