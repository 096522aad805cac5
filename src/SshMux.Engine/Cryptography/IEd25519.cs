namespace SshMux.Engine.Cryptography;

/// <summary>Ed25519 (RFC 8032), whose private key is a seed.</summary>
internal interface IEd25519
{
    /// <summary>The length in bytes of a seed, and of a public key.</summary>
    const int KeyLength = 32;

    /// <summary>The length of a signature in bytes.</summary>
    const int SignatureLength = 64;

    /// <summary>Computes the public key that belongs to a seed.</summary>
    void PublicKey(ReadOnlySpan<byte> seed, Span<byte> publicKey);

    /// <summary>Signs <paramref name="data"/> with the key of the seed.</summary>
    void Sign(ReadOnlySpan<byte> seed, ReadOnlySpan<byte> data, Span<byte> signature);

    /// <summary>
    /// Whether <paramref name="signature"/> is that of the data by the key; false, too, for one of another length.
    /// </summary>
    bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature);
}
