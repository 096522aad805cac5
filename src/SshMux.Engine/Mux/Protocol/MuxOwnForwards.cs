using SshMux.Engine.Configuration.SshConfig;

namespace SshMux.Engine.Mux.Protocol;

/// <summary>
/// What a client of a master brings for those of its sessions that ask for it, in place of what the master has.
/// </summary>
internal sealed record MuxOwnForwards
{
    /// <summary>The absolute path of its agent's socket; null: it has none.</summary>
    public string? AgentSocket { get; init; }

    /// <summary>What a configuration says to forward.</summary>
    public static MuxOwnForwards Of(HostConfiguration configuration) => new()
    {
        // The master may run in another folder.
        AgentSocket = string.IsNullOrEmpty(configuration.ForwardedAgent)
            ? null
            : Path.GetFullPath(configuration.ForwardedAgent),
    };
}
