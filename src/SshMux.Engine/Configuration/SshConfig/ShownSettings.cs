using SshMux.Engine.Configuration.SshConfig.Values;

namespace SshMux.Engine.Configuration.SshConfig;

/// <summary>The configuration as ssh -G of OpenSSH 10.6 prints it.</summary>
internal sealed class ShownSettings
{
    // The keywords in the order of ssh -G, each with its default; "?": there is none, and it is not shown without a value;
    // "!": it is one of Values, "=": one of Lists.
    private const string Order = """
        host=! user=! hostname=! port=22 addressfamily=any batchmode=no canonicalizefallbacklocal=yes
        canonicalizehostname=false checkhostip=no compression=no controlmaster=false enablesshkeysign=no
        clearallforwardings=! exitonforwardfailure=! fingerprinthash=SHA256 forwardx11=no forwardx11trusted=no
        gatewayports=no hashknownhosts=no hostbasedauthentication=no identitiesonly=no
        kbdinteractiveauthentication=yes nohostauthenticationforlocalhost=no passwordauthentication=yes
        permitlocalcommand=no proxyusefdpass=! pubkeyauthentication=true requesttty=auto sessiontype=default
        stdinnull=no forkafterauthentication=no streamlocalbindunlink=no stricthostkeychecking=ask
        tcpkeepalive=true tunnel=! verifyhostkeydns=false visualhostkey=no updatehostkeys=!
        enableescapecommandline=no warnweakcrypto=yes canonicalizemaxdots=1 connectionattempts=1
        forwardx11timeout=1200 numberofpasswordprompts=3 serveralivecountmax=3 serveraliveinterval=0
        requiredrsasize=1024 obscurekeystroketiming=yes bindaddress=? bindinterface=? ciphers=! controlpath=!
        hostkeyalgorithms=! hostkeyalias=! hostbasedacceptedalgorithms=! identityagent=! ignoreunknown=?
        kbdinteractivedevices=? kexalgorithms=! casignaturealgorithms=! localcommand=! remotecommand=! loglevel=INFO
        macs=! pkcs11provider=! securitykeyprovider=! preferredauthentications=? pubkeyacceptedalgorithms=!
        xauthlocation=/usr/bin/xauth knownhostscommand=! tag=? versionaddendum=! dynamicforward== localforward==
        remoteforward== identityfile== canonicaldomains=none certificatefile== globalknownhostsfile=!
        userknownhostsfile=! revokedhostkeys=! sendenv== setenv== logverbose=none channeltimeout=none
        permitremoteopen=any addkeystoagent=false forwardagent=! connecttimeout=none tunneldevice=!
        canonicalizepermittedcnames=none controlpersist=no escapechar=! ipqos=! rekeylimit=! streamlocalbindmask=0177
        syslogfacility=USER proxycommand=! proxyjump=! sshmuxprewarm=? sshmuxsession=? sshmuxoverflow=?
        sshmuxreconnect=?
        """;

    private static readonly string[] DefaultIdentityFiles =
    [
        "~/.ssh/id_rsa", "~/.ssh/id_ecdsa", "~/.ssh/id_ecdsa_sk", "~/.ssh/id_ed25519", "~/.ssh/id_ed25519_sk",
        "~/.ssh/id_mldsa44_ed25519",
    ];

