namespace SshMux.Engine.Configuration.SshConfig.Values;

/// <summary>Every keyword that may stand in a file or an option, also by its older names, and how its value is read.</summary>
internal static class KeywordDefinitions
{
    /// <summary>The socket of ForwardAgent, which is kept beside the flag.</summary>
    public const string ForwardedSocket = "forwardagent socket";

    /// <summary>The time of RekeyLimit, which is kept beside the size.</summary>
    public const string RekeyInterval = "rekeylimit interval";

    /// <summary>How many sessions a master keeps open in advance: our own.</summary>
    public const string Prewarm = "sshmuxprewarm";

    /// <summary>What a client calls its session in the master's list: our own.</summary>
    public const string Session = "sshmuxsession";

    /// <summary>What a master does with more sessions than the server allows: our own.</summary>
    public const string Overflow = "sshmuxoverflow";

    /// <summary>How a master makes a lost connection again: our own.</summary>
    public const string Reconnect = "sshmuxreconnect";

    private static readonly Dictionary<string, KeywordDefinition> Definitions = Define();

    /// <summary>A keyword by one of its names, in lower case; null: there is no such keyword.</summary>
    public static KeywordDefinition? Find(string name) => Definitions.GetValueOrDefault(name);

    private static Dictionary<string, KeywordDefinition> Define()
    {
        var all = new Dictionary<string, KeywordDefinition>(200, StringComparer.Ordinal);
        First(Choices.Flag, """
            batchmode canonicalizefallbacklocal checkhostip clearallforwardings enableescapecommandline enablesshkeysign
            exitonforwardfailure forkafterauthentication forwardx11 forwardx11trusted gatewayports gssapiauthentication
            gssapidelegatecredentials hashknownhosts hostbasedauthentication identitiesonly kbdinteractiveauthentication
            nohostauthenticationforlocalhost passwordauthentication permitlocalcommand proxyusefdpass stdinnull
            streamlocalbindunlink visualhostkey
            """);
        First(Texts.Word, """
            bindaddress bindinterface controlpath hostkeyalias hostname ignoreunknown kbdinteractivedevices
            pkcs11provider preferredauthentications securitykeyprovider tag user xauthlocation
            """);
        First(Texts.Command, "knownhostscommand localcommand proxycommand remotecommand");
        First(Numbers.Number, """
            canonicalizemaxdots connectionattempts numberofpasswordprompts requiredrsasize serveralivecountmax
            """);
        First(Numbers.Time, "connecttimeout forwardx11timeout serveraliveinterval");
        First(Choices.AddressFamily, "addressfamily");
        First(Choices.CanonicalizeHostname, "canonicalizehostname");
        First(Choices.Compression, "compression");
        First(Choices.ControlMaster, "controlmaster");
        First(Choices.FingerprintHash, "fingerprinthash");
        First(Choices.LogLevel, "loglevel");
        First(Choices.PubkeyAuthentication, "pubkeyauthentication");
        First(Choices.RequestTty, "requesttty");
        First(Choices.SessionType, "sessiontype");
        First(Choices.StrictHostKeyChecking, "stricthostkeychecking");
        First(Choices.SyslogFacility, "syslogfacility");
        First(Choices.TcpKeepAlive, "tcpkeepalive");
        First(Choices.Tunnel, "tunnel");
        First(Choices.WarnWeakCrypto, "warnweakcrypto");
        First(Choices.YesNoAsk, "updatehostkeys verifyhostkeydns");
        First(Numbers.AddKeysToAgent, "addkeystoagent");
        First(Numbers.BindMask, "streamlocalbindmask");
        First(Numbers.ControlPersist, "controlpersist");
        First(Numbers.KeystrokeTiming, "obscurekeystroketiming");
        First(Numbers.Port, "port");
        First(Numbers.Prewarm, Prewarm);
        First(Values.Overflow.Read, Overflow);
        First(Values.Reconnect.Read, Reconnect);
        First(Numbers.TunnelDevice, "tunneldevice");
        First(Texts.EscapeChar, "escapechar");
        First(Texts.AgentSocket, "identityagent");
        First(Texts.SessionName, Session);
        First(Texts.VersionAddendum, "versionaddendum");
        First(ServiceClassNames.Read, "ipqos");
        First(AlgorithmNames.Ciphers.ReadNames("Bad SSH2 cipher spec"), "ciphers");
        First(AlgorithmNames.Macs.ReadNames("Bad SSH2 MAC spec"), "macs");
        First(AlgorithmNames.KeyExchange.ReadNames("Bad SSH2 KexAlgorithms", canBeNone: true), "kexalgorithms");
        First(
            AlgorithmNames.Keys.ReadPatterns(),
            "hostbasedacceptedalgorithms hostkeyalgorithms pubkeyacceptedalgorithms");
        First(AlgorithmNames.Signatures.ReadPatterns(), "casignaturealgorithms");
        First(Lists.CanonicalDomains, "canonicaldomains");
        First(Lists.PermittedCnames, "canonicalizepermittedcnames");
        First(Lists.ChannelTimeout, "channeltimeout");
        First(Lists.HostFiles("globalknownhostsfile"), "globalknownhostsfile");
        First(Lists.HostFiles("userknownhostsfile"), "userknownhostsfile");
        First(Lists.LogVerbose, "logverbose");
        First(Lists.PermitRemoteOpen, "permitremoteopen");
        First(Lists.RevokedHostKeys, "revokedhostkeys");
        First(Lists.SetEnv, "setenv");
        Add(KeywordKind.All, Texts.Word, "certificatefile identityfile");
        Add(KeywordKind.All, ForwardText.Reader(isDynamic: false, isRemote: false), "localforward");
        Add(KeywordKind.All, ForwardText.Reader(isDynamic: false, isRemote: true), "remoteforward");
        Add(KeywordKind.All, ForwardText.Reader(isDynamic: true, isRemote: false), "dynamicforward");
        Add(KeywordKind.Environment, Lists.SendEnv, "sendenv");
        Add(KeywordKind.ForwardAgent, null, "forwardagent");
        Add(KeywordKind.RekeyLimit, Numbers.RekeyLimit, "rekeylimit");
        Add(KeywordKind.ProxyJump, null, "proxyjump");
        Add(KeywordKind.RefuseConnection, Texts.Word, "refuseconnection");
        Add(KeywordKind.Host, null, "host");
        Add(KeywordKind.Match, null, "match");
        Add(KeywordKind.Include, null, "include");
        Add(KeywordKind.Unsupported, null, """
            afstokenpassing compressionlevel kerberosauthentication kerberostgtpassing rhostsrsaauthentication
            rsaauthentication
            """);

        // Deprecated ones; and what distributions add to OpenSSH: those of GSSAPI key exchange, of which ssh_config of
        // Debian and Fedora may have some.
        Add(KeywordKind.Ignored, null, """
            cipher fallbacktorsh globalknownhostsfile2 protocol rhostsauthentication useprivilegedport
            userknownhostsfile2 useroaming usersh useblacklistedkeys
            gssapiclientidentity gssapikexalgorithms gssapikeyexchange gssapirenewalforcesrekey gssapiserveridentity
            gssapitrustdns
            """);
        Alias("challengeresponseauthentication skeyauthentication tisauthentication", "kbdinteractiveauthentication");
        Alias("dsaauthentication", "pubkeyauthentication");
        Alias("hostbasedkeytypes", "hostbasedacceptedalgorithms");
        Alias("identityfile2", "identityfile");
        Alias("keepalive", "tcpkeepalive");
        Alias("pubkeyacceptedkeytypes", "pubkeyacceptedalgorithms");
        Alias("smartcarddevice", "pkcs11provider");

        // Debian's.
        Alias("protocolkeepalives", "serveraliveinterval");
        Alias("setuptimeout", "connecttimeout");
        return all;

        void First(ValueReader read, string names) => Add(KeywordKind.First, read, names);

        void Add(KeywordKind kind, ValueReader? read, string names)
        {
            foreach (var name in names.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries))
            {
                all.Add(name, new KeywordDefinition(name, kind, read));
            }
        }

        void Alias(string names, string name)
        {
            foreach (var other in names.Split(' ')) all.Add(other, all[name]);
        }
    }
}
