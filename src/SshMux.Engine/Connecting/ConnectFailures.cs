using System.Net;
using System.Net.Sockets;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Platform.Sockets;

namespace SshMux.Engine.Connecting;

/// <summary>
/// Why a host cannot be reached. ssh(1)'s own words come first, which programs look for; then what may help.
/// </summary>
internal static class ConnectFailures
{
    /// <summary>The host and port that are connected to.</summary>
    public static string Target(HostConfiguration configuration) =>
        $"host {configuration.HostName} port {configuration.Port}";

    /// <summary>A name has no address.</summary>
    public static SshException NotResolved(string name, string why, Exception? inner) => new(
        SshError.HostNotFound,
        $"Could not resolve hostname {name}: {why}; check the spelling and the network's name service", inner);

    /// <summary>None of the host's addresses can be reached.</summary>
    public static SshException Unreachable(
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
        var text = $"connect to {Target(configuration)}: {SocketWords.Of(e)}";
        if (failures.Count > 1) text += $" (tried {string.Join(", ", failures.Select(failure => failure.Address))})";
        return new SshException(error, remedy is null ? text : $"{text}; {remedy}", e);
    }

    /// <summary>ConnectTimeout has passed, before there was a connection or before an SSH server answered.</summary>
    public static SshException TimedOut(HostConfiguration configuration, bool isConnected)
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

    private static bool IsLocalLack(SocketError error) =>
        error is SocketError.NetworkUnreachable or SocketError.AddressFamilyNotSupported
            or SocketError.AddressNotAvailable;
}
