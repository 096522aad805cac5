using SshMux.Engine.Authentication.KeyFiles;
using SshMux.Engine.Authentication.Keys;
using SshMux.Engine.Transport.Keys;

namespace SshMux.Engine.Authentication;

/// <summary>
/// A key or certificate that may be offered: a file, a key of the agent, or a file whose key the agent holds.
/// </summary>
internal sealed class Identity : IDisposable
{
    /// <summary>The private key file; null for a key that only the agent knows, and for certificates.</summary>
    public PrivateKeyFile? File { get; init; }

    /// <summary>
    /// The file's path as configured; for a certificate its own; null for a key that only the agent knows.
    /// </summary>
    public string? Path { get; init; }

    /// <summary>The public key or certificate where it is known before the private key is decrypted.</summary>
    public ReadOnlyMemory<byte>? PublicKey { get; init; }

    /// <summary>The certificate, if it is one from a file.</summary>
    public SshCertificate? Certificate { get; init; }

    /// <summary>The path that the private key of a certificate should have by its name; else null.</summary>
    public string? KeyPath { get; init; }

    /// <summary>The key, once it can sign.</summary>
    public SshPrivateKey? Key { get; set; }

    /// <summary>Whether the agent signs.</summary>
    public bool IsInAgent => Key is AgentKey;

    /// <summary>Whether it was offered since the last partial success.</summary>
    public bool Tried { get; set; }

    /// <summary>Whether it has done its part already (partial success); servers want another one then.</summary>
    public bool Used { get; set; }

    /// <summary>For people: the file, or what the agent calls the key.</summary>
    public string Name =>
        Path ?? (Key is AgentKey { Comment: { Length: > 0 } name } ? $"the agent's key '{name}'" : "an agent's key");

    /// <summary>How to name the key of a public key blob in a log.</summary>
    public static string Fingerprint(ReadOnlySpan<byte> publicKey) =>
        KeyFingerprint.Of(publicKey);

    /// <summary>Wipes the key.</summary>
    public void Dispose()
    {
        Key?.Dispose();
        File?.Dispose();
    }

    /// <summary>Whether the key, or that of the certificate, is RSA and shorter than allowed.</summary>
    public static bool IsTooShort(ReadOnlySpan<byte> publicKey, string keyType, int requiredBits)
    {
        if (SshCertificate.PlainAlgorithm(keyType) != "ssh-rsa") return false;
        try
        {
            var key = keyType == "ssh-rsa" ? SshPublicKey.Parse(publicKey) : SshCertificate.Parse(publicKey).Key;
            return key.Bits < requiredBits;
        }
        catch (SshException)
        {
            // Of an impossible length, or malformed.
            return true;
        }
    }
}
