using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Platform.Sockets;

namespace SshMux.Engine.Connecting;

/// <summary>From a host's name to a TCP connection.</summary>
internal static partial class TcpConnector
{
    private static readonly TimeSpan AttemptInterval = TimeSpan.FromSeconds(1);

    /// <summary>Connects to one of the host's addresses, in as many attempts as ConnectionAttempts says.</summary>
    /// <exception cref="SshException">It has no address, or none can be reached.</exception>
    public static async Task<Socket> ConnectAsync(
        HostConfiguration configuration, ILogger logger, CancellationToken cancellationToken)
    {
        var addresses = await ResolveAsync(configuration.HostName, configuration.AddressFamily, cancellationToken)
            .ConfigureAwait(false);
        var candidates = await FindCandidatesAsync(addresses, configuration, cancellationToken).ConfigureAwait(false);
        for (var attempt = 1; ; attempt++)
        {
            var (socket, failures) = await AddressRace.RunAsync(
                candidates,
                (candidate, stop) => ConnectAsync(candidate, configuration, stop),
                AddressRace.AttemptDelay,
                logger,
                cancellationToken).ConfigureAwait(false);
            if (socket is not null) return socket;
            if (attempt >= configuration.ConnectionAttempts) throw ConnectFailures.Unreachable(configuration, failures);
            await Task.Delay(AttemptInterval, cancellationToken).ConfigureAwait(false);
            LogTryingAgain(logger, configuration.HostName, configuration.Port);
        }
    }

    /// <summary>The addresses in their order, each with the local one of its family that BindAddress names.</summary>
    private static async Task<AddressRace.Candidate[]> FindCandidatesAsync(
        IPAddress[] addresses, HostConfiguration configuration, CancellationToken cancellationToken)
    {
        var local = configuration.BindAddress is { } bind
            ? await ResolveAsync(bind, configuration.AddressFamily, cancellationToken).ConfigureAwait(false)
            : configuration.BindInterface is { } name ? AddressesOf(name) : null;
        if (local is not null)
        {
            addresses = Array.FindAll(addresses, to => local.Any(from => from.AddressFamily == to.AddressFamily));
        }

        if (addresses.Length == 0)
        {
            var what = configuration.BindAddress is { } address
                ? $"BindAddress {address} is"
                : $"the addresses of BindInterface {configuration.BindInterface} are";
            throw new SshException(
                SshError.ConnectionFailed,
                $"connect to {ConnectFailures.Target(configuration)}: {what} of another address family than the host's "
                + "addresses");
        }

        return Array.ConvertAll(
            AddressRace.Order(addresses),
            to => new AddressRace.Candidate(
                new IPEndPoint(to, configuration.Port),
                local is null ? null : Array.Find(local, from => from.AddressFamily == to.AddressFamily)));
    }

    /// <summary>An interface's addresses, those that lead only to this machine or link last.</summary>
    private static IPAddress[] AddressesOf(string name)
    {
        var found = Array.Find(
            NetworkInterface.GetAllNetworkInterfaces(),
            i => i.Name == name && i.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown);
        var addresses = found?.GetIPProperties().UnicastAddresses
            .Select(unicast => unicast.Address)
            .OrderBy(address => IPAddress.IsLoopback(address) || address.IsIPv6LinkLocal)
            .ToArray() ?? [];
        return addresses.Length > 0
            ? addresses
            : throw new SshException(
                SshError.ConnectionFailed,
                $"BindInterface {name}: there is no such interface that is up and has an address");
    }

    private static async Task<IPAddress[]> ResolveAsync(
        string name, AddressFamily family, CancellationToken cancellationToken)
    {
        try
        {
            var addresses = await HostLookup.FindAsync(name, family, cancellationToken).ConfigureAwait(false);
            if (addresses.Length > 0) return addresses;
        }
        catch (SocketException e)
        {
            throw ConnectFailures.NotResolved(name, SocketWords.Of(e), e);
        }

        var kind = family == AddressFamily.InterNetworkV6 ? "IPv6" : "IPv4";
        throw ConnectFailures.NotResolved(name, $"No address associated with hostname (of the family {kind})", null);
    }

    private static async Task<Socket> ConnectAsync(
        AddressRace.Candidate candidate, HostConfiguration configuration, CancellationToken cancellationToken)
    {
        var socket = new Socket(candidate.To.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.NoDelay = true;
            SystemSockets.Current.LimitUnsent(socket);
            if (configuration.TcpKeepAlive)
            {
                socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            }

            // As in OpenSSH: a login is somebody's who waits.
            SocketStream.SetServiceClass(socket, configuration.ServiceClasses.Interactive);
            if (candidate.From is { } from) socket.Bind(new IPEndPoint(from, 0));
            await SystemSockets.Current.ConnectAsync(socket, candidate.To, cancellationToken).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "trying again to connect to {Host} port {Port}")]
    private static partial void LogTryingAgain(ILogger logger, string host, int port);
}
