using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using SshMux.Engine.Cryptography;
using SshMux.Engine.Cryptography.Chosen;

namespace SshMux.Engine.Authentication.KeyFiles;

/// <summary>
/// The derivations of keys from passphrases in PKCS#8 files, by the provider. None can be cancelled, so a file may not ask
/// for too much.
/// </summary>
internal static class PassphraseDerivation
{
    /// <summary>The most iterations of a hash; they take some seconds.</summary>
    public const int MaxIterations = 10_000_000;

    /// <summary>The most memory that scrypt and Argon2 get, in bytes.</summary>
    public const long MaxMemory = 1L << 29;

    /// <summary>The most bytes that scrypt and Argon2 may fill one after the other; they take some seconds.</summary>
    public const long MaxWork = 1L << 32;

    /// <summary>PBKDF1 (RFC 8018 section 5.1), with MD5 or SHA-1.</summary>
    public static void Pbkdf1(
        HashAlgorithmName hash, ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, int iterations, Span<byte> key)
    {
        using var hasher = IncrementalHash.CreateHash(hash);
        Span<byte> digest = stackalloc byte[hasher.HashLengthInBytes];
        hasher.AppendData(passphrase);
        hasher.AppendData(salt);
        hasher.GetHashAndReset(digest);
        for (var i = 1; i < iterations; i++)
        {
            hasher.AppendData(digest);
            hasher.GetHashAndReset(digest);
        }

        digest[..key.Length].CopyTo(key);
        CryptographicOperations.ZeroMemory(digest);
    }

    /// <summary>PBKDF2 (RFC 8018 section 5.2); <paramref name="hash"/> is OpenSSL's name.</summary>
    public static void Pbkdf2(
        string hash, ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, int iterations, Span<byte> key) =>
        CryptographyProvider.Current.KeyDerivations.Pbkdf2(hash, passphrase, salt, iterations, key);

    /// <summary>scrypt (RFC 7914).</summary>
    public static void Scrypt(
        ReadOnlySpan<byte> passphrase,
        ReadOnlySpan<byte> salt,
        int cost,
        int blockSize,
        int parallelization,
        Span<byte> key) =>
        CryptographyProvider.Current.KeyDerivations.Scrypt(passphrase, salt, cost, blockSize, parallelization, key);

    /// <summary>The derivation of PKCS#12 with SHA-1 (RFC 7292 appendix B) from a passphrase in UTF-8.</summary>
    public static void Pkcs12(
        ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, int iterations, Span<byte> key, Span<byte> iv)
    {
        var characters = Pinned.Characters(passphrase);

        // It has a zero at its end there.
        var secret = Pinned.Bytes(2 * (characters.Length + 1));
        try
        {
            Encoding.BigEndianUnicode.GetBytes(characters, secret);
            CryptographyProvider.Current.KeyDerivations.Pkcs12(secret, salt, iterations, key, iv);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(characters.AsSpan()));
            CryptographicOperations.ZeroMemory(secret);
        }
    }
}
