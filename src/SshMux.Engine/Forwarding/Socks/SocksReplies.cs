using System.Net.Sockets;
using SshMux.Engine.Channels.Messages;

namespace SshMux.Engine.Forwarding.Socks;

/// <summary>What SOCKS clients are told when a connection cannot be made.</summary>
internal static class SocksReplies
{
    /// <summary>
    /// When the server refuses to connect. Its reason is a code for a few kinds, and text for the rest.
    /// </summary>
    public static SocksReply From(SshException failure) => failure.Refusal is not { } refusal
        ? SocksReply.GeneralFailure
        : (OpenFailureReason)refusal.Reason switch
        {
            OpenFailureReason.AdministrativelyProhibited => SocksReply.NotAllowed,
            OpenFailureReason.ConnectFailed => FromText(refusal.Text),
            _ => SocksReply.GeneralFailure,
        };

    /// <summary>When this machine cannot connect.</summary>
    public static SocksReply From(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => SocksReply.ConnectionRefused,
        SocketError.NetworkUnreachable or SocketError.NetworkDown => SocksReply.NetworkUnreachable,
        SocketError.HostUnreachable or SocketError.HostDown or SocketError.HostNotFound or SocketError.NoData
            or SocketError.TryAgain => SocksReply.HostUnreachable,
        SocketError.TimedOut => SocksReply.TimedOut,
        _ => SocksReply.GeneralFailure,
    };

    // The system's words, which OpenSSH's server passes on.
    private static SocksReply FromText(string text)
    {
        if (Has("refused")) return SocksReply.ConnectionRefused;
        if (Has("network is unreachable")) return SocksReply.NetworkUnreachable;
        if (Has("timed out")) return SocksReply.TimedOut;
        return Has("unreachable") || Has("no route") || Has("name") || Has("resolve") || Has("address")
            ? SocksReply.HostUnreachable
            : SocksReply.GeneralFailure;

        bool Has(string word) => text.Contains(word, StringComparison.OrdinalIgnoreCase);
    }
}
