using System.Security.Cryptography;
using SshMux.Engine.Platform;

namespace SshMux.Engine.Transport.KeyExchange;

/// <summary>
/// <c>mlkem768x25519-sha256</c> (draft-ietf-sshm-mlkem-hybrid-kex): ML-KEM-768 and X25519 at once, so that the secret
/// stays one while either of them holds. What goes over the wire is the part of ML-KEM and after it that of X25519.
/// </summary>
internal sealed class MlKem768X25519Key : EphemeralKey
{
    /// <summary>The method's name.</summary>
    public const string Method = "mlkem768x25519-sha256";

    private const int SecretLength = 32;

    private readonly MLKem _kem;
    private readonly X25519Key _curve;
    private readonly byte[] _publicValue;

    public MlKem768X25519Key()
        : this(MLKem.GenerateKey(MLKemAlgorithm.MLKem768), new X25519Key())
    {
    }

    /// <summary>Takes key pairs that there are, for known-answer tests.</summary>
    internal MlKem768X25519Key(MLKem kem, X25519Key curve)
    {
        _kem = kem;
        _curve = curve;
        _publicValue = [.. kem.ExportEncapsulationKey(), .. curve.PublicValue];
    }

    /// <summary>Why this machine cannot do it; null when it can.</summary>
    public static string? WhyUnavailable =>
        !LibCrypto.IsAvailable ? LibCrypto.WhyUnavailable
        : MLKem.IsSupported ? null
        : "this system's .NET has no ML-KEM; on Linux it needs OpenSSL 3.5 or later";

    public override HashAlgorithmName Hash => HashAlgorithmName.SHA256;

    public override ReadOnlySpan<byte> PublicValue => _publicValue;

    public override byte[] DeriveSecret(ReadOnlySpan<byte> serverPublicValue)
    {
        var ciphertextLength = MLKemAlgorithm.MLKem768.CiphertextSizeInBytes;
        if (serverPublicValue.Length != ciphertextLength + LibCrypto.Curve25519KeyLength)
        {
            throw SshException.Protocol("the server's ML-KEM and X25519 value has a wrong length");
        }

        Span<byte> secrets = stackalloc byte[SecretLength + LibCrypto.Curve25519KeyLength];
        try
        {
            // A ciphertext that was tampered with gives another secret, and then the server's proof fails.
            _kem.Decapsulate(serverPublicValue[..ciphertextLength], secrets[..SecretLength]);
            _curve.DeriveRaw(serverPublicValue[ciphertextLength..], secrets[SecretLength..]);

            // A string, where the other methods have an mpint.
            var encoded = new byte[4 + SHA256.HashSizeInBytes];
            encoded[3] = SHA256.HashSizeInBytes;
            SHA256.HashData(secrets, encoded.AsSpan(4));
            return encoded;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secrets);
        }
    }

    public override void Dispose()
    {
        _kem.Dispose();
        _curve.Dispose();
    }
}
