namespace SshMux.Engine.Configuration;

/// <summary>
/// The names of the methods of authentication. They stand here, and not in Authentication above, as
/// PreferredAuthentications of ssh_config(5) names them, too.
/// </summary>
internal static class AuthenticationMethods
{
    /// <summary>None (RFC 4252 section 5.2).</summary>
    public const string None = "none";

    /// <summary>By a key (RFC 4252 section 7).</summary>
    public const string PublicKey = "publickey";

    /// <summary>By a key, with the host's key in what is signed (OpenSSH's PROTOCOL, section 3.1).</summary>
    public const string HostBoundPublicKey = "publickey-hostbound-v00@openssh.com";

    /// <summary>By a password (RFC 4252 section 8).</summary>
    public const string Password = "password";

    /// <summary>By answers to the server's questions (RFC 4256).</summary>
    public const string KeyboardInteractive = "keyboard-interactive";

    /// <summary>By the key of the client's host (RFC 4252 section 9); ssh(1) has it, sshmux has not.</summary>
    public const string HostBased = "hostbased";

    /// <summary>By Kerberos and the like (RFC 4462 section 3); ssh(1) has it, sshmux has not.</summary>
    public const string GssApiWithMic = "gssapi-with-mic";

    private static readonly string[] Unsupported = [GssApiWithMic, "gssapi-keyex", "gssapi", HostBased];

    /// <summary>Whether it is a method that ssh(1) has and sshmux has not.</summary>
    public static bool IsUnsupported(string method) => Unsupported.Contains(method);
}
