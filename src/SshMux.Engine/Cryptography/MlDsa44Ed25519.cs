using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Security;
using SshMux.Engine.Platform;

namespace SshMux.Engine.Cryptography;

/// <summary>
/// The composite signature id-MLDSA44-Ed25519-SHA512 (draft-ietf-lamps-pq-composite-sigs, sections 3 and 6), which
/// OpenSSH's <c>ssh-mldsa44-ed25519</c> keys make: one by ML-DSA-44 (FIPS 204), by BouncyCastle, and one by Ed25519, by
/// libcrypto. Who wants to forge it must break both.
/// </summary>
internal static class MlDsa44Ed25519
{
    /// <summary>The length of a public key: ML-DSA's of 1312 bytes, then Ed25519's.</summary>
    public const int PublicKeyLength = MlDsaPublicKeyLength + LibCrypto.Curve25519KeyLength;

    /// <summary>The length of a private key: the seeds of both, 32 bytes each.</summary>
    public const int PrivateKeyLength = SeedLength + LibCrypto.Curve25519KeyLength;

    /// <summary>The length of a signature: ML-DSA's of 2420 bytes, then Ed25519's.</summary>
    public const int SignatureLength = MlDsaSignatureLength + LibCrypto.Ed25519SignatureLength;

    private const int SeedLength = 32;
    private const int MlDsaPublicKeyLength = 1312;
    private const int MlDsaSignatureLength = 2420;

    private static ReadOnlySpan<byte> Prefix => "CompositeAlgorithmSignatures2025"u8;

    private static ReadOnlySpan<byte> Label => "COMPSIG-MLDSA44-Ed25519-SHA512"u8;

    /// <summary>The public key that goes with a private one.</summary>
    public static byte[] PublicKeyOf(ReadOnlySpan<byte> privateKey)
    {
        var key = new byte[PublicKeyLength];
        MlDsaKeyOf(privateKey).GetPublicKeyEncoded().CopyTo(key, 0);
        LibCrypto.Ed25519PublicKey(privateKey[SeedLength..], key.AsSpan(MlDsaPublicKeyLength));
        return key;
    }

    /// <summary>Signs.</summary>
    public static byte[] Sign(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> data)
    {
        var message = MessageOf(data);
        var random = new SecureRandom(new SystemRandomGenerator(CancellationToken.None));
        var signer = new MLDsaSigner(MLDsaParameters.ml_dsa_44, deterministic: false);
        signer.Init(
            forSigning: true,
            new ParametersWithContext(new ParametersWithRandom(MlDsaKeyOf(privateKey), random), Label));
        signer.BlockUpdate(message);
        var signature = new byte[SignatureLength];
        signer.GenerateSignature().CopyTo(signature, 0);
        LibCrypto.Ed25519Sign(privateKey[SeedLength..], message, signature.AsSpan(MlDsaSignatureLength));
        return signature;
    }

    /// <summary>Whether both signatures are right; false, too, for a key or a signature of another length.</summary>
    public static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        if (publicKey.Length != PublicKeyLength || signature.Length != SignatureLength) return false;
        var message = MessageOf(data);
        if (!LibCrypto.Ed25519Verify(publicKey[MlDsaPublicKeyLength..], message, signature[MlDsaSignatureLength..]))
        {
            return false;
        }

        var key = MLDsaPublicKeyParameters.FromEncoding(
            MLDsaParameters.ml_dsa_44, publicKey[..MlDsaPublicKeyLength].ToArray());
        var verifier = new MLDsaSigner(MLDsaParameters.ml_dsa_44, deterministic: false);
        verifier.Init(forSigning: false, new ParametersWithContext(key, Label));
        verifier.BlockUpdate(message);
        return verifier.VerifySignature(signature[..MlDsaSignatureLength].ToArray());
    }

    /// <summary>What both sign: the prefix, the label, an empty context, and the hash of the data.</summary>
    private static byte[] MessageOf(ReadOnlySpan<byte> data) => [.. Prefix, .. Label, 0, .. SHA512.HashData(data)];

    private static MLDsaPrivateKeyParameters MlDsaKeyOf(ReadOnlySpan<byte> privateKey)
    {
        var seed = Pinned.Bytes(SeedLength);
        try
        {
            privateKey[..SeedLength].CopyTo(seed);
            return MLDsaPrivateKeyParameters.FromSeed(MLDsaParameters.ml_dsa_44, seed);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }
    }
}
