using SshMux.Engine.Channels;
using SshMux.Engine.Configuration.Forwards;

namespace SshMux.Engine.Forwarding;

/// <summary>Opens forwards of any kind.</summary>
internal static class ForwardStarter
{
    /// <summary>
    /// Opens a forward of any kind. Without a bind address a local or dynamic one listens on loopback, IPv4 and IPv6,
    /// or on all addresses with <see cref="ForwardOptions.GatewayPorts"/>; a remote one on the server's loopback.
    /// </summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.ForwardFailed"/>: the address is in use or cannot be listened on, or the server refuses;
    /// <see cref="SshError.RequestTooLong"/>; or why the connection has ended.
    /// </exception>
    public static async Task<SshForward> StartAsync(
        IConnectionSource connections, ForwardSpec spec, ForwardOptions options, CancellationToken cancellationToken)
    {
        // Else every connection that it is to carry would be refused, or the remote listener never be.
        RequestLimit.DemandForward(spec.Listen.Host, spec.Connect?.Host);
        return spec.Kind switch
        {
            ForwardKind.Local =>
                await LocalForward.StartAsync(connections, spec, options, cancellationToken).ConfigureAwait(false),
            ForwardKind.Dynamic =>
                await DynamicForward.StartAsync(connections, spec, options, cancellationToken).ConfigureAwait(false),
            _ => await connections.OpenAsync(
                connection => RemoteForward.StartAsync(connection, spec, options, cancellationToken), cancellationToken)
                .ConfigureAwait(false),
        };
    }
}