    // Values that are shown in another way than they were read, or whose default depends on something.
    private static readonly Dictionary<string, Func<ShownSettings, string?>> Values = new()
    {
        ["host"] = shown => shown._configuration.Host,
        ["user"] = shown => shown._configuration.User,
        ["hostname"] = shown => shown._configuration.HostName,
        ["clearallforwardings"] = shown => Flag(shown.IsCleared),
        ["exitonforwardfailure"] = shown => Flag(shown._configuration.ExitOnForwardFailure),

        // A jump host has its own way.
        ["proxyusefdpass"] = shown =>
            Flag(shown._configuration.ProxyUseFdpass && shown._configuration.ProxyJump is null),
        ["tunnel"] = shown => shown.IsCleared ? "false" : shown._values.First("tunnel") ?? "false",
        ["updatehostkeys"] = shown => Name(shown._configuration.UpdateHostKeys),
        ["ciphers"] = shown => shown.Algorithms("ciphers", AlgorithmNames.Ciphers),
        ["macs"] = shown => shown.Algorithms("macs", AlgorithmNames.Macs),
        ["kexalgorithms"] = shown => shown.Algorithms("kexalgorithms", AlgorithmNames.KeyExchange),
        ["hostkeyalgorithms"] = shown => shown.Algorithms("hostkeyalgorithms", AlgorithmNames.Keys),
        ["hostbasedacceptedalgorithms"] = shown =>
            shown.Algorithms("hostbasedacceptedalgorithms", AlgorithmNames.Keys),
        ["pubkeyacceptedalgorithms"] = shown => shown.Algorithms("pubkeyacceptedalgorithms", AlgorithmNames.Keys),
        ["casignaturealgorithms"] = shown => shown.Algorithms("casignaturealgorithms", AlgorithmNames.Signatures),
        ["controlpath"] = shown => shown._configuration.ControlPath,
        ["hostkeyalias"] = shown => shown._configuration.HostKeyAlias,
        ["remotecommand"] = shown => shown._configuration.RemoteCommand,
        ["localcommand"] = shown => shown._values.NotNone("localcommand"),
        ["knownhostscommand"] = shown => shown._values.NotNone("knownhostscommand"),
        ["pkcs11provider"] = shown => shown._values.NotNone("pkcs11provider"),
        ["securitykeyprovider"] = shown =>
            shown._values.Has("securitykeyprovider") ? shown._values.NotNone("securitykeyprovider") : "internal",
        ["versionaddendum"] = shown =>
            shown._values.Has("versionaddendum") ? shown._configuration.VersionAddendum : null,
        ["identityagent"] = shown => shown.Socket("identityagent", "IdentityAgent"),
        ["globalknownhostsfile"] = shown => shown._values.First("globalknownhostsfile")
            ?? string.Join(' ', shown._configuration.GlobalKnownHostsFiles),
        ["userknownhostsfile"] = shown => OrNone(shown._configuration.UserKnownHostsFiles),
        ["revokedhostkeys"] = shown => OrNone(shown._configuration.RevokedHostKeys),
        ["forwardagent"] = shown => shown.Socket(KeywordDefinitions.ForwardedSocket, "ForwardAgent")
            ?? shown._values.First("forwardagent") ?? "no",
        ["tunneldevice"] = shown =>
            shown._values.FirstWords("tunneldevice") is [var local, var remote] ? $"{local}:{remote}" : "any:any",
        ["escapechar"] = shown => Visible(shown._values.First("escapechar") ?? "~"),
        ["ipqos"] = shown => shown._values.First("ipqos") ?? "ef cs0",
        ["rekeylimit"] = shown =>
            $"{shown._values.First("rekeylimit") ?? "0"} {shown._values.First(KeywordDefinitions.RekeyInterval) ?? "0"}",
        ["proxycommand"] = shown => shown._configuration.ProxyJump is null ? shown._configuration.ProxyCommand : null,
        ["proxyjump"] = shown => shown._configuration.ProxyJump,
    };

    // Keywords of which several count.
    private static readonly Dictionary<string, Action<ShownSettings, string>> Lists = new()
    {
        ["identityfile"] = (shown, keyword) =>
            shown.AddEach(keyword, shown._values.Has(keyword) ? [] : DefaultIdentityFiles),
        ["certificatefile"] = (shown, keyword) => shown.AddEach(keyword, []),
        ["sendenv"] = (shown, keyword) => shown.AddEach(keyword, []),
        ["setenv"] = (shown, keyword) => shown.AddVariables(keyword),
        ["dynamicforward"] = (shown, keyword) => shown.ShowForwards(keyword),
        ["localforward"] = (shown, keyword) => shown.ShowForwards(keyword),
        ["remoteforward"] = (shown, keyword) => shown.ShowForwards(keyword),
    };

    private readonly HostConfiguration _configuration;
    private readonly SettingValues _values;
    private readonly List<ShownSetting> _lines = [];

