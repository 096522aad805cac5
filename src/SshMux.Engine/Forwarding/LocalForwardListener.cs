using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Sockets;

namespace SshMux.Engine.Forwarding;

/// <summary>
/// The listening sockets of one forward: one for each address that it stands for. Accepting goes on whatever happens to
/// single connections.
/// </summary>
internal sealed partial class LocalForwardListener : IAsyncDisposable
{
    private const int Backlog = 128;
    private static readonly TimeSpan PauseWithoutDescriptors = TimeSpan.FromSeconds(1);

    private static readonly Lock OpenLock = new();
    private static readonly List<LocalForwardListener> Open = [];

    private readonly ForwardSpec _spec;
    private readonly List<Socket> _sockets;
    private readonly string? _path;
    private readonly ILogger _logger;
    private readonly Action<string>? _onFailure;
    private readonly CancellationTokenSource _stop = new();
    private Task _accepting = Task.CompletedTask;
    private int _disposed;

    private LocalForwardListener(ForwardSpec spec, List<Socket> sockets, string? path, ForwardOptions options)
    {
        _spec = spec;
        _sockets = sockets;
        _path = path;
        _logger = options.Logger;
        _onFailure = options.OnFailure;
        lock (OpenLock) Open.Add(this);
    }

    /// <summary>Where it listens; with the port that the system chose where the port was 0.</summary>
    public IReadOnlyList<EndPoint> EndPoints => _sockets.ConvertAll(socket => socket.LocalEndPoint!);

    /// <summary>Begins to listen for a forward.</summary>
    /// <exception cref="SshException"><see cref="SshError.ForwardFailed"/>: where, why, and what to do.</exception>
    public static async Task<LocalForwardListener> StartAsync(
        ForwardSpec spec, ForwardOptions options, CancellationToken cancellationToken)
    {
        var listen = spec.Listen;
        if (listen.IsPath)
        {
            var socket = BindPath(listen.Host, options);
            return new LocalForwardListener(spec, [socket], listen.Host, options);
        }

        var addresses = await AddressesOf(listen, options, cancellationToken).ConfigureAwait(false);
        return new LocalForwardListener(spec, Bind(listen, addresses), null, options);
    }

    /// <summary>Hands every connection to <paramref name="serve"/>, which takes the socket over and does not throw.</summary>
    public void Accept(Action<Socket> serve) =>
        _accepting = Task.WhenAll(_sockets.Select(socket => AcceptAsync(socket, serve)));

