using System.Security.Cryptography;
using static SshMux.Engine.Cryptography.OpenSsl.LibCrypto;

namespace SshMux.Engine.Cryptography.OpenSsl;

/// <summary>
/// Derivations of keys from passphrases by .NET and libcrypto, which wipe what they work with. What they lack is the
/// other provider's.
/// </summary>
internal sealed unsafe class OpenSslKeyDerivations(IKeyDerivations other) : IKeyDerivations
{
    // What the bytes of PKCS#12 are for (RFC 7292 appendix B.3).
    private const int Pkcs12Key = 1;
    private const int Pkcs12Iv = 2;

    public void Pbkdf2(
        string hash, ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, int iterations, Span<byte> key)
    {
        if (hash is "SHA1" or "SHA256" or "SHA384" or "SHA512")
        {
            Rfc2898DeriveBytes.Pbkdf2(passphrase, salt, key, iterations, new HashAlgorithmName(hash));
            return;
        }

        if (!TryPbkdf2(hash, passphrase, salt, iterations, key)) other.Pbkdf2(hash, passphrase, salt, iterations, key);
    }

    public void Scrypt(
        ReadOnlySpan<byte> passphrase,
        ReadOnlySpan<byte> salt,
        int cost,
        int blockSize,
        int parallelization,
        Span<byte> key)
    {
        if (!TryScrypt(passphrase, salt, cost, blockSize, parallelization, key))
        {
            other.Scrypt(passphrase, salt, cost, blockSize, parallelization, key);
        }
    }

    public void Pkcs12(
        ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, int iterations, Span<byte> key, Span<byte> iv)
    {
        if (!TryPkcs12(passphrase, salt, iterations, key, iv)) other.Pkcs12(passphrase, salt, iterations, key, iv);
    }

    /// <summary>False if this libcrypto does not have it.</summary>
    public static bool TryPbkdf2(
        string hash, ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, int iterations, Span<byte> key)
    {
        if (KeyFileFunctions.Pbkdf2 == null) return false;
        var digest = KeyFileFunctions.Digest(hash);
        if (digest == 0) return false;
        fixed (byte* p = NotNull(passphrase), s = NotNull(salt), k = key)
        {
            return Succeeded(
                KeyFileFunctions.Pbkdf2(p, passphrase.Length, s, salt.Length, iterations, digest, key.Length, k));
        }
    }

    /// <summary>False if this libcrypto does not have it.</summary>
    public static bool TryScrypt(
        ReadOnlySpan<byte> passphrase,
        ReadOnlySpan<byte> salt,
        int cost,
        int blockSize,
        int parallelization,
        Span<byte> key)
    {
        if (KeyFileFunctions.Scrypt == null) return false;
        fixed (byte* p = NotNull(passphrase), s = NotNull(salt), k = key)
        {
            // The limit on memory is the caller's; this is one that is never reached.
            return Succeeded(KeyFileFunctions.Scrypt(
                p, (nuint)passphrase.Length, s, (nuint)salt.Length, (ulong)cost, (ulong)blockSize,
                (ulong)parallelization, ulong.MaxValue >> 2, k, (nuint)key.Length));
        }
    }

    /// <summary>False if this libcrypto does not have it.</summary>
    public static bool TryPkcs12(
        ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, int iterations, Span<byte> key, Span<byte> iv) =>
        TryPkcs12(passphrase, salt, Pkcs12Key, iterations, key) && TryPkcs12(passphrase, salt, Pkcs12Iv, iterations, iv);

    private static bool TryPkcs12(
        ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, int purpose, int iterations, Span<byte> bytes)
    {
        if (bytes.IsEmpty) return true;
        if (KeyFileFunctions.Pkcs12 == null) return false;
        var digest = KeyFileFunctions.Digest("SHA1");
        if (digest == 0) return false;
        fixed (byte* p = NotNull(passphrase), s = NotNull(salt), b = bytes)
        {
            return Succeeded(KeyFileFunctions.Pkcs12(
                p, passphrase.Length, s, salt.Length, purpose, iterations, bytes.Length, b, digest));
        }
    }
}
