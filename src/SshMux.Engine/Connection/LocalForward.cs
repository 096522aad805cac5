using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using SshMux.Engine.Platform;

namespace SshMux.Engine.Connection;

/// <summary>
/// A local forward (ssh -L): listens on a TCP port or a unix socket, and has the server connect each connection to the
/// target.
/// </summary>
public sealed partial class LocalForward : IAsyncDisposable
{
    private readonly SshConnection _connection;
    private readonly ForwardEndpoint _target;
    private readonly LocalForwardListener _listener;
    private readonly ILogger _logger;
    private int _connectionCount;

    private LocalForward(
        SshConnection connection, ForwardSpec spec, LocalForwardListener listener, LocalForwardOptions options)
    {
        _connection = connection;
        _target = spec.Connect!;
        _listener = listener;
        _logger = options.Logger;
        Spec = spec;
    }

    /// <summary>What was asked for.</summary>
    public ForwardSpec Spec { get; }

    /// <summary>Where it listens, with the port that the system chose if port 0 was asked for.</summary>
    public IReadOnlyList<EndPoint> EndPoints => _listener.EndPoints;

    /// <summary>The TCP port that it listens on; null for a unix socket.</summary>
    public int? Port => (EndPoints[0] as IPEndPoint)?.Port;

    /// <summary>How many connections are being forwarded.</summary>
    public int ConnectionCount => Volatile.Read(ref _connectionCount);

    /// <summary>
    /// Begins to listen and to forward. Without a bind address it listens on loopback, IPv4 and IPv6, or on all addresses
    /// with <see cref="LocalForwardOptions.GatewayPorts"/>.
    /// </summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.ForwardFailed"/>: the address is in use, or cannot be listened on.
    /// </exception>
    public static async Task<LocalForward> StartAsync(
        SshConnection connection,
        ForwardSpec spec,
        LocalForwardOptions options,
        CancellationToken cancellationToken)
    {
        if (spec is not { Kind: ForwardKind.Local, Connect: not null })
        {
            throw new ArgumentException("not a local forward", nameof(spec));
        }

        var listener = await LocalForwardListener.StartAsync(spec.Listen, options, cancellationToken).ConfigureAwait(false);
        var forward = new LocalForward(connection, spec, listener, options);
        listener.Accept(socket => _ = forward.ServeAsync(socket));
        return forward;
    }

    /// <summary>Stops listening (and removes the unix socket); connections that run go on to their end.</summary>
    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private async Task ServeAsync(Socket accepted)
    {
        Interlocked.Increment(ref _connectionCount);
        DescriptorChannel? ends = null;
        try
        {
            var origin = Prepare(accepted);
            ends = TakeOver(accepted);
            await OpenAsync(origin, ends).ConfigureAwait(false);
            await ends.Completion.ConfigureAwait(false);
        }
        catch (Exception e) when (e is SshException or SocketException)
        {
            ends?.Abort();
            LogRefused(Spec, e.Message);
        }
        finally
        {
            accepted.Dispose();
            Interlocked.Decrement(ref _connectionCount);
        }
    }

    private static DescriptorChannel TakeOver(Socket accepted)
    {
        // The descriptor goes on alone: as long as it had a second owner, the client would not see its end.
        var descriptor = DescriptorHandle.Duplicate(accepted.SafeHandle);
        accepted.Dispose();
        return DescriptorChannel.ForSocket(descriptor);
    }

    /// <summary>Who connected. A unix socket's client has no address; ssh(1) then sends this one, which all servers take.</summary>
    private static (string Host, int Port) Prepare(Socket accepted)
    {
        if (accepted.RemoteEndPoint is not IPEndPoint peer) return ("127.0.0.1", ushort.MaxValue);
        accepted.NoDelay = true;
        return (peer.Address.ToString(), peer.Port);
    }

    private Task<Channel> OpenAsync((string Host, int Port) origin, DescriptorChannel ends) => _target.IsPath
        ? _connection.OpenDirectStreamLocalAsync(_target.Host, ends, CancellationToken.None)
        : _connection.OpenDirectTcpipAsync(
            _target.Host, _target.Port, origin.Host, origin.Port, ends, CancellationToken.None);

    [LoggerMessage(Level = LogLevel.Warning, Message = "forward {Spec}: {Reason}")]
    private partial void LogRefused(ForwardSpec spec, string reason);
}
