namespace SshMux.Engine.Configuration.SshConfig;

/// <content>How the user logs in.</content>
internal sealed partial class HostConfiguration
{
    /// <summary>
    /// Private key files in order, ~ and tokens expanded; the defaults are among them and may not exist.
    /// </summary>
    public IReadOnlyList<string> IdentityFiles { get; private set; } = [];

    /// <summary>Certificate files in order, ~ and tokens expanded.</summary>
    public IReadOnlyList<string> CertificateFiles { get; private set; } = [];

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
    public string? PubkeyAcceptedAlgorithms => _values.First("pubkeyacceptedalgorithms");

    /// <summary>How often to ask for a password or passphrase.</summary>
    public int NumberOfPasswordPrompts { get; private set; }

    /// <summary>Ask the user nothing.</summary>
    public bool BatchMode { get; private set; }

    /// <summary>The smallest RSA key to accept, in bits.</summary>
    public int RequiredRsaSize { get; private set; }

    private void ReadAuthentication()
    {
        IdentityFiles = Paths("identityfile", "IdentityFile");
        CertificateFiles = Paths("certificatefile", "CertificateFile");
        IdentitiesOnly = _values.Flag("identitiesonly", false);
        IdentityAgent = AgentSocket();
        AddKeysToAgent = AddKeysToAgent.Parse(_values.First("addkeystoagent"));
        PubkeyAuthentication = _values.First("pubkeyauthentication") switch
        {
            // These two say how signatures are bound to the host's key; "yes" leaves it to the server.
            "unbound" or "host-bound" => true,
            _ => _values.Flag("pubkeyauthentication", true),
        };
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
