using SshMux.Engine.Authentication;
using SshMux.Engine.Transport;

namespace SshMux.Engine.Connection;

// What the configuration lets sessions reach on this machine.
public static partial class SshConnector
{
    private static SshConnection Create(Route route, SshTransport transport, HostKeyVerifier verifier)
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
                    BindingOf(transport),
                    logger)
                : null,
            X11Forward = configuration.ForwardX11
                ? new X11Forward(
                    new X11ForwardOptions
                    {
                        Display = Environment.GetEnvironmentVariable("DISPLAY"),
                        Trusted = configuration.ForwardX11Trusted,
                        Timeout = configuration.ForwardX11Timeout,
                        XAuthLocation = configuration.XAuthLocation,
                    },
                    logger)
                : null,
        };
    }

    private static AgentBinding BindingOf(SshTransport transport) =>
        new(transport.ShownHostKey.Blob, transport.SessionId, transport.HostKeyProof);
}
