using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using SshMux.Engine.Configuration;

namespace SshMux.Engine.Connection;

/// <content>From a name to a TCP connection.</content>
public static partial class SshConnector
{
    private static readonly TimeSpan AttemptInterval = TimeSpan.FromSeconds(1);

    private static string Target(HostConfiguration configuration) =>
        $"host {configuration.HostName} port {configuration.Port}";

    /// <summary>Tries the host's addresses in turn, as often as ConnectionAttempts says.</summary>
    private static async Task<Socket> ConnectSocketAsync(
        HostConfiguration configuration, ILogger logger, CancellationToken ct)
    {
        var addresses = await ResolveAsync(configuration.HostName, configuration.AddressFamily, ct)
            .ConfigureAwait(false);
        var local = configuration.BindAddress is { } bind
            ? await ResolveAsync(bind, configuration.AddressFamily, ct).ConfigureAwait(false)
            : configuration.BindInterface is { } name ? AddressesOf(name) : null;
        for (var attempt = 1; ; attempt++)
        {
            var (socket, failure) = await TryAddressesAsync(addresses, local, configuration, logger, ct)
                .ConfigureAwait(false);
            if (socket is not null) return socket;
            if (failure is null)
            {
                var what = configuration.BindAddress is { } address
                    ? $"BindAddress {address} is"
                    : $"the addresses of BindInterface {configuration.BindInterface} are";
                throw new SshException(
                    SshError.ConnectionFailed,
                    $"connect to {Target(configuration)}: {what} of another address family than the host's addresses");
            }

            if (attempt >= configuration.ConnectionAttempts) throw ConnectFailed(configuration, failure);
            await Task.Delay(AttemptInterval, ct).ConfigureAwait(false);
            Log.TryingAgain(logger, configuration.HostName, configuration.Port);
        }
    }

    private static async Task<(Socket? Socket, SocketException? Failure)> TryAddressesAsync(
        IPAddress[] addresses,
        IPAddress[]? local,
        HostConfiguration configuration,
        ILogger logger,
        CancellationToken ct)
    {
        SocketException? failure = null;
        foreach (var address in addresses)
        {
            var from = local is null ? null : Array.Find(local, a => a.AddressFamily == address.AddressFamily);
            if (local is not null && from is null) continue;
            try
            {
                var socket = await ConnectSocketAsync(
                    new IPEndPoint(address, configuration.Port), from, configuration, ct).ConfigureAwait(false);
                return (socket, null);
            }
            catch (SocketException e)
            {
                Log.Failed(logger, address, configuration.Port, e.Message);
                // An address family that this machine cannot use says less than an answer from another one.
                if (failure is null || !IsLocalLack(e.SocketErrorCode)) failure = e;
            }
        }

        return (null, failure);
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

    private static async Task<IPAddress[]> ResolveAsync(string name, AddressFamily family, CancellationToken ct)
    {
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(name, family, ct).ConfigureAwait(false);
            if (addresses.Length > 0) return addresses;
        }
        catch (SocketException e)
        {
            throw NotResolved(name, e.Message, e);
        }
        catch (ArgumentException e)
        {
            // A name that is too long, or an address that stands for no host (0.0.0.0).
            throw NotResolved(name, e.Message, e);
        }

        throw NotResolved(name, $"it has no address of the family {family}", null);
    }

    private static SshException NotResolved(string name, string why, Exception? inner) => new(
        SshError.HostNotFound,
        $"could not resolve hostname {name}: {Lower(why)}; check the spelling and the network's name service", inner);

    private static async Task<Socket> ConnectSocketAsync(
        IPEndPoint to, IPAddress? from, HostConfiguration configuration, CancellationToken ct)
    {
        var socket = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.NoDelay = true;
            if (configuration.TcpKeepAlive)
            {
                socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            }

            if (from is not null) socket.Bind(new IPEndPoint(from, 0));
            await socket.ConnectAsync(to, ct).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static bool IsLocalLack(SocketError error) =>
        error is SocketError.NetworkUnreachable or SocketError.AddressFamilyNotSupported
            or SocketError.AddressNotAvailable;

    private static SshException ConnectFailed(HostConfiguration configuration, SocketException e)
    {
        var (error, remedy) = e.SocketErrorCode switch
        {
            SocketError.ConnectionRefused => (
                SshError.ConnectionRefused, "nothing listens there: is the port right, and does sshd run?"),
            SocketError.TimedOut => (
                SshError.ConnectionTimeout, "is the host up, and does a firewall drop the packets?"),
            SocketError.HostUnreachable or SocketError.NetworkUnreachable => (
                SshError.ConnectionFailed, "is the network (or the VPN) up?"),
            _ => (SshError.ConnectionFailed, null),
        };
        var text = $"connect to {Target(configuration)}: {Lower(e.Message)}";
        return new SshException(error, remedy is null ? text : $"{text}; {remedy}", e);
    }

    private static string Lower(string text) =>
        text.Length > 1 && char.IsLower(text[1]) ? char.ToLowerInvariant(text[0]) + text[1..] : text;

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Debug, Message = "trying again to connect to {Host} port {Port}")]
        public static partial void TryingAgain(ILogger logger, string host, int port);

        [LoggerMessage(Level = LogLevel.Debug, Message = "connecting to {Address} port {Port}: {Problem}")]
        public static partial void Failed(ILogger logger, IPAddress address, int port, string problem);
    }
}
