using FsCheck;
using FsCheck.Fluent;
using static SshMux.Engine.Tests.Configuration.SshConfig.Difference.Words;

namespace SshMux.Engine.Tests.Configuration.SshConfig.Difference;

/// <summary>Values of every keyword that sets something: all of ssh_config(5) but Host, Match and Include.</summary>
internal static partial class KeywordValues
{
    private const string Flags = """
        BatchMode CheckHostIP ClearAllForwardings EnableEscapeCommandline EnableSSHKeysign ExitOnForwardFailure
        ForwardX11 ForwardX11Trusted GatewayPorts GSSAPIAuthentication GSSAPIDelegateCredentials HashKnownHosts
        HostbasedAuthentication IdentitiesOnly KbdInteractiveAuthentication NoHostAuthenticationForLocalhost
        PasswordAuthentication PermitLocalCommand ProxyUseFdpass StdinNull StreamLocalBindUnlink VisualHostKey
        """;

    // Older names of keywords, and keywords that are passed over in silence or with a message.
    private const string OtherFlags = """
        ChallengeResponseAuthentication SkeyAuthentication TISAuthentication DSAAuthentication KeepAlive Protocol Cipher
        FallBackToRsh UsePrivilegedPort UseRoaming UseRsh GlobalKnownHostsFile2 UserKnownHostsFile2 RhostsAuthentication
        CompressionLevel RSAAuthentication KerberosAuthentication KerberosTGTPassing AFSTokenPassing
        RhostsRSAAuthentication
        """;

    private static readonly char[] Space = [' ', '\n', '\r'];

    private static readonly Gen<string[]> YesOrNo =
        One(Gen.Elements("yes", "no", "yes", "no", "true", "false").SelectMany(InAnyCase));

    private static readonly Gen<string[]> NoFlag =
        Gen.OneOf(Split("maybe", "1", "on", "yes no"), One("", "auto"), None);

    private static readonly Gen<string[]> Number = One("0", "1", "2", "7", "100", "2147483647", "007");

    private static readonly Gen<string[]> NoNumber =
        Gen.OneOf(Split("-1", "2147483648", "1x", "0x10", "five", "1.5", "1 2", "none"), One(""), None);

    private static readonly string[] Durations =
        ["0", "5", "30s", "5m", "1h30m", "2H", "1d", "1w", "1w2d3h4m5s", "2147483647", "10M5"];

    private static readonly Gen<string[]> Time = One(Durations);

    private static readonly Gen<string[]> NoTime =
        Gen.OneOf(Split("-1", "5x", "m", "2147483648", "1h 5", "forever", "99999999w", "1h-5"), One("", "1 h"), None);

    /// <summary>The forms of all keywords that there are in a vocabulary's generation.</summary>
    public static KeywordForms[] All(Vocabulary vocabulary) =>
        [.. Every(vocabulary).Where(forms => vocabulary.IsNewer || !forms.IsNewer)];

    private static IEnumerable<KeywordForms> Every(Vocabulary vocabulary) =>
    [
        .. Flags.Split(Space, StringSplitOptions.RemoveEmptyEntries)
            .Select(name => new KeywordForms(name, YesOrNo, NoFlag)),
        .. OtherFlags.Split(Space, StringSplitOptions.RemoveEmptyEntries)
            .Select(name => new KeywordForms(name, YesOrNo, None) { Weight = 1 }),
        .. Choices(vocabulary), .. Numbers(vocabulary), .. Names(vocabulary), .. Paths(vocabulary), .. Commands(),
        .. Lists(vocabulary), .. Algorithms(vocabulary), .. Forwards(), .. Canonicalization(vocabulary),
    ];

    private static KeywordForms Choice(string keyword, params string[] values) =>
        new(keyword, One(Gen.Elements(values).SelectMany(InAnyCase)), NoFlag);

