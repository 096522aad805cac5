namespace SshMux.Engine.Configuration.SshConfig;

/// <content>How the user logs in.</content>
internal sealed partial class HostConfiguration
{
    /// <summary>The key files that OpenSSH tries when none is configured; those of FIDO tokens are not for us.</summary>
    private static readonly string[] DefaultIdentityFiles =
        ["~/.ssh/id_rsa", "~/.ssh/id_ecdsa", "~/.ssh/id_ed25519", "~/.ssh/id_mldsa44_ed25519"];

    /// <summary>
    /// Private key files in order, ~ and tokens expanded; the defaults are among them and may not exist.
    /// </summary>
    /// <exception cref="SshException"><see cref="SshError.ConfigurationInvalid"/>: there is no such token.</exception>
    public IReadOnlyList<string> IdentityFiles => field ??= Paths(
        _values.Has("identityfile") ? _values.All("identityfile") : DefaultIdentityFiles, "IdentityFile");

    /// <summary>Certificate files in order, ~ and tokens expanded.</summary>
    /// <exception cref="SshException"><see cref="SshError.ConfigurationInvalid"/>: there is no such token.</exception>
    public IReadOnlyList<string> CertificateFiles =>
        field ??= Paths(_values.All("certificatefile"), "CertificateFile");

    /// <summary>Offer only keys of <see cref="IdentityFiles"/>, even if the agent has more.</summary>
    public bool IdentitiesOnly { get; private set; }

    /// <summary>The agent's socket (IdentityAgent, else SSH_AUTH_SOCK); null: no agent.</summary>
    public string? IdentityAgent { get; private set; }

    /// <summary>Whether and how keys from files go to the agent when they are used.</summary>
    public AddKeysToAgent AddKeysToAgent { get; private set; } = AddKeysToAgent.Off;

    /// <summary>Whether public key authentication may be used.</summary>
    public bool PubkeyAuthentication { get; private set; }

    /// <summary>
    /// Whether signatures may be bound to the host key, where the server can (PubkeyAuthentication is not "unbound").
    /// </summary>
    public bool BindsKeysToHost { get; private set; }

    /// <summary>Whether password authentication may be used.</summary>
    public bool PasswordAuthentication { get; private set; }

    /// <summary>Whether keyboard-interactive authentication may be used.</summary>
    public bool KbdInteractiveAuthentication { get; private set; }

    /// <summary>The methods to use, in order.</summary>
    public IReadOnlyList<string> PreferredAuthentications { get; private set; } = [];

    /// <summary>Signature algorithms allowed for keys of the user, as configured; null: no limit of ours.</summary>
    public string? PubkeyAcceptedAlgorithms => KeyAlgorithms("pubkeyacceptedalgorithms");

    /// <summary>How often to ask for a password or passphrase.</summary>
    public int NumberOfPasswordPrompts { get; private set; }

    /// <summary>Ask the user nothing.</summary>
    public bool BatchMode { get; private set; }

    /// <summary>The smallest RSA key to accept, in bits.</summary>
    public int RequiredRsaSize { get; private set; }

    private void ReadAuthentication()
    {
        IdentitiesOnly = _values.Flag("identitiesonly", false);
        IdentityAgent = AgentSocket();
        AddKeysToAgent = AddKeysToAgent.Parse(_values.First("addkeystoagent"));

        // "unbound" and "host-bound" say how signatures are bound to the host's key; "yes" leaves it to the server.
        PubkeyAuthentication = _values.First("pubkeyauthentication") is not "false";
        BindsKeysToHost = _values.First("pubkeyauthentication") is not "unbound";
        PasswordAuthentication = _values.Flag("passwordauthentication", true);
        KbdInteractiveAuthentication = _values.Flag("kbdinteractiveauthentication", true);
        PreferredAuthentications = _values.First("preferredauthentications")?.Split(
            ',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            ??
            [
                AuthenticationMethods.GssApiWithMic, AuthenticationMethods.HostBased, AuthenticationMethods.PublicKey,
                AuthenticationMethods.KeyboardInteractive, AuthenticationMethods.Password,
            ];
        NumberOfPasswordPrompts = _values.Number("numberofpasswordprompts", 3);
        BatchMode = _values.Flag("batchmode", false);
        RequiredRsaSize = _values.Number("requiredrsasize", 1024);
    }
}
