using SshMux.Engine.Configuration.SshConfig.Values;
using SshMux.Engine.Platform.Processes;

namespace SshMux.Engine.Configuration.SshConfig;

/// <content>What sessions may reach on this machine: its agent and its X server.</content>
internal sealed partial class HostConfiguration
{
    /// <summary>Whether sessions may use the agent (ForwardAgent yes, or a socket).</summary>
    public bool ForwardAgent { get; private set; }

    /// <summary>
    /// The socket of the agent that is forwarded: ForwardAgent's own, else the one that logins use.
    /// Null: there is none.
    /// </summary>
    public string? ForwardedAgent { get; private set; }

    /// <summary>Whether sessions may use the X server.</summary>
    public bool ForwardX11 { get; private set; }

    /// <summary>Whether programs on the server may do with the X server what local ones may.</summary>
    public bool ForwardX11Trusted { get; private set; }

    /// <summary>For how long untrusted X11 forwarding takes new clients; zero: without a limit.</summary>
    public TimeSpan ForwardX11Timeout { get; private set; }

    /// <summary>The xauth program; null: none.</summary>
    public string? XAuthLocation => _values.First("xauthlocation") is { } configured
        ? SettingValues.Is(configured, "none") ? null : configured
        : SystemPrograms.XAuth;

    private void ReadSessionForwarding()
    {
        ForwardX11 = _values.Flag("forwardx11", false);
        ForwardX11Trusted = _values.Flag("forwardx11trusted", false);
        ForwardX11Timeout = _values.Time("forwardx11timeout") ?? TimeSpan.FromMinutes(20);
        ForwardAgent = _values.Flag("forwardagent", false);
        if (!ForwardAgent) return;
        if (_values.First(KeywordDefinitions.ForwardedSocket) is not { } socket)
        {
            ForwardedAgent = IdentityAgent;
            return;
        }

        // A variable's name, "$NAME"; as in ssh(1), one that is not set means no.
        ForwardedAgent = socket.StartsWith('$') && !socket.StartsWith("${", StringComparison.Ordinal)
            ? ProcessEnvironment.Get(socket[1..])
            : Tokens.ExpandPath(socket, "ForwardAgent");
        ForwardAgent = !string.IsNullOrEmpty(ForwardedAgent);
    }
}
