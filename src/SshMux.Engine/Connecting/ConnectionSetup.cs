using SshMux.Engine.Authentication.HostKeys;
using SshMux.Engine.Channels;
using SshMux.Engine.Forwarding;
using SshMux.Engine.Forwarding.X11;
using SshMux.Engine.Transport;

namespace SshMux.Engine.Connecting;

/// <summary>Makes the connection above a transport.</summary>
internal static class ConnectionSetup
{
    /// <summary>A connection, with what the configuration lets its sessions reach on this machine.</summary>
    public static SshConnection Create(Route route, SshTransport transport, HostKeyVerifier verifier)
    {
        var (configuration, logger) = (route.Configuration, route.Logger);
        var update = HostKeyUpdate.For(configuration, route.Interaction, logger, verifier, transport);
        if (route.Depth > 0) return new(transport, logger) { HostKeyUpdate = update };
        return new(transport, logger)
        {
            HostKeyUpdate = update,
            AgentForward = configuration.ForwardAgent
                ? new AgentForward(
                    configuration.ForwardedAgent,
                    HostBinding.ForAgent(transport),
                    logger)
                : null,
            X11Forward = configuration.ForwardX11
                ? new X11Forward(X11ForwardOptions.Of(configuration), logger)
                : null,
        };
    }
}