    private ShownSettings(HostConfiguration configuration, SettingValues values)
    {
        _configuration = configuration;
        _values = values;
    }

    /// <summary>The lines.</summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.ConfigurationInvalid"/>: nothing is left of a list of algorithms.
    /// </exception>
    public static IReadOnlyList<ShownSetting> Of(HostConfiguration configuration, SettingValues values)
    {
        var shown = new ShownSettings(configuration, values);
        foreach (var entry in Order.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = entry.IndexOf('=', StringComparison.Ordinal);
            shown.Show(entry[..equals], entry[(equals + 1)..]);
        }

        return shown._lines;
    }

    private void Show(string keyword, string byDefault)
    {
        if (byDefault == "=")
        {
            Lists[keyword](this, keyword);
            return;
        }

        var value = byDefault == "!" ? Values[keyword](this) : _values.First(keyword) ?? (byDefault == "?" ? null : byDefault);
        if (value is null) return;
        var origin = keyword == "host" ? SettingOrigin.CommandLine
            : _values.Settings(keyword) is [{ Origin: var written }, ..] ? written
            : (SettingOrigin?)null;
        _lines.Add(new ShownSetting(keyword, value, origin));
    }

    private bool IsCleared => _values.Flag("clearallforwardings", _configuration.IsStdioForward);

    private static string OrNone(IReadOnlyList<string> words) => words.Count == 0 ? "none" : string.Join(' ', words);

    private void AddEach(string keyword, IReadOnlyList<string> defaults)
    {
        foreach (var value in defaults) _lines.Add(new ShownSetting(keyword, value, null));
        foreach (var setting in _values.Settings(keyword))
        {
            _lines.Add(new ShownSetting(keyword, setting.Text, setting.Origin));
        }
    }

    private void AddVariables(string keyword)
    {
        var origin = _values.Settings(keyword) is [var setting, ..] ? setting.Origin : (SettingOrigin?)null;
        foreach (var (name, value) in _configuration.SetEnv)
        {
            _lines.Add(new ShownSetting(keyword, $"{name}={value}", origin));
        }
    }

    private void ShowForwards(string keyword)
    {
        if (IsCleared) return;
        foreach (var setting in _values.Settings(keyword))
        {
            var ends = setting.Words.Select(end => end.StartsWith('[') || end.IndexOf('/', StringComparison.Ordinal) < 0
                ? end
                : _configuration.Tokens.ExpandPercent(end, "forward", "%CdhijkLlnpru"));
            _lines.Add(new ShownSetting(keyword, string.Join(' ', ends), setting.Origin));
        }
    }

    private static string Name(UpdateHostKeys value) => value switch
    {
        UpdateHostKeys.Yes => "true",
        UpdateHostKeys.Ask => "ask",
        _ => "false",
    };

    private static string Flag(bool value) => value ? "yes" : "no";

    private string? Socket(string keyword, string what) => _values.First(keyword) switch
    {
        null => null,
        var text when text == "SSH_AUTH_SOCK" || SettingValues.Is(text, "none") => text,
        var text => _configuration.Tokens.ExpandPath(text, what),
    };

    private string Algorithms(string keyword, AlgorithmNames names) =>
        names.Assemble(_values.First(keyword)) ?? throw new SshException(
            SshError.ConfigurationInvalid,
            $"{Keywords.Spell(keyword)} {_values.First(keyword)} leaves nothing: invalid argument");

    /// <summary>A character as vis(3) writes it.</summary>
    private static string Visible(string value)
    {
        if (value == "none") return value;
        var c = value is ['^', var control] ? (byte)(control & 31) : Wire.ByteText.Encode(value)[0];
        return c switch
        {
            0x7f => "\\^?",
            (byte)'\\' => "\\\\",
            (byte)' ' or (byte)'\t' or (byte)'\n' => "\\" + Convert.ToString(c, 8).PadLeft(3, '0'),
            < 0x20 => $"\\^{(char)(c + 64)}",
            _ => ((char)c).ToString(),
        };
    }
}
