using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Forwarding;
using SshMux.Engine.Platform.Sockets;

namespace SshMux.Engine.Connecting;

/// <content>From a name to a TCP connection.</content>
public static partial class SshConnector
{
    private const int TcpLevel = 6; // IPPROTO_TCP
    private const int NotSentLowWater = 25; // TCP_NOTSENT_LOWAT

    /// <summary>
    /// How much the kernel takes that the network does not: a keystroke would wait behind all of it, megabytes otherwise.
    /// </summary>
    private const int MaxNotSent = 128 * 1024;

    private static readonly TimeSpan AttemptInterval = TimeSpan.FromSeconds(1);

    private static string Target(HostConfiguration configuration) =>
        $"host {configuration.HostName} port {configuration.Port}";

    /// <summary>Connects to one of the host's addresses, in as many attempts as ConnectionAttempts says.</summary>
    private static async Task<Socket> ConnectSocketAsync(
        HostConfiguration configuration, ILogger logger, CancellationToken ct)
    {
        var addresses = await ResolveAsync(configuration.HostName, configuration.AddressFamily, ct)
            .ConfigureAwait(false);
        var candidates = await FindCandidatesAsync(addresses, configuration, ct).ConfigureAwait(false);
        for (var attempt = 1; ; attempt++)
        {
            var (socket, failures) = await AddressRace.RunAsync(
                candidates,
                (candidate, stop) => ConnectSocketAsync(candidate, configuration, stop),
                AddressRace.AttemptDelay,
                logger,
                ct).ConfigureAwait(false);
            if (socket is not null) return socket;
            if (attempt >= configuration.ConnectionAttempts) throw ConnectFailed(configuration, failures);
            await Task.Delay(AttemptInterval, ct).ConfigureAwait(false);
            Log.TryingAgain(logger, configuration.HostName, configuration.Port);
        }
    }

    /// <summary>The addresses in their order, each with the local one of its family that BindAddress names.</summary>
    private static async Task<AddressRace.Candidate[]> FindCandidatesAsync(
        IPAddress[] addresses, HostConfiguration configuration, CancellationToken ct)
    {
        var local = configuration.BindAddress is { } bind
            ? await ResolveAsync(bind, configuration.AddressFamily, ct).ConfigureAwait(false)
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
                $"connect to {Target(configuration)}: {what} of another address family than the host's addresses");
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

    private static async Task<IPAddress[]> ResolveAsync(string name, AddressFamily family, CancellationToken ct)
    {
        try
        {
            var addresses = await HostLookup.FindAsync(name, family, ct).ConfigureAwait(false);
            if (addresses.Length > 0) return addresses;
        }
        catch (SocketException e)
        {
            throw NotResolved(name, e.Message, e);
        }

        var kind = family == AddressFamily.InterNetworkV6 ? "IPv6" : "IPv4";
        throw NotResolved(name, $"No address associated with hostname (of the family {kind})", null);
    }

    /// <summary>Here and below ssh(1)'s own words come first, which programs look for; then what may help.</summary>
    private static SshException NotResolved(string name, string why, Exception? inner) => new(
        SshError.HostNotFound,
        $"Could not resolve hostname {name}: {why}; check the spelling and the network's name service", inner);

    private static async Task<Socket> ConnectSocketAsync(
        AddressRace.Candidate candidate, HostConfiguration configuration, CancellationToken ct)
    {
        var socket = new Socket(candidate.To.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
        try
        {
            socket.NoDelay = true;
            socket.SetRawSocketOption(TcpLevel, NotSentLowWater, MemoryMarshal.AsBytes([MaxNotSent]));
            if (configuration.TcpKeepAlive)
            {
                socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            }

            // As in OpenSSH: a login is somebody's who waits.
            SocketStream.SetServiceClass(socket, configuration.ServiceClasses.Interactive);
            if (candidate.From is { } from) socket.Bind(new IPEndPoint(from, 0));
            await OutgoingSocket.ConnectAsync(socket, candidate.To, ct).ConfigureAwait(false);
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

    private static SshException ConnectFailed(
        HostConfiguration configuration, List<(IPAddress Address, SocketException Reason)> failures)
    {
        // An address family that this machine cannot use says less than an answer from another one.
        var e = failures.LastOrDefault(failure => !IsLocalLack(failure.Reason.SocketErrorCode)).Reason
            ?? failures[^1].Reason;
        var (error, remedy) = e.SocketErrorCode switch
        {
            SocketError.ConnectionRefused => (
                SshError.ConnectionRefused, "nothing listens there: is the port right, and does sshd run?"),
            SocketError.TimedOut => (
                SshError.ConnectionTimeout, "is the host up, and does a firewall drop the packets?"),
            SocketError.HostUnreachable or SocketError.NetworkUnreachable => (
                SshError.ConnectionFailed, "is the network (or the VPN) up?"),
            SocketError.AddressNotAvailable when configuration.BindAddress is { } bind => (
                SshError.ConnectionFailed, $"is BindAddress {bind} one of this machine?"),
            _ => (SshError.ConnectionFailed, null),
        };
        var text = $"connect to {Target(configuration)}: {e.Message}";
        if (failures.Count > 1) text += $" (tried {string.Join(", ", failures.Select(failure => failure.Address))})";
        return new SshException(error, remedy is null ? text : $"{text}; {remedy}", e);
    }

    /// <summary>ConnectTimeout has passed, before there was a connection or before an SSH server answered.</summary>
    private static SshException TimedOut(HostConfiguration configuration, bool isConnected)
    {
        var limit = $"within the ConnectTimeout of {configuration.ConnectTimeout!.Value.TotalSeconds} seconds";
        var answer = "Connection timed out during banner exchange: Connection to " +
            $"{configuration.HostName} port {configuration.Port} timed out";
        return new SshException(SshError.ConnectionTimeout, (isConnected, configuration.ProxyCommand) switch
        {
            (false, _) => $"connect to {Target(configuration)}: Connection timed out; there was no answer {limit}: " +
                "is the host up, and does a firewall drop the packets?",
            (true, null) => $"{answer}; no SSH server answered {limit}: is it the right port, and is the server (or " +
                "what stands before it) overloaded?",
            (true, { } command) => $"{answer}; no SSH server answered {limit} through the ProxyCommand '{command}': " +
                "does it work by itself?",
        });
    }

    private static partial class Log
    {
        /// <summary>In the words of ssh(1), which people and programs look for.</summary>
        public static void Authenticated(
            ILogger logger, HostConfiguration configuration, IPAddress? address, string method)
        {
            if (!logger.IsEnabled(LogLevel.Information)) return;
            var port = configuration.Port.ToString(CultureInfo.InvariantCulture);
            Authenticated(
                logger, configuration.HostName, address is null ? "via proxy" : $"[{address}]:{port}", method);
        }

        [LoggerMessage(Level = LogLevel.Information, Message = "Authenticated to {Host} ({Way}) using \"{Method}\".")]
        private static partial void Authenticated(ILogger logger, string host, string way, string method);

        [LoggerMessage(Level = LogLevel.Debug, Message = "trying again to connect to {Host} port {Port}")]
        public static partial void TryingAgain(ILogger logger, string host, int port);
    }
}
