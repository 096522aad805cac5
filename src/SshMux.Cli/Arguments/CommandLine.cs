using SshMux.Cli.Output;
using SshMux.Engine.Configuration;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Configuration.SshConfig.Reading;

namespace SshMux.Cli.Arguments;

/// <summary>
/// What a command line in ssh(1)'s syntax says. What is null was not said, and the configuration decides.
/// </summary>
internal sealed partial class CommandLine
{
    private readonly List<string> _options = [];
    private readonly List<string> _identityFiles = [];
    private readonly List<string> _localForwards = [];
    private readonly List<string> _remoteForwards = [];
    private readonly List<string> _dynamicForwards = [];

    // The options of -o, by their keywords in lower case.
    private readonly Dictionary<string, string> _keywords = [];

    // Letters that ask for what is not there yet, with what they ask for. A later letter can take one back.
    private readonly Dictionary<char, string> _unsupported = [];

    // Letters that stand for one keyword of ssh_config(5); they win over -o, and the last one of a kind counts.
    private readonly Dictionary<string, string> _settings = [];

    private bool _verbose;

    private CommandLine()
    {
    }

    /// <summary>The destination's host; empty if the command line needs none (-V, -Q).</summary>
    public string Host { get; private set; } = "";

    /// <summary>The user to log in as: -l or the destination's.</summary>
    public string? User { get; private set; }

    /// <summary>The port: -p or the destination's.</summary>
    public int? Port { get; private set; }

    /// <summary>The configuration file to read (-F); "none" for none.</summary>
    public string? ConfigFile { get; private set; }

    /// <summary>Private key files (-i).</summary>
    public IReadOnlyList<string> IdentityFiles => _identityFiles;

    /// <summary>Forwards from here (-L).</summary>
    public IReadOnlyList<string> LocalForwards => _localForwards;

    /// <summary>Forwards from the server (-R).</summary>
    public IReadOnlyList<string> RemoteForwards => _remoteForwards;

    /// <summary>SOCKS servers (-D).</summary>
    public IReadOnlyList<string> DynamicForwards => _dynamicForwards;

    /// <summary>The control socket as given (-S), not expanded; null if there was no -S.</summary>
    public string? ControlPath => _settings.GetValueOrDefault("ControlPath");

    /// <summary>
    /// The multiplexing protocol is spoken on standard input and output (-S -), and there is no control socket.
    /// </summary>
    public bool OverStandardStreams { get; private set; }

    /// <summary>What -M, once or twice, and the configuration options before it say of being a master.</summary>
    public ControlMasterMode? ControlMaster { get; private set; }

    /// <summary>Whether to have a terminal (-t, -tt, -T).</summary>
    public RequestTtyMode? RequestTty { get; private set; }

    /// <summary>What to run (-s, -N, -W).</summary>
    public SessionType? SessionType { get; private set; }

    /// <summary>Standard input stays unread (-n, -f).</summary>
    public bool StdinNull { get; private set; }

    /// <summary>Go to the background after the login (-f).</summary>
    public bool Background { get; private set; }

    /// <summary>How much to say (-v, -q).</summary>
    public Verbosity? Verbosity { get; private set; }

    /// <summary>Where to write messages instead of standard error (-E).</summary>
    public string? LogFile { get; private set; }

    /// <summary>Connect standard input and output to this end (-W).</summary>
    public StdioForward? StdioForward { get; private set; }

    /// <summary>What to ask of a master (-O).</summary>
    public ControlOperation? Operation { get; private set; }

    /// <summary>What stands behind the command of -O, after a "="; null if nothing does.</summary>
    public string? OperationArgument { get; private set; }

    /// <summary>The words after the destination; -O takes some of its commands' arguments there.</summary>
    public IReadOnlyList<string> Words { get; private set; } = [];

    /// <summary>
    /// Whether to ask a master for something and end; else to run something, over a master in proxy mode perhaps.
    /// </summary>
    public bool OnlyAsks => Operation is not (null or ControlOperation.Proxy);

    /// <summary>The remote command, its words joined by spaces; null if there is none.</summary>
    public string? Command { get; private set; }

    /// <summary>Print the version and end (-V).</summary>
    public bool ShowVersion { get; private set; }

