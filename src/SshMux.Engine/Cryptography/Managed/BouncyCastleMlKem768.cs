using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Kems;
using Org.BouncyCastle.Crypto.Parameters;

namespace SshMux.Engine.Cryptography.Managed;

/// <summary>ML-KEM-768 by BouncyCastle, whose copies of the private key nobody wipes (docs/decisions/0012).</summary>
internal sealed class BouncyCastleMlKem768 : KeyEncapsulation
{
    private const int SeedLength = 64; // d and z of FIPS 203

    private readonly MLKemDecapsulator _decapsulator = new(MLKemParameters.ml_kem_768);
    private readonly byte[] _publicKey;

    private BouncyCastleMlKem768(MLKemPrivateKeyParameters key)
    {
        _decapsulator.Init(key);
        _publicKey = key.GetPublicKeyEncoded();
    }

    public override ReadOnlySpan<byte> PublicKey => _publicKey;

    public override int CiphertextLength => _decapsulator.EncapsulationLength;

    public static BouncyCastleMlKem768 Create()
    {
        var seed = Pinned.Bytes(SeedLength);
        RandomNumberGenerator.Fill(seed);
        try
        {
            return FromSeed(seed);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }
    }

    /// <summary>The key pair of a seed.</summary>
    public static BouncyCastleMlKem768 FromSeed(byte[] seed) =>
        new(MLKemPrivateKeyParameters.FromSeed(MLKemParameters.ml_kem_768, seed));

    public override void Decapsulate(ReadOnlySpan<byte> ciphertext, Span<byte> secret) =>
        _decapsulator.Decapsulate(ciphertext, secret);

    public override void Dispose()
    {
        // BouncyCastle has nothing to call.
    }
}
