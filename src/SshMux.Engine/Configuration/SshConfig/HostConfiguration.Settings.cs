using System.Globalization;
using System.Net.Sockets;
using SshMux.Engine.Configuration.SshConfig.Reading;
using SshMux.Engine.Configuration.SshConfig.Syntax;
using SshMux.Engine.Configuration.SshConfig.Values;
using SshMux.Engine.Platform;

namespace SshMux.Engine.Configuration.SshConfig;

/// <content>The settings that the engine and its front ends use, typed. The names are those of ssh_config(5).</content>
internal sealed partial class HostConfiguration
{
    private const int KeystrokeIntervalByDefault = 20; // milliseconds

    /// <summary>The host as the user named it (%n), without user and port.</summary>
    public string Host { get; }

    /// <summary>The name or address to connect to.</summary>
    public string HostName { get; private set; } = "";

    /// <summary>The user on the server.</summary>
    public string User { get; private set; } = "";

    /// <summary>The TCP port.</summary>
    public int Port { get; private set; }

    /// <summary>IPv4, IPv6, or <see cref="AddressFamily.Unspecified"/> for both.</summary>
    public AddressFamily AddressFamily { get; private set; }

    /// <summary>The local address to connect from; null: the system chooses.</summary>
    public string? BindAddress => _values.NotNone("bindaddress");

    /// <summary>The network interface whose address to connect from; null: the system chooses.</summary>
    public string? BindInterface => _values.NotNone("bindinterface");

    /// <summary>How often to try to connect, with a second between.</summary>
    public int ConnectionAttempts { get; private set; }

    /// <summary>The limit for connecting and the server's first words; null: the system's own.</summary>
    public TimeSpan? ConnectTimeout { get; private set; }

    /// <summary>How the network is told what the connection carries (IPQoS).</summary>
    public ServiceClasses ServiceClasses { get; private set; }

    /// <summary>Whether TCP probes an idle connection.</summary>
    public bool TcpKeepAlive { get; private set; }

    /// <summary>After how much silence the server is asked whether it lives; zero: never.</summary>
    public TimeSpan ServerAliveInterval { get; private set; }

    /// <summary>How many such questions may stay without answer.</summary>
    public int ServerAliveCountMax { get; private set; }

    /// <summary>The user's known_hosts files; new keys go to the first.</summary>
    public IReadOnlyList<string> UserKnownHostsFiles { get; private set; } = [];

    /// <summary>The system's known_hosts files.</summary>
    public IReadOnlyList<string> GlobalKnownHostsFiles { get; private set; } = [];

    /// <summary>What to do with unknown host keys.</summary>
    public StrictHostKeyChecking StrictHostKeyChecking { get; private set; }

    /// <summary>The name under which the host's key is known, in place of name and port.</summary>
    public string? HostKeyAlias => _values.First("hostkeyalias") is { } alias ? ConfigurationLine.Lower(alias) : null;

    /// <summary>Whether names are hashed when they are added to known_hosts.</summary>
    public bool HashKnownHosts { get; private set; }

    /// <summary>Whether host keys of loopback addresses are accepted unseen.</summary>
    public bool NoHostAuthenticationForLocalhost { get; private set; }

    /// <summary>The control socket's path, ~ and tokens expanded; null: none.</summary>
    public string? ControlPath { get; private set; }

    /// <summary>Whether to be a master, use one, or either.</summary>
    public ControlMasterMode ControlMaster { get; private set; }

    /// <summary>
    /// How long a master outlives its last session; null: it ends with its first session,
    /// <see cref="Timeout.InfiniteTimeSpan"/>: it stays.
    /// </summary>
    public TimeSpan? ControlPersist { get; private set; }

    /// <summary>LogLevel as configured ("INFO", "DEBUG3").</summary>
    public string LogLevel => _values.First("loglevel") ?? "INFO";

    /// <summary>Local forwards in the syntax of ssh(1)'s -L.</summary>
    public IReadOnlyList<string> LocalForwards { get; private set; } = [];

    /// <summary>Remote forwards in the syntax of ssh(1)'s -R.</summary>
    public IReadOnlyList<string> RemoteForwards { get; private set; } = [];

    /// <summary>Dynamic forwards in the syntax of ssh(1)'s -D.</summary>
    public IReadOnlyList<string> DynamicForwards { get; private set; } = [];

    /// <summary>
    /// Where clients of remote forwards without a target may have us connect to: "any", "none", or words host:port.
    /// </summary>
    public string PermitRemoteOpen => _values.First("permitremoteopen") ?? "any";

