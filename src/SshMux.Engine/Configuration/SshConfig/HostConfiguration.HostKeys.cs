namespace SshMux.Engine.Configuration.SshConfig;

/// <content>Settings about host keys beyond the known_hosts files.</content>
internal sealed partial class HostConfiguration
{
    /// <summary>
    /// Files of keys that no host may show: lists of public keys, or OpenSSH key revocation lists. ~ and tokens are
    /// expanded.
    /// </summary>
    public IReadOnlyList<string> RevokedHostKeys
    {
        get
        {
            if (_values.NotNone("revokedhostkeys") is not { } value) return [];

            // ssh -G does not quote: one file whose name has spaces is told from several by whether it is there.
            var words = SettingValues.Words(value);
            var files = words.Length > 1 && File.Exists(value) ? [value] : words;
            return [.. files.Select(file => Tokens.ExpandPath(file, "RevokedHostKeys"))];
        }
    }

    /// <summary>The command that prints known_hosts lines, its tokens as configured; null: none.</summary>
    public string? KnownHostsCommand => _values.NotNone("knownhostscommand");

    /// <summary>What to do with further host keys that a server names.</summary>
    public UpdateHostKeys UpdateHostKeys => _values.Choice(
        "updatehostkeys",
        _values.First("userknownhostsfile") is null && !AsksDns ? UpdateHostKeys.Yes : UpdateHostKeys.No,
        ("yes", UpdateHostKeys.Yes),
        ("true", UpdateHostKeys.Yes),
        ("no", UpdateHostKeys.No),
        ("false", UpdateHostKeys.No),
        ("ask", UpdateHostKeys.Ask));

    /// <summary>Signature algorithms allowed for certificate authorities, as configured; null: ours.</summary>
    public string? CaSignatureAlgorithms => _values.First("casignaturealgorithms");

    /// <summary>Whether VerifyHostKeyDNS asks for SSHFP records, which SshMux does not read.</summary>
    public bool AsksDns => _values.First("verifyhostkeydns")?.ToLowerInvariant() is "yes" or "true" or "ask";

    /// <summary>
    /// Whether <see cref="WithdrawForwarding"/> was called: forwards of the command line must not be opened, either.
    /// </summary>
    public bool IsForwardingWithdrawn { get; private set; }

    /// <summary>Whether anything of what <see cref="WithdrawForwarding"/> takes away is configured.</summary>
    internal bool HasForwarding =>
        ForwardAgent || ForwardX11 || LocalForwards.Count + RemoteForwards.Count + DynamicForwards.Count > 0;

    /// <summary>
    /// Takes every forward away, the agent's and X11 too, as ssh(1) does when it goes on with a host that may be
    /// another.
    /// </summary>
    internal void WithdrawForwarding()
    {
        IsForwardingWithdrawn = true;
        (ForwardAgent, ForwardX11) = (false, false);
        LocalForwards = RemoteForwards = DynamicForwards = [];
    }
}
