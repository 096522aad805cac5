using System.Security.Cryptography;
using SshMux.Engine.Cryptography;
using SshMux.Engine.Platform;

namespace SshMux.Engine.Transport.KeyExchange;

/// <summary>
/// A key encapsulation and X25519 at once, so that the secret stays one while either of them holds:
/// <c>mlkem768x25519-sha256</c> (draft-ietf-sshm-mlkem-hybrid-kex) and <c>sntrup761x25519-sha512</c>
/// (draft-ietf-sshm-ntruprime-ssh). What goes over the wire is the part of the encapsulation and after it that of X25519.
/// </summary>
internal sealed class HybridKey : EphemeralKey
{
    /// <summary>ML-KEM-768 and X25519.</summary>
    public const string MlKem768Method = "mlkem768x25519-sha256";

    /// <summary>sntrup761 and X25519.</summary>
    public const string Sntrup761Method = "sntrup761x25519-sha512";

    /// <summary>The same by the name that it had before it was a draft (OpenSSH 8.5 to 9.8).</summary>
    public const string Sntrup761AtOpenSshMethod = "sntrup761x25519-sha512@openssh.com";

    private readonly KeyEncapsulation _kem;
    private readonly X25519Key _curve;
    private readonly byte[] _publicValue;

    /// <summary>Takes over both key pairs.</summary>
    internal HybridKey(KeyEncapsulation kem, X25519Key curve, HashAlgorithmName hash)
    {
        _kem = kem;
        _curve = curve;
        _publicValue = [.. kem.PublicKey, .. curve.PublicValue];
        Hash = hash;
    }

    public override HashAlgorithmName Hash { get; }

    public override ReadOnlySpan<byte> PublicValue => _publicValue;

    public override bool TakesLong => _kem is Sntrup761;

    /// <summary>Whether a method stays safe when there are quantum computers.</summary>
    public static bool IsPostQuantum(string method) => method == MlKem768Method || IsSntrup761(method);

    /// <summary>Whether a method is sntrup761 by one of its names.</summary>
    public static bool IsSntrup761(string method) => method is Sntrup761Method or Sntrup761AtOpenSshMethod;

    /// <summary>A fresh key pair of a post-quantum method; see <see cref="Sntrup761.Create"/> for cancelling.</summary>
    public static HybridKey CreateFor(string method, CancellationToken ct = default) => method == MlKem768Method
        ? new HybridKey(MlKem768.Create(), new X25519Key(), HashAlgorithmName.SHA256)
        : new HybridKey(Sntrup761.Create(ct), new X25519Key(), HashAlgorithmName.SHA512);

    public override byte[] DeriveSecret(ReadOnlySpan<byte> serverPublicValue)
    {
        var length = _kem.CiphertextLength;
        if (serverPublicValue.Length != length + LibCrypto.Curve25519KeyLength)
        {
            throw SshException.Protocol(
                $"the server's post-quantum key exchange value has {serverPublicValue.Length} bytes instead of " +
                $"{length + LibCrypto.Curve25519KeyLength}");
        }

        Span<byte> secrets = stackalloc byte[KeyEncapsulation.SecretLength + LibCrypto.Curve25519KeyLength];
        try
        {
            // A ciphertext that was tampered with gives another secret, and then the server's proof fails.
            _kem.Decapsulate(serverPublicValue[..length], secrets[..KeyEncapsulation.SecretLength]);
            _curve.DeriveRaw(serverPublicValue[length..], secrets[KeyEncapsulation.SecretLength..]);

            // A string, where the other methods have an mpint.
            var hashLength = Hash == HashAlgorithmName.SHA512 ? SHA512.HashSizeInBytes : SHA256.HashSizeInBytes;
            var encoded = Pinned.Bytes(4 + hashLength);
            encoded[3] = (byte)hashLength;
            CryptographicOperations.HashData(Hash, secrets, encoded.AsSpan(4));
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