    /// <summary>Whether a file in the way of a forward's listening unix socket is removed first.</summary>
    public bool StreamLocalBindUnlink => _values.Flag("streamlocalbindunlink", false);

    /// <summary>The permissions that a forward's listening unix socket does not get, in octal.</summary>
    public string StreamLocalBindMask => _values.First("streamlocalbindmask") ?? "0177";

    /// <summary>Whether local forwards listen on all addresses by default.</summary>
    public bool GatewayPorts { get; private set; }

    /// <summary>End if a forward cannot be set up.</summary>
    public bool ExitOnForwardFailure { get; private set; }

    /// <summary>Key exchange algorithms as configured, with +, - and ^; null: ours.</summary>
    public string? KexAlgorithms => _values.First("kexalgorithms");

    /// <summary>Host key algorithms as configured; null: ours.</summary>
    public string? HostKeyAlgorithms => KeyAlgorithms("hostkeyalgorithms");

    /// <summary>Ciphers as configured; null: ours.</summary>
    public string? Ciphers => _values.First("ciphers");

    /// <summary>MACs as configured; null: ours.</summary>
    public string? Macs => _values.First("macs");

    /// <summary>Whether to ask for compression, both ways; a server may have none.</summary>
    public bool Compression { get; private set; }

    /// <summary>New keys after this many bytes; 0: the default.</summary>
    public long RekeyLimitBytes { get; private set; }

    /// <summary>New keys after this time; null: the time does not matter.</summary>
    public TimeSpan? RekeyInterval { get; private set; }

    /// <summary>After how much silence channels are closed.</summary>
    public ChannelTimeouts ChannelTimeouts { get; private set; } = ChannelTimeouts.None;

    /// <summary>
    /// How many sessions a master keeps open in advance, so that a command takes one round trip less (the option
    /// SshMuxPrewarm); 0 to 100.
    /// </summary>
    public int Prewarm { get; private set; }

    /// <summary>
    /// What the command's session is called in the master's list (the option SshMuxSession); null: nothing.
    /// </summary>
    public string? SessionName { get; private set; }

    /// <summary>What a master does with more sessions than the server allows at a time (the option SshMuxOverflow).</summary>
    public SessionOverflow Overflow { get; private set; } = SessionOverflow.Usual;

    /// <summary>How a master makes a lost connection again (the option SshMuxReconnect); null: it does not.</summary>
    public Reconnection? Reconnection { get; private set; }

    /// <summary>Whether to tell the user that a connection's key exchange is not post-quantum.</summary>
    public bool WarnWeakCrypto { get; private set; } = true;

    /// <summary>
    /// In which intervals packets leave while somebody types (ObscureKeystrokeTiming); zero: at once.
    /// </summary>
    public TimeSpan KeystrokeInterval { get; private set; }

    /// <summary>The command that carries the connection, its tokens as configured; null: TCP.</summary>
    public string? ProxyCommand => _values.NotNone("proxycommand");

    /// <summary>Whether the ProxyCommand passes a connected descriptor back instead of carrying the data.</summary>
    public bool ProxyUseFdpass { get; private set; }

    /// <summary>The hosts to jump over, as configured; null: none.</summary>
    public string? ProxyJump => _values.NotNone("proxyjump");

    /// <summary>What tokens stand for on this connection.</summary>
    public ConnectionTokens Tokens => new(Host, HostName, Port, User)
    {
        HostKeyAlias = HostKeyAlias,
        ProxyJump = ProxyJump is { } jump ? JumpHost.Parse(jump).Last.Host : "",
    };

    private static IReadOnlyList<string> SystemKnownHostsFiles =>
    [
        Path.Combine(ConfigurationPaths.SystemFolder, "ssh_known_hosts"),
        Path.Combine(ConfigurationPaths.SystemFolder, "ssh_known_hosts2"),
    ];

    private void Read()
    {
        ReadDestination();
        ReadAuthentication();
        ReadKnownHosts();
        ReadMultiplexing();
        ReadSession();
        ReadForwards();
        ReadSessionForwarding();
        ReadShown();
        Unsupported = FindUnsupported();
    }

