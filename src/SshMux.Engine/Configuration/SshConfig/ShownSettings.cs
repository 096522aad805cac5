using SshMux.Engine.Configuration.SshConfig.Values;

namespace SshMux.Engine.Configuration.SshConfig;

/// <summary>The configuration as ssh -G of OpenSSH 10.6 prints it.</summary>
internal sealed class ShownSettings
{
    // The keywords in the order of ssh -G, each with its default; "?": there is none, and it is not shown without a value;
    // "!": it is not that simple.
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
        xauthlocation=/usr/bin/xauth knownhostscommand=! tag=? versionaddendum=! dynamicforward=! localforward=!
        remoteforward=! identityfile=! canonicaldomains=none certificatefile=! globalknownhostsfile=!
        userknownhostsfile=! revokedhostkeys=! sendenv=! setenv=! logverbose=none channeltimeout=none
        permitremoteopen=any addkeystoagent=false forwardagent=! connecttimeout=none tunneldevice=!
        canonicalizepermittedcnames=none controlpersist=no escapechar=! ipqos=! rekeylimit=! streamlocalbindmask=0177
        syslogfacility=USER proxycommand=! proxyjump=! sshmuxprewarm=?
        """;

    private static readonly string[] DefaultIdentityFiles =
    [
        "~/.ssh/id_rsa", "~/.ssh/id_ecdsa", "~/.ssh/id_ecdsa_sk", "~/.ssh/id_ed25519", "~/.ssh/id_ed25519_sk",
        "~/.ssh/id_mldsa44_ed25519",
    ];

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
        if (byDefault == "!") ShowSpecial(keyword);
        else if (_values.Has(keyword) || byDefault != "?") Add(keyword, _values.First(keyword) ?? byDefault);
    }

    private void ShowSpecial(string keyword)
    {
        switch (keyword)
        {
            case "host":
                _lines.Add(new ShownSetting(keyword, _configuration.Host, SettingOrigin.CommandLine));
                break;
            case "user":
                Add(keyword, _configuration.User);
                break;
            case "hostname":
                Add(keyword, _configuration.HostName);
                break;
            case "clearallforwardings":
                Add(keyword, IsCleared ? "yes" : "no");
                break;
            case "exitonforwardfailure":
                Add(keyword, _configuration.ExitOnForwardFailure ? "yes" : "no");
                break;
            case "proxyusefdpass":
                // A jump host has its own way.
                Add(keyword, _configuration.ProxyUseFdpass && _configuration.ProxyJump is null ? "yes" : "no");
                break;
            case "tunnel":
                Add(keyword, IsCleared ? "false" : _values.First(keyword) ?? "false");
                break;
            case "updatehostkeys":
                Add(keyword, _configuration.UpdateHostKeys switch
                {
                    UpdateHostKeys.Yes => "true",
                    UpdateHostKeys.Ask => "ask",
                    _ => "false",
                });
                break;
            case "ciphers" or "macs" or "kexalgorithms" or "hostkeyalgorithms" or "hostbasedacceptedalgorithms"
                or "pubkeyacceptedalgorithms" or "casignaturealgorithms":
                Add(keyword, Algorithms(keyword));
                break;
            case "controlpath":
                AddIfAny(keyword, _configuration.ControlPath);
                break;
            case "hostkeyalias":
                AddIfAny(keyword, _configuration.HostKeyAlias);
                break;
            case "remotecommand":
                AddIfAny(keyword, _configuration.RemoteCommand);
                break;
            case "localcommand" or "knownhostscommand" or "pkcs11provider":
                AddIfAny(keyword, _values.NotNone(keyword));
                break;
            case "securitykeyprovider":
                AddIfAny(keyword, _values.Has(keyword) ? _values.NotNone(keyword) : "internal");
                break;
            case "versionaddendum":
                if (_values.Has(keyword)) Add(keyword, _configuration.VersionAddendum);
                break;
            case "identityagent":
                if (_values.First(keyword) is { } agent) Add(keyword, Socket(agent, "IdentityAgent"));
                break;
            case "identityfile":
                AddEach(keyword, _values.Has(keyword) ? null : DefaultIdentityFiles);
                break;
            case "certificatefile" or "sendenv":
                AddEach(keyword, null);
                break;
            case "setenv":
                foreach (var (name, value) in _configuration.SetEnv) Add(keyword, $"{name}={value}");
                break;
            case "dynamicforward" or "localforward" or "remoteforward":
                if (!IsCleared) ShowForwards(keyword);
                break;
            case "globalknownhostsfile":
                Add(keyword, _values.First(keyword) ?? string.Join(' ', _configuration.GlobalKnownHostsFiles));
                break;
            case "userknownhostsfile":
                Add(keyword, OrNone(_configuration.UserKnownHostsFiles));
                break;
            case "revokedhostkeys":
                Add(keyword, OrNone(_configuration.RevokedHostKeys));
                break;
            case "forwardagent":
                Add(keyword, _values.First(KeywordDefinitions.ForwardedSocket) is { } socket
                    ? Socket(socket, "ForwardAgent")
                    : _values.First(keyword) ?? "no");
                break;
            case "tunneldevice":
                Add(keyword, _values.FirstWords(keyword) is [var local, var remote] ? $"{local}:{remote}" : "any:any");
                break;
            case "escapechar":
                Add(keyword, Visible(_values.First(keyword) ?? "~"));
                break;
            case "ipqos":
                Add(keyword, _values.First(keyword) ?? "ef cs0");
                break;
            case "rekeylimit":
                var interval = _values.First(KeywordDefinitions.RekeyInterval) ?? "0";
                Add(keyword, $"{_values.First(keyword) ?? "0"} {interval}");
                break;
            case "proxycommand":
                if (_configuration.ProxyJump is null) AddIfAny(keyword, _configuration.ProxyCommand);
                break;
            case "proxyjump":
                AddIfAny(keyword, _configuration.ProxyJump);
                break;
        }
    }

    private bool IsCleared => _values.Flag("clearallforwardings", _configuration.IsStdioForward);

    private static string OrNone(IReadOnlyList<string> words) => words.Count == 0 ? "none" : string.Join(' ', words);

    private void Add(string keyword, string value) =>
        _lines.Add(new ShownSetting(
            keyword, value, _values.Settings(keyword) is [{ Origin: var origin }, ..] ? origin : null));

    private void AddIfAny(string keyword, string? value)
    {
        if (value is not null) Add(keyword, value);
    }

    private void AddEach(string keyword, IReadOnlyList<string>? defaults)
    {
        foreach (var value in defaults ?? []) Add(keyword, value);
        foreach (var setting in _values.Settings(keyword))
        {
            _lines.Add(new ShownSetting(keyword, setting.Text, setting.Origin));
        }
    }

    private void ShowForwards(string keyword)
    {
        foreach (var setting in _values.Settings(keyword))
        {
            var ends = setting.Words.Select(end => end.StartsWith('[') || end.IndexOf('/', StringComparison.Ordinal) < 0
                ? end
                : _configuration.Tokens.ExpandPercent(end, "forward", "%CdhijkLlnpru"));
            _lines.Add(new ShownSetting(keyword, string.Join(' ', ends), setting.Origin));
        }
    }

    private string Socket(string text, string what) =>
        text == "SSH_AUTH_SOCK" || SettingValues.Is(text, "none") ? text : _configuration.Tokens.ExpandPath(text, what);

    private string Algorithms(string keyword)
    {
        var names = keyword switch
        {
            "ciphers" => AlgorithmNames.Ciphers,
            "macs" => AlgorithmNames.Macs,
            "kexalgorithms" => AlgorithmNames.KeyExchange,
            "casignaturealgorithms" => AlgorithmNames.Signatures,
            _ => AlgorithmNames.Keys,
        };
        return names.Assemble(_values.First(keyword)) ?? throw new SshException(
            SshError.ConfigurationInvalid,
            $"{Keywords.Spell(keyword)} {_values.First(keyword)} leaves nothing: invalid argument");
    }

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
