namespace SshMux.Engine.Channels.Messages;

/// <summary>
/// The request types of SSH_MSG_GLOBAL_REQUEST (RFC 4254 section 4 and 7.1; OpenSSH's PROTOCOL). Those about host keys are
/// <see cref="Authentication.HostKeys.HostKeyUpdate"/>'s.
/// </summary>
internal static class GlobalRequestTypes
{
    /// <summary>To listen on a TCP port (RFC 4254 section 7.1).</summary>
    public const string TcpipForward = "tcpip-forward";

    /// <summary>To listen there no more.</summary>
    public const string CancelTcpipForward = "cancel-tcpip-forward";

    /// <summary>To listen on a unix socket (PROTOCOL section 2.4).</summary>
    public const string StreamLocalForward = "streamlocal-forward@openssh.com";

    /// <summary>To listen there no more.</summary>
    public const string CancelStreamLocalForward = "cancel-streamlocal-forward@openssh.com";

    /// <summary>A round trip: every server answers, whatever it makes of it.</summary>
    public const string KeepAlive = "keepalive@openssh.com";

    /// <summary>No session will follow (PROTOCOL section 2.2).</summary>
    public const string NoMoreSessions = "no-more-sessions@openssh.com";
}
