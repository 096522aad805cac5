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
        : "/usr/bin/xauth";

    private void ReadSessionForwarding()
    {
        ForwardX11 = _values.Flag("forwardx11", false);
        ForwardX11Trusted = _values.Flag("forwardx11trusted", false);
        ForwardX11Timeout = _values.Time("forwardx11timeout") ?? TimeSpan.FromMinutes(20);
        var agent = _values.First("forwardagent") ?? "no";
        if (SettingValues.Is(agent, "no") || SettingValues.Is(agent, "false")) return;
        if (SettingValues.Is(agent, "yes") || SettingValues.Is(agent, "true"))
        {
            ForwardAgent = true;
            ForwardedAgent = IdentityAgent;
            return;
        }

        // A variable's name, "$NAME"; as in ssh(1), one that is not set means no. ssh -G has expanded everything else.
        ForwardedAgent = agent.StartsWith('$') && !agent.StartsWith("${", StringComparison.Ordinal)
            ? ProcessEnvironment.Get(agent[1..])
            : SshProgram is null ? Tokens.ExpandPath(agent, "ForwardAgent") : agent;
        ForwardAgent = !string.IsNullOrEmpty(ForwardedAgent);
    }

    /// <summary>
    /// Whether the first word of the query about ForwardAgent is "no". <c>ssh -G</c> does not tell: it prints a socket
    /// that is named later, although ssh itself would not use it.
    /// </summary>
    private static bool RefusesAgentForwarding(HostQuery query)
    {
        foreach (var option in query.Options)
        {
            var words = option.Split((char[])['=', ' ', '\t', '"'], StringSplitOptions.RemoveEmptyEntries);
            if (words is not [var keyword, var value, ..] || !SettingValues.Is(keyword, "ForwardAgent")) continue;
            return SettingValues.Is(value, "no") || SettingValues.Is(value, "false");
        }

        return false;
    }
}
