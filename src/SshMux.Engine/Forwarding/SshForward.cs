using SshMux.Engine.Channels;
using SshMux.Engine.Configuration.Forwards;

namespace SshMux.Engine.Forwarding;

/// <summary>A forward that is open, of any kind: it listens on one side and connects from the other.</summary>
internal abstract class SshForward : IAsyncDisposable
{
    private readonly ForwardTraffic _traffic = new();
    private int _connectionCount;
    private int _totalCount;

    private protected SshForward(ForwardSpec spec) => Spec = spec;

    /// <summary>What was asked for.</summary>
    public ForwardSpec Spec { get; }

    /// <summary>
    /// The TCP port that it listens on, also where port 0 was asked for; null for a unix socket.
    /// </summary>
    public abstract int? Port { get; }

    /// <summary>How many connections are being forwarded.</summary>
    public int ConnectionCount => Volatile.Read(ref _connectionCount);

    /// <summary>How many connections it has forwarded, those of now among them.</summary>
    public int TotalConnectionCount => Volatile.Read(ref _totalCount);

    /// <summary>When it was opened, in UTC.</summary>
    public DateTime Opened { get; } = DateTime.UtcNow;

    /// <summary>Bytes that its connections have sent to the server, and that have come from there.</summary>
    public (long Sent, long Received) Traffic => _traffic.Total;

    /// <summary>
    /// Has it listen no more; connections that it carries go on to their end. For a remote forward the server is told.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    private protected abstract ValueTask StopAsync();

    private protected void Begin()
    {
        Interlocked.Increment(ref _connectionCount);
        Interlocked.Increment(ref _totalCount);
    }

    /// <summary>A connection has got its channel.</summary>
    private protected void Count(Channel channel) => _traffic.Add(channel);

    private protected void End() => Interlocked.Decrement(ref _connectionCount);
}
