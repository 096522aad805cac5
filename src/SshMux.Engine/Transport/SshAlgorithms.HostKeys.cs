namespace SshMux.Engine.Transport;

/// <content>Host key and signature algorithms.</content>
public static partial class SshAlgorithms
{
    private const string Ed25519 = "ssh-ed25519";

    /// <summary>
    /// Signature algorithms of plain keys (RFC 8709, RFC 5656, RFC 8332, OpenSSH's PROTOCOL.u2f). They are what
    /// authorities may sign certificates with (CASignatureAlgorithms), too.
    /// </summary>
    public static IReadOnlyList<string> Signature { get; } = Available(
    [
        Ed25519, "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "sk-ssh-ed25519@openssh.com",
        "sk-ecdsa-sha2-nistp256@openssh.com", "rsa-sha2-512", "rsa-sha2-256",
    ]);

    /// <summary>The same with certificates (OpenSSH's PROTOCOL.certkeys).</summary>
    public static IReadOnlyList<string> CertificateSignature { get; } = Available(
    [
        "ssh-ed25519-cert-v01@openssh.com", "ecdsa-sha2-nistp256-cert-v01@openssh.com",
        "ecdsa-sha2-nistp384-cert-v01@openssh.com", "ecdsa-sha2-nistp521-cert-v01@openssh.com",
        "sk-ssh-ed25519-cert-v01@openssh.com", "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com",
        "rsa-sha2-512-cert-v01@openssh.com", "rsa-sha2-256-cert-v01@openssh.com",
    ]);

    /// <summary>Host key algorithms; as in OpenSSH, those with certificates first.</summary>
    public static IReadOnlyList<string> HostKey { get; } = [.. CertificateSignature, .. Signature];

    private static bool IsEd25519(string algorithm) => algorithm.Contains(Ed25519, StringComparison.Ordinal);
}