    /// <summary>Print the configuration for the host and end (-G).</summary>
    public bool ShowConfiguration { get; private set; }

    /// <summary>Print the keys that a login would offer and end (-Z).</summary>
    public bool ShowKeys { get; private set; }

    /// <summary>Print the help and end (-h, --help).</summary>
    public bool ShowHelp { get; private set; }

    /// <summary>Print what algorithms there are and end (-Q).</summary>
    public string? Query { get; private set; }

    /// <summary>
    /// The options of ssh_config(5) that the letters and -o stand for, in the order in which the first one counts.
    /// </summary>
    public IReadOnlyList<string> Options
    {
        get
        {
            List<string> all = [];
            foreach (var (keyword, value) in _settings) all.Add($"{keyword}={Quote(value)}");
            if (ControlMaster is { } mode) all.Add($"ControlMaster={Name(mode)}");
            if (RequestTty is { } tty) all.Add($"RequestTTY={Name(tty)}");
            all.AddRange(_options);
            return all;
        }
    }

    /// <summary>The query for the host's configuration.</summary>
    public HostQuery ToQuery() => new()
    {
        Host = Host,
        User = User,
        Port = Port,
        ConfigFile = ConfigFile,
        Options = Options,
        IdentityFiles = IdentityFiles,
        StdioForward = StdioForward is not null,
        Command = Command,
        SessionType = SessionType,
        StaysInForeground = OnlyAsks || ShowKeys,
    };

    /// <summary>The query whose configuration -G shows: with what is else the command's alone.</summary>
    public HostQuery ToShownQuery()
    {
        List<string> options = [.. Options];
        if (StdinNull) options.Insert(0, "StdinNull=yes");
        if (Background) options.Insert(0, "ForkAfterAuthentication=yes");
        if (Verbosity is { } verbosity) options.Insert(0, $"LogLevel={verbosity}");
        return ToQuery() with
        {
            Options = options,
            Forwards =
            [
                .. _localForwards.Select(text => (ForwardKind.Local, text)),
                .. _dynamicForwards.Select(text => (ForwardKind.Dynamic, text)),
                .. _remoteForwards.Select(text => (ForwardKind.Remote, text)),
            ],
        };
    }

    private void TakeConfigurationOption(string text)
    {
        var (keyword, value) = Split(text);
        keyword = keyword.ToLowerInvariant();

        // Of user and port the first counts, and letters and destination come in their order with -o.
        if ((keyword == "user" && User is not null) || (keyword == "port" && Port is not null)) return;
        _keywords.TryAdd(keyword, value);
        if (keyword == "sessiontype") SessionType ??= ReadSessionType(value);
        _options.Add(text);
    }

    private static SessionType? ReadSessionType(string value) => value.ToLowerInvariant() switch
    {
        "none" => Engine.Configuration.SessionType.None,
        "subsystem" => Engine.Configuration.SessionType.Subsystem,
        "default" => Engine.Configuration.SessionType.Default,
        _ => null, // the configuration's reader says what is wrong with it
    };

    private static (string Keyword, string Value) Split(string text)
    {
        var trimmed = text.Trim();
        var end = trimmed.AsSpan().IndexOfAny("= \t");
        if (end < 0) return (trimmed, "");
        var value = trimmed[end..].TrimStart();
        if (value.StartsWith('=')) value = value[1..].TrimStart();
        if (value.Length > 1 && value[0] == '"' && value[^1] == '"') value = value[1..^1];
        return (trimmed[..end], value);
    }

    private bool HasOption(string keyword) => _keywords.ContainsKey(keyword);

    private string? Option(string keyword) => _keywords.GetValueOrDefault(keyword)?.ToLowerInvariant();

    private static string Name(ControlMasterMode mode) => mode == ControlMasterMode.Ask ? "ask" : "yes";

    private static string Name(RequestTtyMode mode) => mode switch
    {
        RequestTtyMode.Force => "force",
        RequestTtyMode.Yes => "yes",
        _ => "no",
    };

    /// <summary>A value as a configuration line may have it: spaces and comment signs only in quotes.</summary>
    private static string Quote(string value)
    {
        if (value.AsSpan().IndexOfAny(" \t#'\"") < 0) return value;
        var escaped = value
            .Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal);
        return $"\"{escaped}\"";
    }
}
