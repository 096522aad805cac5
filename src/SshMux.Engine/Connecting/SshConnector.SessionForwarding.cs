using SshMux.Engine.Authentication;
using SshMux.Engine.Authentication.HostKeys;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Forwarding;
using SshMux.Engine.Forwarding.X11;
using SshMux.Engine.Transport;

namespace SshMux.Engine.Connecting;

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

    /// <summary>OpenSSH's PROTOCOL, section 3.1: "0" is the version of publickey-hostbound-v00@openssh.com.</summary>
    private static ReadOnlyMemory<byte>? HostKeyToBind(HostConfiguration configuration, SshTransport transport)
    {
        if (!configuration.BindsKeysToHost) return null;
        var isKnown = transport.ServerExtensions.TryGetValue("publickey-hostbound@openssh.com", out var version)
            && version.Span.SequenceEqual("0"u8);
        if (!isKnown) return null;
        return transport.ShownHostKey.Blob;
    }

    private static AgentBinding BindingOf(SshTransport transport) =>
        new(transport.ShownHostKey.Blob, transport.SessionId, transport.HostKeyProof);
}
