using SshMux.Engine.Configuration.SshConfig.Values;

namespace SshMux.Engine.Configuration.SshConfig;

/// <content>Keywords that are taken and do nothing: the user is told where that makes a difference.</content>
internal sealed partial class HostConfiguration
{
    // Where nothing is lost by the keyword's silence in a file (a distribution's ssh_config has GSSAPIAuthentication, and
    // SyslogFacility and EnableSSHKeysign do nothing in ssh(1) either without more, old ones have CheckHostIP on by
    // default), who names it for this login is told.
    private static readonly (string Keyword, string Remark)[] UnsupportedOptions =
    [
        ("gssapiauthentication", "there is no GSSAPI authentication"),
        ("gssapidelegatecredentials", "there is no GSSAPI authentication"),
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
        List<string> lines = [];
        foreach (var (keyword, remark) in UnsupportedOptions)
        {
            if (_values.Settings(keyword) is [{ Origin.File: null, Text: var value }, ..] && !IsNo(value))
            {
                lines.Add(Unsupport(keyword, remark));
            }
        }

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

    private static bool IsNo(string value) =>
        SettingValues.Is(value, "no") || SettingValues.Is(value, "false") || SettingValues.Is(value, "none");

    private static string Unsupport(string keyword, string remark) =>
        $"{Keywords.Spell(keyword)} is not supported: {remark}";
}
