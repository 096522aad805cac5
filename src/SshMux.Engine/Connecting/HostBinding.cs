using SshMux.Engine.Authentication;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Transport;

namespace SshMux.Engine.Connecting;

/// <summary>
/// Ties a login and the agent's keys to the host that was reached (OpenSSH's PROTOCOL and PROTOCOL.agent).
/// </summary>
internal static class HostBinding
{
    // The version of publickey-hostbound-v00@openssh.com.
    private const string HostBoundExtension = "publickey-hostbound@openssh.com";

    /// <summary>What tells an agent which host its keys are used for.</summary>
    public static AgentBinding ForAgent(SshTransport transport) =>
        new(transport.ShownHostKey.Blob, transport.SessionId, transport.HostKeyProof);

    /// <summary>
    /// The host key that a login with a key names (OpenSSH's PROTOCOL, section 3.1); null if the server does not know
    /// that, or the configuration forbids it.
    /// </summary>
    public static ReadOnlyMemory<byte>? HostKeyFor(HostConfiguration configuration, SshTransport transport)
    {
        if (!configuration.BindsKeysToHost) return null;
        var isKnown = transport.ServerExtensions.TryGetValue(HostBoundExtension, out var version)
            && version.Span.SequenceEqual("0"u8);
        if (!isKnown) return null;
        return transport.ShownHostKey.Blob;
    }
}
