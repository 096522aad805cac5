using System.Security.Cryptography;
using Org.BouncyCastle.Pqc.Crypto.NtruPrime;
using Org.BouncyCastle.Security;

namespace SshMux.Engine.Cryptography.Managed;

/// <summary>
/// Streamlined NTRU Prime with p = 761, by BouncyCastle, which alone has it. Making a key pair takes a processor 25 to
/// 45 ms, and getting a secret 25 ms; who has something else to do should be on another thread. Nobody wipes BouncyCastle's copies of the private key (docs/decisions/0012).
/// </summary>
internal sealed class Sntrup761 : KeyEncapsulation
{
    private readonly SNtruPrimeKemExtractor _extractor;
    private readonly byte[] _publicKey;

    private Sntrup761(SNtruPrimePrivateKeyParameters privateKey, byte[] publicKey)
    {
        _extractor = new SNtruPrimeKemExtractor(privateKey);
        _publicKey = publicKey;
    }

    public override ReadOnlySpan<byte> PublicKey => _publicKey;

    public override int CiphertextLength => _extractor.EncapsulationLength;

    public override bool TakesLong => true;

    /// <summary>Makes a key pair.</summary>
    /// <exception cref="OperationCanceledException">
    /// Cancelled; it is noticed at the beginning and after half of the work.
    /// </exception>
    public static Sntrup761 Create(CancellationToken cancellationToken = default)
    {
        var generator = new SNtruPrimeKeyPairGenerator();
        generator.Init(new SNtruPrimeKeyGenerationParameters(
            new SecureRandom(new SystemRandomGenerator(cancellationToken)), SNtruPrimeParameters.sntrup761));
        var pair = generator.GenerateKeyPair();
        return new Sntrup761(
            (SNtruPrimePrivateKeyParameters)pair.Private,
            ((SNtruPrimePublicKeyParameters)pair.Public).GetPublicKey());
    }

    /// <summary>A key pair that there is, for known-answer tests.</summary>
    public static Sntrup761 From(byte[] privateKey, byte[] publicKey) =>
        new(new SNtruPrimePrivateKeyParameters(SNtruPrimeParameters.sntrup761, privateKey), publicKey);

    public override void Decapsulate(ReadOnlySpan<byte> ciphertext, Span<byte> secret)
    {
        var extracted = _extractor.ExtractSecret(ciphertext.ToArray());
        extracted.CopyTo(secret);
        CryptographicOperations.ZeroMemory(extracted);
    }

    public override void Dispose()
    {
        // BouncyCastle has nothing to call.
    }
}
