namespace SshMux.Engine.Authentication;

/// <summary>The names of the methods of authentication.</summary>
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

    private static readonly string[] Unsupported = ["gssapi-with-mic", "gssapi-keyex", "gssapi", "hostbased"];

    /// <summary>Whether it is a method that ssh(1) has and sshmux has not.</summary>
    public static bool IsUnsupported(string method) => Unsupported.Contains(method);
}
