namespace SshMux.Engine.Transport.Algorithms;

/// <content>Host key and signature algorithms.</content>
internal static partial class SshAlgorithms
{
    /// <summary>ML-DSA-44 and Ed25519 in one, safe against quantum computers (OpenSSH 10.6).</summary>
    internal const string MlDsa44Ed25519 = "ssh-mldsa44-ed25519";

    private const string Ed25519 = "ssh-ed25519";
    private const string MlDsa44Ed25519Certificate = MlDsa44Ed25519 + "-cert";

    /// <summary>
    /// Signature algorithms of plain keys (RFC 8709, RFC 5656, RFC 8332, OpenSSH's PROTOCOL.u2f). They are what
    /// authorities may sign certificates with (CASignatureAlgorithms), too.
    /// </summary>
    public static IReadOnlyList<string> Signature { get; } = Available(
    [
        Ed25519, "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "sk-ssh-ed25519@openssh.com",
        "sk-ecdsa-sha2-nistp256@openssh.com", "rsa-sha2-512", "rsa-sha2-256",
        MlDsa44Ed25519,
    ]);

    /// <summary>Signature algorithms of keys with certificates (OpenSSH's PROTOCOL.certkeys).</summary>
    public static IReadOnlyList<string> CertificateSignature { get; } = Available(
    [
        "ssh-ed25519-cert-v01@openssh.com", "ecdsa-sha2-nistp256-cert-v01@openssh.com",
        "ecdsa-sha2-nistp384-cert-v01@openssh.com", "ecdsa-sha2-nistp521-cert-v01@openssh.com",
        "sk-ssh-ed25519-cert-v01@openssh.com", "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com",
        "rsa-sha2-512-cert-v01@openssh.com", "rsa-sha2-256-cert-v01@openssh.com",
        MlDsa44Ed25519Certificate,
    ]);

    /// <summary>Host key algorithms; as in OpenSSH, those with certificates first.</summary>
    public static IReadOnlyList<string> HostKey { get; } = [.. CertificateSignature, .. Signature];
}