    /// <summary>Stops listening. What was accepted is not touched.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        lock (OpenLock) Open.Remove(this);
        await _stop.CancelAsync().ConfigureAwait(false);
        await _accepting.ConfigureAwait(false);
        if (_path is not null) RemoveFile(_path);
        foreach (var socket in _sockets) socket.Dispose();
        _stop.Dispose();
    }

    private static void RemoveFile(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What lies there now is not ours, or cannot be removed by us; the forward has ended all the same.
        }
    }

    private static async Task<IPAddress[]> AddressesOf(
        ForwardEndpoint listen, ForwardOptions options, CancellationToken cancellationToken)
    {
        switch (listen.Host)
        {
            case "*":
            case "" when options.GatewayPorts:
                return OfFamily(IPAddress.Any, IPAddress.IPv6Any);
            case "":
            case "localhost":
                return OfFamily(IPAddress.Loopback, IPAddress.IPv6Loopback);
        }

        try
        {
            var addresses = await HostLookup.FindAsync(listen.Host, options.AddressFamily, cancellationToken)
                .ConfigureAwait(false);
            return [.. addresses.Distinct()];
        }
        catch (SocketException e)
        {
            throw new SshException(
                SshError.ForwardFailed,
                $"cannot listen on {listen}: '{listen.Host}' is no address of this machine ({SocketWords.Of(e)})",
                e);
        }

        IPAddress[] OfFamily(IPAddress four, IPAddress six) => options.AddressFamily switch
        {
            AddressFamily.InterNetwork => [four],
            AddressFamily.InterNetworkV6 => [six],
            _ => [four, six],
        };
    }

    private static List<Socket> Bind(ForwardEndpoint listen, IPAddress[] addresses)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return BindAll(listen.Port, addresses);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse
                && listen.Port == 0 && attempt < 10)
            {
                // The port that the system chose for one address was not free at another: have it choose again.
            }
            catch (SocketException e)
            {
                throw new SshException(SshError.ForwardFailed, Explain(listen, addresses, e), e);
            }
        }
    }

    private static List<Socket> BindAll(int port, IPAddress[] addresses)
    {
        var sockets = new List<Socket>(addresses.Length);
        SocketException? unavailable = null;
        try
        {
            foreach (var address in addresses)
            {
                try
                {
                    sockets.Add(BindAddress(new IPEndPoint(address, port)));
                }
                catch (SocketException e) when (e.SocketErrorCode
                    is SocketError.AddressFamilyNotSupported or SocketError.AddressNotAvailable)
                {
                    unavailable = e; // a machine without IPv6; the other address may do
                    continue;
                }

                // The same port for all addresses.
                port = ((IPEndPoint)sockets[^1].LocalEndPoint!).Port;
            }

            if (sockets.Count == 0 && unavailable is not null) throw unavailable;
            return sockets;
        }
        catch
        {
            foreach (var socket in sockets) socket.Dispose();
            throw;
        }
    }

    private static Socket BindAddress(IPEndPoint endPoint)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (endPoint.AddressFamily == AddressFamily.InterNetworkV6) socket.DualMode = false;
            socket.Bind(endPoint);
            socket.Listen(Backlog);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static Socket BindPath(string path, ForwardOptions options)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            UnixPath.Demand(path, "the socket");
            if (options.StreamLocalBindUnlink) File.Delete(path);
            const UnixFileMode all = (UnixFileMode)0b111_111_111;
            SystemSockets.Current.BindPath(socket, path, all & ~options.StreamLocalBindMask);
            socket.Listen(Backlog);
            return socket;
        }
        catch (Exception e) when (
            e is SocketException or SshException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            socket.Dispose();
            var why = e is SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse }
                ? FindOpen(other => other._path == path) is { } own
                    ? $"the forward {own} listens there already; end that one first"
                    : "there is a file already; remove it, or set StreamLocalBindUnlink=yes"
                : SocketWords.Of(e);
            throw new SshException(SshError.ForwardFailed, $"cannot listen on {path}: {why}", e);
        }
    }

    private static string Explain(ForwardEndpoint listen, IPAddress[] addresses, SocketException failure)
    {
        var why = failure.SocketErrorCode switch
        {
            SocketError.AddressAlreadyInUse
                when FindOpen(other => other.EndPoints.Any(point => Meets(point, addresses, listen.Port))) is { } own =>
                $"the forward {own} listens there already; end that one first, choose another port, or "
                + "0 to have a free one chosen",
            SocketError.AddressAlreadyInUse =>
                "another program listens there already; choose another port, or 0 to have a free one chosen",
            SocketError.AccessDenied => "permission denied; ports below 1024 are for root",
            SocketError.AddressNotAvailable => $"'{listen.Host}' is no address of this machine",
            _ => SocketWords.Of(failure),
        };
        return $"cannot listen on {(listen.Host.Length == 0 ? "port " : "")}{listen}: {why}";
    }

    /// <summary>The forward of this process, of whichever connection, that has what is asked for.</summary>
    private static ForwardSpec? FindOpen(Predicate<LocalForwardListener> isThat)
    {
        lock (OpenLock) return Open.Find(isThat)?._spec;
    }

    /// <summary>Whether an address is one of those, or one of them or it stands for all.</summary>
    private static bool Meets(EndPoint taken, IPAddress[] addresses, int port) =>
        taken is IPEndPoint point && point.Port == port && addresses.Any(address =>
            address.AddressFamily == point.AddressFamily
            && (address.Equals(point.Address) || IsAny(address) || IsAny(point.Address)));

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private async Task AcceptAsync(Socket listener, Action<Socket> serve)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var accepted = await listener.AcceptAsync(_stop.Token).ConfigureAwait(false);
                if (!SystemSockets.Current.IsReserveReached(accepted))
                {
                    serve(accepted);
                    continue;
                }

                accepted.Dispose();
                Report("too many descriptors are open");
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException e)
            {
                Report(SocketWords.Of(e));
                if (e.SocketErrorCode == SocketError.ConnectionAborted) continue; // gone before it was accepted
            }

            // Without descriptors or memory the next attempts would fail as well.
            await Task.Delay(PauseWithoutDescriptors, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Report(string reason)
    {
        LogAcceptFailed(reason);
        _onFailure?.Invoke($"cannot accept a connection: {reason}");
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "cannot accept a connection to be forwarded: {Reason}")]
    private partial void LogAcceptFailed(string reason);
}
