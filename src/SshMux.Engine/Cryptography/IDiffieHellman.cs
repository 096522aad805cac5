namespace SshMux.Engine.Cryptography;

/// <summary>
/// Diffie-Hellman in the multiplicative group modulo a prime. All numbers are big-endian and without leading zeros.
/// </summary>
internal interface IDiffieHellman
{
    /// <summary>Why it cannot be done here; null when it can.</summary>
    string? WhyUnavailable { get; }

    /// <summary>The prime of RFC 3526 of 2048, 3072, 4096, 6144 or 8192 bits.</summary>
    byte[] PrimeOf(int bits);

    /// <summary>
    /// Makes a key pair in the group of a prime and a generator, with a private exponent of
    /// <paramref name="privateBits"/> bits.
    /// </summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">They are refused.</exception>
    IDiffieHellmanKey CreateKey(ReadOnlySpan<byte> prime, ReadOnlySpan<byte> generator, int privateBits);

    /// <summary>A key pair that there is, for known-answer tests.</summary>
    IDiffieHellmanKey KeyFrom(
        ReadOnlySpan<byte> prime,
        ReadOnlySpan<byte> generator,
        ReadOnlySpan<byte> privateKey,
        ReadOnlySpan<byte> publicValue);
}
