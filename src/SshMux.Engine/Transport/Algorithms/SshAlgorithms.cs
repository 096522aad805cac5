using System.Security.Cryptography;
using SshMux.Engine.Cryptography.Chosen;

namespace SshMux.Engine.Transport.Algorithms;

/// <summary>
/// The algorithms of the transport layer that work on this machine, the preferred ones first. What cannot be computed here
/// (<see cref="WhyUnavailable"/>) is not in the lists.
/// </summary>
internal static partial class SshAlgorithms
{
    /// <summary>ML-KEM-768 and X25519.</summary>
    internal const string MlKem768X25519 = "mlkem768x25519-sha256";

    /// <summary>sntrup761 and X25519.</summary>
    internal const string Sntrup761X25519 = "sntrup761x25519-sha512";

    /// <summary>sntrup761 and X25519 by the name that they had before there was a draft (OpenSSH 8.5 to 9.8).</summary>
    internal const string Sntrup761X25519AtOpenSsh = "sntrup761x25519-sha512@openssh.com";

    /// <summary>X25519 alone (RFC 8731).</summary>
    internal const string X25519 = "curve25519-sha256";
    /// <summary>X25519 alone by the name that it had before its RFC.</summary>
    internal const string X25519AtLibssh = "curve25519-sha256@libssh.org";

    internal const string ChaChaPoly = "chacha20-poly1305@openssh.com";
    internal const string NoCompression = "none";
    internal const string DelayedZlib = "zlib@openssh.com";
    private const string DiffieHellman = "diffie-hellman-";

    /// <summary>
    /// Key exchange methods (draft-ietf-sshm-mlkem-hybrid-kex, draft-ietf-sshm-ntruprime-ssh, RFC 8731, RFC 5656,
    /// RFC 4419, RFC 8268), in OpenSSH's order.
    /// </summary>
    public static IReadOnlyList<string> KeyExchange { get; } = Available(
    [
        MlKem768X25519, Sntrup761X25519, Sntrup761X25519AtOpenSsh, X25519, X25519AtLibssh,
        "ecdh-sha2-nistp256", "ecdh-sha2-nistp384", "ecdh-sha2-nistp521", DiffieHellman + "group-exchange-sha256",
        DiffieHellman + "group16-sha512", DiffieHellman + "group18-sha512", DiffieHellman + "group14-sha256",
    ]);

    /// <summary>
    /// Ciphers (RFC 4344, RFC 5647 and OpenSSH's PROTOCOL). AES-GCM comes first: processors help with it, and the
    /// Terrapin attack cannot reach it, whatever the server does.
    /// </summary>
    public static IReadOnlyList<string> Ciphers { get; } = Available(
    [
        "aes128-gcm@openssh.com", "aes256-gcm@openssh.com", ChaChaPoly, "aes128-ctr", "aes192-ctr", "aes256-ctr",
    ]);

    /// <summary>MACs (RFC 6668 and OpenSSH's PROTOCOL).</summary>
    public static IReadOnlyList<string> Macs { get; } = Available(
    [
        "hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512",
    ]);

    /// <summary>Compression (OpenSSH's PROTOCOL): none, or zlib from the login on.</summary>
    public static IReadOnlyList<string> Compression { get; } = [NoCompression, DelayedZlib];

    /// <summary>
    /// Why an algorithm cannot be used on this machine although SshMux knows it; null when it can, and for names that
    /// SshMux does not know.
    /// </summary>
    public static string? WhyUnavailable(string algorithm)
    {
        ArgumentNullException.ThrowIfNull(algorithm);
        var provider = CryptographyProvider.Current;
        if (algorithm.StartsWith(DiffieHellman, StringComparison.Ordinal)) return provider.DiffieHellman.WhyUnavailable;
        if (algorithm == ChaChaPoly) return provider.WhyNoChaChaPoly;
        if (algorithm.EndsWith("-gcm@openssh.com", StringComparison.Ordinal) && !AesGcm.IsSupported)
        {
            return "this system's .NET has no AES-GCM";
        }

        return null;
    }

    private static string[] Available(string[] all) => Array.FindAll(all, name => WhyUnavailable(name) is null);
}
