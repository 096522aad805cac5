namespace SshMux.Engine.Channels.Messages;

/// <summary>The channel types of SSH_MSG_CHANNEL_OPEN (RFC 4254 section 5.1; OpenSSH's PROTOCOL and PROTOCOL.agent).</summary>
internal static class ChannelTypes
{
    /// <summary>A program on the server (RFC 4254 section 6.1).</summary>
    public const string Session = "session";

    /// <summary>A connection that the server makes to a TCP port (RFC 4254 section 7.2).</summary>
    public const string DirectTcpip = "direct-tcpip";

    /// <summary>A connection that the server makes to a unix socket (PROTOCOL section 2.4).</summary>
    public const string DirectStreamLocal = "direct-streamlocal@openssh.com";

    /// <summary>A connection that the server has accepted at a TCP port (RFC 4254 section 7.2).</summary>
    public const string ForwardedTcpip = "forwarded-tcpip";

    /// <summary>A connection that the server has accepted at a unix socket (PROTOCOL section 2.4).</summary>
    public const string ForwardedStreamLocal = "forwarded-streamlocal@openssh.com";

    /// <summary>A program there wants to reach the X server here (RFC 4254 section 6.3.2).</summary>
    public const string X11 = "x11";

    /// <summary>A program there wants to reach the agent here (PROTOCOL.agent).</summary>
    public const string Agent = "auth-agent@openssh.com";

    /// <summary>A tunnel of packets or frames (PROTOCOL section 2.3), which is only passed on.</summary>
    public const string Tunnel = "tun@openssh.com";
}
