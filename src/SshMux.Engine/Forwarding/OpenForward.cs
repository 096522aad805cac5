using SshMux.Engine.Channels;
using SshMux.Engine.Configuration.Forwards;

namespace SshMux.Engine.Forwarding;

/// <summary>A forward that is open, of any kind: it listens on one side and connects from the other.</summary>
public abstract class OpenForward : IAsyncDisposable
{
    private int _connectionCount;

    private protected OpenForward(ForwardSpec spec) => Spec = spec;

    /// <summary>What was asked for.</summary>
    public ForwardSpec Spec { get; }

    /// <summary>
    /// The TCP port that it listens on, also where port 0 was asked for; null for a unix socket.
    /// </summary>
    public abstract int? Port { get; }

    /// <summary>How many connections are being forwarded.</summary>
    public int ConnectionCount => Volatile.Read(ref _connectionCount);

    /// <summary>
    /// Opens a forward of any kind. Without a bind address a local or dynamic one listens on loopback, IPv4 and IPv6,
    /// or on all addresses with <see cref="ForwardOptions.GatewayPorts"/>; a remote one on the server's loopback.
    /// </summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.ForwardFailed"/>: the address is in use or cannot be listened on, or the server refuses;
    /// <see cref="SshError.RequestTooLong"/>; or why the connection has ended.
    /// </exception>
    public static async Task<OpenForward> StartAsync(
        SshConnection connection, ForwardSpec spec, ForwardOptions options, CancellationToken cancellationToken)
    {
        // Else every connection that it is to carry would be refused, or the remote listener never be.
        RequestLimit.DemandForward(spec.Listen.Host, spec.Connect?.Host);
        return spec.Kind switch
        {
            ForwardKind.Local =>
                await LocalForward.StartAsync(connection, spec, options, cancellationToken).ConfigureAwait(false),
            ForwardKind.Dynamic =>
                await DynamicForward.StartAsync(connection, spec, options, cancellationToken).ConfigureAwait(false),
            _ => await RemoteForward.StartAsync(connection, spec, options, cancellationToken).ConfigureAwait(false),
        };
    }

    /// <summary>
    /// Has it listen no more; connections that it carries go on to their end. For a remote forward the server is told.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    private protected abstract ValueTask StopAsync();

    private protected void Begin() => Interlocked.Increment(ref _connectionCount);

    private protected void End() => Interlocked.Decrement(ref _connectionCount);
}
