namespace SshMux.Engine.Configuration.SshConfig;

/// <content>What sessions run and how.</content>
internal sealed partial class HostConfiguration
{
    /// <summary>Patterns of environment variables to send.</summary>
    public IReadOnlyList<string> SendEnv { get; private set; } = [];

    /// <summary>Variables to set in the remote environment.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> SetEnv { get; private set; } = [];

    /// <summary>Whether sessions get a terminal.</summary>
    public RequestTtyMode RequestTty { get; private set; }

    /// <summary>The command to run when none is given.</summary>
    public string? RemoteCommand { get; private set; }

    /// <summary>
    /// The command to run here after the login, its tokens expanded; null: none, or PermitLocalCommand is not set.
    /// </summary>
    /// <exception cref="SshException"><see cref="SshError.ConfigurationInvalid"/>: there is no such token.</exception>
    public string? LocalCommand
    {
        get
        {
            if (!_values.Flag("permitlocalcommand", false)) return null;
            if (_values.NotNone("localcommand") is not { } command) return null;

            // %T is the tunnel device, of which there is none.
            command = command.Replace("%%", "%\0", StringComparison.Ordinal)
                .Replace("%T", "NONE", StringComparison.Ordinal)
                .Replace("%\0", "%%", StringComparison.Ordinal);
            return Tokens.ExpandPercent(command, "LocalCommand", "%CdhijkLlnpru");
        }
    }

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
        RemoteCommand = _values.NotNone("remotecommand") is { } remote
            ? Tokens.ExpandPercent(remote, "RemoteCommand", "%CdhijkLlnpru")
            : null;
        SendEnv = _values.All("sendenv");
        SetEnv = [.. _values.FirstWords("setenv").Select(SplitVariable)];
        RequestTty = _values.Choice(
            "requesttty", RequestTtyMode.Auto,
            ("auto", RequestTtyMode.Auto),
            ("false", RequestTtyMode.No),
            ("true", RequestTtyMode.Yes),
            ("force", RequestTtyMode.Force));
        SessionType = _values.Choice(
            "sessiontype", SessionType.Default,
            ("default", SessionType.Default),
            ("subsystem", SessionType.Subsystem),
            ("none", SessionType.None));
        StdinNull = _values.Flag("stdinnull", false);
        ForkAfterAuthentication = _values.Flag("forkafterauthentication", false) && !_query.StaysInForeground;
    }
}
