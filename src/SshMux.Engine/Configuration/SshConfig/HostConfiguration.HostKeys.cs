namespace SshMux.Engine.Configuration.SshConfig;

/// <content>Settings about host keys beyond the known_hosts files.</content>
internal sealed partial class HostConfiguration
{
    /// <summary>
    /// Files of keys that no host may show: lists of public keys, or OpenSSH key revocation lists. ~ and tokens are
    /// expanded.
    /// </summary>
    public IReadOnlyList<string> RevokedHostKeys => _values.FirstWords("revokedhostkeys") is var files and not ["none"]
        ? [.. files.Select(file => Tokens.ExpandPath(file, "RevokedHostKeys"))]
        : [];

    /// <summary>The command that prints known_hosts lines, its tokens as configured; null: none.</summary>
    public string? KnownHostsCommand => _values.NotNone("knownhostscommand");

    /// <summary>
    /// What to do with further host keys that a server names. By default they are learnt where the user's own files are
    /// those of OpenSSH; and nobody can be asked beside a command, or by a master that outlives the terminal.
    /// </summary>
    public UpdateHostKeys UpdateHostKeys
    {
        get
        {
            var isUsual = !AsksDns && _values.FirstWords("userknownhostsfile") is [] or ["~/.ssh/known_hosts"];
            var wanted = _values.Choice(
                "updatehostkeys", isUsual ? UpdateHostKeys.Yes : UpdateHostKeys.No,
                ("true", UpdateHostKeys.Yes), ("false", UpdateHostKeys.No), ("ask", UpdateHostKeys.Ask));
            return wanted == UpdateHostKeys.Ask && !CanAskAboutHostKeys ? UpdateHostKeys.No : wanted;
        }
    }

    private bool CanAskAboutHostKeys =>
        (ControlPersist is null || ControlPath is null)
        && _query.Command is not { Length: > 0 } && RemoteCommand is null && RequestTty != RequestTtyMode.No
        && LogLevel is not ("SILENT" or "FATAL" or "ERROR");

    /// <summary>Signature algorithms allowed for certificate authorities, as configured; null: ours.</summary>
    public string? CaSignatureAlgorithms => _values.First("casignaturealgorithms");

    /// <summary>Whether VerifyHostKeyDNS asks for SSHFP records, which SshMux does not read.</summary>
    public bool AsksDns => _values.First("verifyhostkeydns") is "true" or "ask";

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
