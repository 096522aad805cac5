namespace SshMux.Engine.Configuration.SshConfig;

/// <content>What sessions run and how.</content>
internal sealed partial class HostConfiguration
{
    /// <summary>Patterns of environment variables to send; "-pattern" takes some out again.</summary>
    public IReadOnlyList<string> SendEnv { get; private set; } = [];

    /// <summary>Variables to set in the remote environment.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> SetEnv { get; private set; } = [];

    /// <summary>Whether sessions get a terminal.</summary>
    public RequestTtyMode RequestTty { get; private set; }

    /// <summary>The command to run when none is given.</summary>
    public string? RemoteCommand => _values.NotNone("remotecommand");

    /// <summary>
    /// The command to run here after the login, its tokens expanded; null: none, or PermitLocalCommand is not set.
    /// </summary>
    public string? LocalCommand { get; private set; }

    /// <summary>What sessions are to run.</summary>
    public SessionType SessionType { get; private set; }

    /// <summary>Sessions read nothing from standard input.</summary>
    public bool StdinNull { get; private set; }

    /// <summary>Go to the background after the login.</summary>
    public bool ForkAfterAuthentication { get; private set; }

    /// <summary>The escape character; null: none.</summary>
    public string? EscapeChar => _values.NotNone("escapechar");

    private void ReadSession()
    {
        SendEnv = [.. _values.All("sendenv").SelectMany(SettingValues.Words)];
        SetEnv = [.. _values.All("setenv").Select(SplitVariable)];
        RequestTty = _values.Choice(
            "requesttty", RequestTtyMode.Auto,
            ("auto", RequestTtyMode.Auto),
            ("no", RequestTtyMode.No),
            ("false", RequestTtyMode.No),
            ("yes", RequestTtyMode.Yes),
            ("true", RequestTtyMode.Yes),
            ("force", RequestTtyMode.Force));
        if (_values.Flag("permitlocalcommand", false) && _values.NotNone("localcommand") is { } command)
        {
            // %T is the tunnel device, of which there is none.
            command = command.Replace("%%", "%\0", StringComparison.Ordinal)
                .Replace("%T", "NONE", StringComparison.Ordinal)
                .Replace("%\0", "%%", StringComparison.Ordinal);
            LocalCommand = Tokens.ExpandPercent(command, "LocalCommand", "%CdhijkLlnpru");
        }

        SessionType = _values.Choice(
            "sessiontype", SessionType.Default,
            ("default", SessionType.Default),
            ("subsystem", SessionType.Subsystem),
            ("none", SessionType.None));
        StdinNull = _values.Flag("stdinnull", false);
        ForkAfterAuthentication = _values.Flag("forkafterauthentication", false);
    }
}
