using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Security;

namespace SshMux.Engine.Cryptography.Managed;

/// <summary>The composite of ML-DSA-44, by BouncyCastle, and a provider's Ed25519.</summary>
internal sealed class MlDsa44Ed25519(IEd25519 ed25519) : IMlDsa44Ed25519
{
    private const int SeedLength = 32;
    private const int MlDsaPublicKeyLength = IMlDsa44Ed25519.PublicKeyLength - IEd25519.KeyLength;
    private const int MlDsaSignatureLength = IMlDsa44Ed25519.SignatureLength - IEd25519.SignatureLength;

    private static ReadOnlySpan<byte> Prefix => "CompositeAlgorithmSignatures2025"u8;

    private static ReadOnlySpan<byte> Label => "COMPSIG-MLDSA44-Ed25519-SHA512"u8;

    public byte[] PublicKeyOf(ReadOnlySpan<byte> privateKey)
    {
        var key = new byte[IMlDsa44Ed25519.PublicKeyLength];
        MlDsaKeyOf(privateKey).GetPublicKeyEncoded().CopyTo(key, 0);
        ed25519.PublicKey(privateKey[SeedLength..], key.AsSpan(MlDsaPublicKeyLength));
        return key;
    }

    public byte[] Sign(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> data)
    {
        var message = MessageOf(data);
        var random = new SecureRandom(new SystemRandomGenerator(CancellationToken.None));
        var signer = new MLDsaSigner(MLDsaParameters.ml_dsa_44, deterministic: false);
        signer.Init(
            forSigning: true,
            new ParametersWithContext(new ParametersWithRandom(MlDsaKeyOf(privateKey), random), Label));
        signer.BlockUpdate(message);
        var signature = new byte[IMlDsa44Ed25519.SignatureLength];
        signer.GenerateSignature().CopyTo(signature, 0);
        ed25519.Sign(privateKey[SeedLength..], message, signature.AsSpan(MlDsaSignatureLength));
        return signature;
    }

    public bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        if (publicKey.Length != IMlDsa44Ed25519.PublicKeyLength || signature.Length != IMlDsa44Ed25519.SignatureLength) return false;
        var message = MessageOf(data);
        if (!ed25519.Verify(publicKey[MlDsaPublicKeyLength..], message, signature[MlDsaSignatureLength..]))
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
