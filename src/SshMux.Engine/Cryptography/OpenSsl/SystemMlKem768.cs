using System.Security.Cryptography;

namespace SshMux.Engine.Cryptography.OpenSsl;

/// <summary>ML-KEM-768 by .NET: of OpenSSL from 3.5 on, and of Windows 11.</summary>
internal sealed class SystemMlKem768 : KeyEncapsulation
{
    private readonly MLKem _key;
    private readonly byte[] _publicKey;

    private SystemMlKem768(MLKem key)
    {
        _key = key;
        _publicKey = key.ExportEncapsulationKey();
    }

    public override ReadOnlySpan<byte> PublicKey => _publicKey;

    public override int CiphertextLength => _key.Algorithm.CiphertextSizeInBytes;

    public static SystemMlKem768 Create() => new(MLKem.GenerateKey(MLKemAlgorithm.MLKem768));

    /// <summary>The key pair of a seed, for known-answer tests.</summary>
    public static SystemMlKem768 FromSeed(ReadOnlySpan<byte> seed) =>
        new(MLKem.ImportPrivateSeed(MLKemAlgorithm.MLKem768, seed));

    public override void Decapsulate(ReadOnlySpan<byte> ciphertext, Span<byte> secret) =>
        _key.Decapsulate(ciphertext, secret);

    public override void Dispose() => _key.Dispose();
}