    private static KeywordForms[] Choices(Vocabulary vocabulary) =>
    [
        Choice("AddressFamily", "inet", "inet6", "any", "any"),
        Choice("Compression", "yes", "no"),
        Choice("ControlMaster", "yes", "no", "true", "false", "auto", "ask", "autoask"),
        Choice("FingerprintHash", "md5", "sha256"),
        // Without a command, yes is refused.
        Choice("ForkAfterAuthentication", "no", "no", "no", "false", "false", "yes"),
        Choice("LogLevel", "QUIET", "FATAL", "ERROR", "INFO", "VERBOSE", "DEBUG", "DEBUG1", "DEBUG2", "DEBUG3"),
        Choice("PubkeyAuthentication", "yes", "no", "true", "false", "unbound", "host-bound"),
        Choice("RequestTTY", "yes", "no", "true", "false", "force", "auto"),
        Choice("SessionType", "none", "subsystem", "default"),
        Choice("StrictHostKeyChecking", "yes", "no", "true", "false", "ask", "off", "accept-new"),
        Choice("SyslogFacility", "DAEMON", "USER", "AUTH", "AUTHPRIV", "LOCAL0", "LOCAL7"),
        Choice("TCPKeepAlive", vocabulary.IsNewer ? ["yes", "no", "true", "false", "transport", "all"] : ["yes", "no"]),
        Choice("Tunnel", "yes", "no", "true", "false", "point-to-point", "ethernet"),
        Choice("UpdateHostKeys", "yes", "no", "true", "false", "ask"),
        Choice("VerifyHostKeyDNS", "yes", "no", "true", "false", "ask"),
        Choice("WarnWeakCrypto", "yes", "no", "true", "false", "no-pq-kex") with { IsNewer = true },
        new("AddKeysToAgent",
            Split("yes", "no", "ask", "confirm", "true", "confirm 5m", "10m", "1h30m", "confirm 0", "false"),
            Split("maybe", "yes 5m", "ask 5", "confirm x", "confirm 5m x")),
        new("ControlPersist", Gen.OneOf(Split("yes", "no", "true", "false"), Time), NoTime),
        new("EscapeChar", One("none", "~", "^A", "^[", "%", "^^", "\\", "x", "\"", "^@", "^_"),
            One("ab", "^1", "^?", "^AB", "")),
        new("IPQoS",
            vocabulary.IsNewer
                ? Split("ef", "af21 cs1", "none", "LE", "va le", "0", "184 8", "lowdelay throughput", "cs0 none", "010")
                : Split("ef", "af21 cs1", "none", "LE", "0", "184", "cs0 none", "cs7 AF43"),
            Gen.OneOf(Split("best", "256", "-1", "ef best", "ef cs0 cs1"), One(""), None)),
        new("ObscureKeystrokeTiming",
            Split("yes", "no", "true", "false", "interval:20", "interval:80", "interval:1000"),
            Gen.OneOf(Split("interval:0", "interval:1001", "interval:", "YES", "yes no", "80"), None))
            { IsNewer = true },
        new("RekeyLimit",
            Split("default", "default none", "1G 1h", "16", "0", "1.5K", "512m", "none 5", "default 30m", "2T", "8E 1")
                .Where(words => words[0] != "none"),
            Gen.OneOf(Split("15", "5x", "1G x", "none", "K", "1G 1h 1", "-5", "99999999999999999999"), None)),
        // It cannot be refused by being read, unless its block applies.
        new("RefuseConnection", One("not there", "ask %h"), None) { IsNewer = true, Weight = 1 },
        new("StreamLocalBindMask", One("0177", "0", "777", "0022", "18", "12x"), One("1000", "x", "-1", "")),
        new("TunnelDevice", One("any", "0", "any:any", "0:1", "ANY:5", "2147483645", "3:any"),
            One("x", "1:2:3", "-1", ":", "1:")),
    ];

    private static KeywordForms[] Numbers(Vocabulary vocabulary) =>
    [
        new("ConnectionAttempts", One("1", "2", "7"), NoNumber),
        new("NumberOfPasswordPrompts", Number, NoNumber),
        new("Port", One("22", "1", "65535", "2222", "ssh", "https", "0022"),
            One("0", "65536", "-1", "no-such-service", "")),
        new("RequiredRSASize", One("1024", "2048", "0", "16384"), NoNumber),
        new("ServerAliveCountMax", Number, NoNumber),
        new("ConnectTimeout", Times(vocabulary), NoTime),
        new("ForwardX11Timeout", Times(vocabulary), NoTime),
        new("ServerAliveInterval", Times(vocabulary), NoTime),
        new("SetupTimeOut", Time, NoTime) { IsNewer = true, Weight = 1 },
        new("ProtocolKeepAlives", Time, NoTime) { Weight = 1 },
    ];

    private static Gen<string[]> Times(Vocabulary vocabulary) => One(
        [.. Durations, "none", .. vocabulary.IsNewer ? new[] { "1.5", "0.9s", "1m.5" } : []]);

    // A keyword that may ask a name server comes only where nothing has to be asked.
    private static KeywordForms[] Canonicalization(Vocabulary vocabulary)
    {
        var names = vocabulary.CanonicalNames;
        return
        [
            Choice("CanonicalizeHostname", names switch
            {
                CanonicalNames.Off => ["no", "false"],
                CanonicalNames.BehindProxy => ["yes", "no", "true", "false"],
                _ => ["yes", "no", "true", "false", "always"],
            }) with { Weight = names == CanonicalNames.Off ? 6 : 40 },
            new("CanonicalizeFallbackLocal",
                names == CanonicalNames.OnlyDottedNames ? YesOrNo : One("yes", "yes", "yes", "true", "true", "no"),
                NoFlag),
            new("CanonicalizeMaxDots",
                One(names is CanonicalNames.Off or CanonicalNames.BehindProxy ? ["0", "1", "2", "5", "100"]
                    : ["0", "1", "2"]),
                names is CanonicalNames.Off ? NoNumber : Split("-1", "x", "1 2")),
            new("CanonicalDomains",
                names == CanonicalNames.WithoutDomains
                    ? One("none", "NONE")
                    : Split("none", "example.org", "Example.ORG. example.net", "x", "1.2", "a-b.c",
                        "example.org example.org"),
                Gen.OneOf(
                    Split("none example.org", "example.org none", "-x", "a..b", ".", "a/b", "example.org a_b,c"),
                    One(""), None)),
            new("CanonicalizePermittedCNAMEs",
                names == CanonicalNames.BehindProxy
                    ? Split("none", "*", "*.a.example:*.b.example", "A:B c,d:e", "x:y *", "*:*", "a:b:c")
                    : One("none", "NONE"),
                Gen.OneOf(Split("none a:b", "a:b none", "a", "a:", "* none"), One(""), None)),
        ];
    }
}