    private void ReadDestination()
    {
        HostName = _values.First("hostname") ?? Host;
        User = _values.First("user") ?? LocalUser.Current.Name;
        Port = _values.Number("port", 22, 1, 65535);
        AddressFamily = _values.Choice(
            "addressfamily", AddressFamily.Unspecified,
            ("any", AddressFamily.Unspecified),
            ("inet", AddressFamily.InterNetwork),
            ("inet6", AddressFamily.InterNetworkV6));
        ConnectTimeout = _values.Time("connecttimeout") is { Ticks: > 0 } timeout ? timeout : null;
        ConnectionAttempts = _values.Number("connectionattempts", 1);
        if (ConnectionAttempts == 0)
        {
            throw new SshException(
                SshError.ConfigurationInvalid, "Invalid number of ConnectionAttempts: 0; it must be 1 or more");
        }

        ProxyUseFdpass = _values.Flag("proxyusefdpass", false);
        ServiceClasses = ServiceClasses.Parse(_values.First("ipqos"));
        TcpKeepAlive = _values.First("tcpkeepalive") is not "false";
        Reconnection = Reconnect.Of(_values.FirstWords(KeywordDefinitions.Reconnect));
        ServerAliveInterval = _values.Time("serveraliveinterval")
            ?? (Reconnection is null ? TimeSpan.Zero : Reconnection.UsualAliveInterval);
        ServerAliveCountMax = _values.Number("serveralivecountmax", 3);
        SessionName = _values.First(KeywordDefinitions.Session);
        Prewarm = _values.Number(KeywordDefinitions.Prewarm, 0);
        Overflow = Values.Overflow.Of(_values.FirstWords(KeywordDefinitions.Overflow));
        ChannelTimeouts = ChannelTimeouts.Parse(_values.First("channeltimeout"));
        WarnWeakCrypto = _values.Flag("warnweakcrypto", true);
        KeystrokeInterval = ReadKeystrokeInterval();
        RekeyLimitBytes = SettingValues.ParseBytes("RekeyLimit", _values.First("rekeylimit") ?? "default");
        RekeyInterval = _values.Time(KeywordDefinitions.RekeyInterval) is { Ticks: > 0 } time ? time : null;
    }

    /// <summary>
    /// A list of signature algorithms; where it is an order of the user's, patterns stand for what OpenSSH has, in its
    /// order.
    /// </summary>
    private string? KeyAlgorithms(string keyword) => _values.First(keyword) switch
    {
        null or ['+' or '-', ..] => _values.First(keyword),
        var list => AlgorithmNames.Keys.Assemble(list) ?? list,
    };

    private TimeSpan ReadKeystrokeInterval() => _values.First("obscurekeystroketiming") switch
    {
        null or "yes" => TimeSpan.FromMilliseconds(KeystrokeIntervalByDefault),
        "no" => TimeSpan.Zero,
        var interval => TimeSpan.FromMilliseconds(int.Parse(interval, NumberStyles.None, CultureInfo.InvariantCulture)),
    };

    private void ReadKnownHosts()
    {
        UserKnownHostsFiles = KnownHostsFiles(
            "userknownhostsfile", ["~/.ssh/known_hosts", "~/.ssh/known_hosts2"],
            file => Tokens.ExpandPath(file, "UserKnownHostsFile"));
        GlobalKnownHostsFiles = KnownHostsFiles(
            "globalknownhostsfile", SystemKnownHostsFiles,
            file => ConnectionTokens.ExpandTilde(file, "GlobalKnownHostsFile"));
        StrictHostKeyChecking = _values.Choice(
            "stricthostkeychecking", StrictHostKeyChecking.Ask,
            ("ask", StrictHostKeyChecking.Ask),
            ("true", StrictHostKeyChecking.Yes),
            ("accept-new", StrictHostKeyChecking.AcceptNew),
            ("false", StrictHostKeyChecking.Off));
        HashKnownHosts = _values.Flag("hashknownhosts", false);
        NoHostAuthenticationForLocalhost = _values.Flag("nohostauthenticationforlocalhost", false);
    }

    private void ReadMultiplexing()
    {
        ControlPath = _values.First("controlpath") is { } path ? Configuration.ControlPath.Expand(path, Tokens) : null;
        ControlMaster = _values.Choice(
            "controlmaster", ControlMasterMode.No,
            ("false", ControlMasterMode.No),
            ("true", ControlMasterMode.Yes),
            ("auto", ControlMasterMode.Auto),
            ("ask", ControlMasterMode.Ask),
            ("autoask", ControlMasterMode.AutoAsk));
        ControlPersist = _values.First("controlpersist")?.ToLowerInvariant() switch
        {
            null or "no" or "false" => null,
            "yes" or "true" => Timeout.InfiniteTimeSpan,
            var time => ConfigurationTime.Parse("ControlPersist", time) is { Ticks: > 0 } limit
                ? limit
                : Timeout.InfiniteTimeSpan,
        };
    }
}
