namespace SshMux.Engine.Cryptography;

/// <summary>Derivations of keys from passphrases. None can be cancelled.</summary>
internal interface IKeyDerivations
{
    /// <summary>
    /// PBKDF2 (RFC 8018 section 5.2) with HMAC and a hash by OpenSSL's name: SHA1, SHA256, SHA384, SHA512, or one that
    /// .NET lacks: MD5, SHA224, SHA512-224 or SHA512-256.
    /// </summary>
    void Pbkdf2(string hash, ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, int iterations, Span<byte> key);

    /// <summary>scrypt (RFC 7914), in 128 * cost * blockSize bytes of memory.</summary>
    void Scrypt(
        ReadOnlySpan<byte> passphrase,
        ReadOnlySpan<byte> salt,
        int cost,
        int blockSize,
        int parallelization,
        Span<byte> key);

    /// <summary>
    /// The derivation of PKCS#12 (RFC 7292 appendix B) with SHA-1, from a passphrase in UTF-16, big-endian, with the zero
    /// at its end.
    /// </summary>
    void Pkcs12(ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, int iterations, Span<byte> key, Span<byte> iv);
}
