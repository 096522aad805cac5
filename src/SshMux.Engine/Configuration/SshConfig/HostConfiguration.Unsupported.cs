namespace SshMux.Engine.Configuration.SshConfig;

/// <content>Keywords that are taken and do nothing: the user is told where that makes a difference.</content>
internal sealed partial class HostConfiguration
{
    private const string UnsupportedKeyword = "sshmuxunsupported";

    // Where nothing is lost by the keyword's silence in a file (a distribution's ssh_config has GSSAPIAuthentication, and
    // SyslogFacility and EnableSSHKeysign do nothing in ssh(1) either without more, old ones have CheckHostIP on by default), who names it for this login is told.
    private static readonly (string Keyword, string Remark)[] UnsupportedOptions =
    [
        ("gssapi", "there is no GSSAPI authentication"),
        ("syslogfacility", "nothing goes to the system log; -E writes messages to a file"),
        ("enablesshkeysign", "there is no host-based authentication"),
        ("checkhostip", "a host's key is looked up by the host's name alone"),
    ];

    /// <summary>
    /// What a login does without, although it is configured: a line for each keyword, for the user to see.
    /// </summary>
    public IReadOnlyList<string> Unsupported { get; private set; } = [];

    private List<string> FindUnsupported()
    {
        List<string> lines = [.. _values.All(UnsupportedKeyword)];
        Tell("pkcs11provider", _values.NotNone("pkcs11provider"), "use the token's keys through ssh-agent (ssh-add -s)");
        var provider = _values.NotNone("securitykeyprovider");
        if (provider is not ("internal" or "$SSH_SK_PROVIDER"))
        {
            Tell("SecurityKeyProvider", provider, "use the keys of FIDO tokens through ssh-agent");
        }

        TellFlag("HostbasedAuthentication", "there is no host-based authentication");
        TellFlag("Tunnel", "there is no tunnel device");
        return lines;

        void TellFlag(string keyword, string remark)
        {
            var value = _values.NotNone(keyword);
            if (value is not null && !IsNo(value)) Tell(keyword, value, remark);
        }

        void Tell(string keyword, string? value, string remark)
        {
            if (value is not null) lines.Add(Unsupport(keyword, remark));
        }
    }

    /// <summary>What the query's options ask for in vain.</summary>
    private static IEnumerable<string> FindUnsupported(HostQuery query)
    {
        var told = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var option in query.Options)
        {
            var words = option.Split((char[])['=', ' ', '\t', '"'], StringSplitOptions.RemoveEmptyEntries);
            if (words is not [var keyword, var value, ..] || !told.Add(keyword) || IsNo(value)) continue;
            foreach (var (name, remark) in UnsupportedOptions)
            {
                if (keyword.StartsWith(name, StringComparison.OrdinalIgnoreCase)) yield return Unsupport(keyword, remark);
            }
        }
    }

    private static bool IsNo(string value) =>
        SettingValues.Is(value, "no") || SettingValues.Is(value, "false") || SettingValues.Is(value, "none");

    /// <summary>The keyword in its usual spelling, as far as it is one.</summary>
    private static string Unsupport(string keyword, string remark)
    {
        SshConfig.Keywords.All.TryGetValue(keyword, out var name);
        return $"{name ?? keyword} is not supported: {remark}";
    }
}
