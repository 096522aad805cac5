using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Forwarding.X11;

namespace SshMux.Engine.Mux.Protocol;

/// <summary>
/// What a client of a master brings for those of its sessions that ask for it, in place of what the master has.
/// </summary>
internal sealed record MuxOwnForwards
{
    /// <summary>The absolute path of its agent's socket; null: it has none.</summary>
    public string? AgentSocket { get; init; }

    /// <summary>Its X server; null, or without a display: it has none.</summary>
    public X11ForwardOptions? X11 { get; init; }

    /// <summary>What a configuration says to forward.</summary>
    public static MuxOwnForwards Of(HostConfiguration configuration) => new()
    {
        // The master may run in another folder.
        AgentSocket = string.IsNullOrEmpty(configuration.ForwardedAgent)
            ? null
            : Path.GetFullPath(configuration.ForwardedAgent),
        X11 = configuration.ForwardX11 ? X11ForwardOptions.Of(configuration) : null,
    };
}
