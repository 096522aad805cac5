using System.Net.Sockets;
using SshMux.Engine.Platform.Sockets;

namespace SshMux.Engine.Transport;

/// <summary>From what happened to the reason that is told: to the user, and to the server.</summary>
internal static class EndReasons
{
    /// <summary>The reason for an end by an exception.</summary>
    /// <param name="e">What was thrown.</param>
    /// <param name="when">When it showed, as the end of a sentence.</param>
    public static SshException Of(Exception e, string when) => e switch
    {
        SshException ours => ours,

        // What carries the connection (a proxy, a jump host) knows better.
        IOException { InnerException: SshException carrier } => carrier,
        _ when IsOfStream(e) => Lost(Cause(e), when, e),
        _ => new SshException(SshError.ProtocolError, $"a message could not be handled: {e.Message}", e),
    };

    /// <summary>Whether it is the stream that has failed.</summary>
    public static bool IsOfStream(Exception e) => e is IOException or SocketException or ObjectDisposedException;

    /// <summary>The cause in ssh(1)'s words, and when it showed.</summary>
    public static SshException Lost(string cause, string when, Exception? inner = null) =>
        new(SshError.ConnectionLost, $"{cause}; the connection to the server was lost {when}", inner);

    /// <summary>The cause in ssh(1)'s words.</summary>
    public static string Cause(Exception e) => (e as SocketException ?? e.InnerException as SocketException) switch
    {
        { SocketErrorCode: SocketError.ConnectionReset } => "Connection reset by peer",
        { SocketErrorCode: SocketError.Shutdown } => "Connection closed by remote host",
        { SocketErrorCode: SocketError.TimedOut } => "Connection timed out",
        { SocketErrorCode: SocketError.HostUnreachable or SocketError.NetworkUnreachable } => "No route to host",
        _ => SocketWords.Of(e),
    };

    /// <summary>What the server is told; the reason's own text may name local files and is not for it.</summary>
    public static DisconnectMessage GoodbyeFor(SshException reason) => reason.Error switch
    {
        SshError.HostKeyUnknown or SshError.HostKeyChanged or SshError.HostKeyRevoked =>
            new(DisconnectReason.HostKeyNotVerifiable, "host key verification failed"),
        SshError.NoCommonAlgorithm or SshError.AlgorithmUnavailable =>
            new(DisconnectReason.KeyExchangeFailed, "no common algorithm"),
        SshError.ProtocolError => new(DisconnectReason.ProtocolError, "protocol error"),
        SshError.AuthenticationFailed =>
            new(DisconnectReason.NoMoreAuthMethodsAvailable, "no more authentication methods available"),
        _ => new(DisconnectReason.ByApplication, "disconnected by user"),
    };
}
