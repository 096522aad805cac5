namespace SshMux.Engine.Channels.Messages;

/// <summary>The request types of SSH_MSG_CHANNEL_REQUEST (RFC 4254 section 6; OpenSSH's PROTOCOL).</summary>
internal static class ChannelRequestTypes
{
    /// <summary>A terminal (RFC 4254 section 6.2).</summary>
    public const string Pty = "pty-req";

    /// <summary>X11 forwarding (RFC 4254 section 6.3.1).</summary>
    public const string X11 = "x11-req";

    /// <summary>Agent forwarding (PROTOCOL.agent).</summary>
    public const string Agent = "auth-agent-req@openssh.com";

    /// <summary>An environment variable (RFC 4254 section 6.4).</summary>
    public const string Environment = "env";

    /// <summary>The user's login shell (RFC 4254 section 6.5).</summary>
    public const string Shell = "shell";

    /// <summary>A command (RFC 4254 section 6.5).</summary>
    public const string Exec = "exec";

    /// <summary>A subsystem, such as sftp (RFC 4254 section 6.5).</summary>
    public const string Subsystem = "subsystem";

    /// <summary>The terminal has another size now (RFC 4254 section 6.7).</summary>
    public const string WindowChange = "window-change";

    /// <summary>A signal to the program (RFC 4254 section 6.9).</summary>
    public const string Signal = "signal";

    /// <summary>A BREAK to the program (RFC 4335).</summary>
    public const string Break = "break";

    /// <summary>The program's exit status (RFC 4254 section 6.10).</summary>
    public const string ExitStatus = "exit-status";

    /// <summary>The signal that ended the program (RFC 4254 section 6.10).</summary>
    public const string ExitSignal = "exit-signal";

    /// <summary>The sender reads no more (end of write; PROTOCOL section 2.1).</summary>
    public const string EndOfWrite = "eow@openssh.com";

    /// <summary>A type that no server knows, for its refusal.</summary>
    public const string Unknown = "refused@sshmux";
}
