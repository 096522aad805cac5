using System.Text;

namespace SshMux.Engine.Cryptography;

/// <content>
/// What the formats of key files need beside the rest: OpenSSL's ciphers by their names, and derivations of keys from
/// passphrases. Each says whether this libcrypto has it; all wipe what they work with.
/// </content>
internal static unsafe partial class LibCrypto
{
    /// <summary>For <see cref="TryPkcs12"/>: the bytes are for a key.</summary>
    public const int Pkcs12Key = 1;

    /// <summary>For <see cref="TryPkcs12"/>: the bytes are for an initialization vector.</summary>
    public const int Pkcs12Iv = 2;

    /// <summary>
    /// Decrypts in place with one of OpenSSL's ciphers, as "CAMELLIA-256-CBC"; padding stays. Blocks must be whole.
    /// False if this libcrypto does not have it, or only in a provider that is not loaded (OpenSSL 3 and DES).
    /// </summary>
    public static bool TryDecrypt(string cipherName, ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, Span<byte> text)
    {
        if (!IsAvailable || !KeyFileApi.HasCiphers) return false;
        nint cipher;
        fixed (byte* name = Terminated(cipherName)) cipher = KeyFileApi.CipherByName(name);
        if (cipher == 0) return false;
        var context = Check(Api.NewCipherContext(), "EVP_CIPHER_CTX_new");
        try
        {
            int length;
            fixed (byte* k = NotNull(key), v = NotNull(iv), t = text)
            {
                if (KeyFileApi.DecryptInit(context, cipher, 0, k, v) != 1)
                {
                    Api.ClearErrors();
                    return false;
                }

                Check(KeyFileApi.SetPadding(context, 0), "EVP_CIPHER_CTX_set_padding");
                if (text.IsEmpty) return true;
                Check(KeyFileApi.DecryptUpdate(context, t, &length, t, text.Length), "EVP_DecryptUpdate");
            }

            return length == text.Length;
        }
        finally
        {
            // Wipes the key schedule as it frees.
            Api.FreeCipherContext(context);
        }
    }

    /// <summary>PBKDF2 with HMAC and a hash by OpenSSL's name. False if this libcrypto does not have it.</summary>
    public static bool TryPbkdf2(
        string hash, ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, int iterations, Span<byte> key)
    {
        if (!IsAvailable || KeyFileApi.Pbkdf2 == null || Digest(hash) is not (not 0 and var digest)) return false;
        fixed (byte* p = NotNull(passphrase), s = NotNull(salt), k = key)
        {
            return Succeeded(
                KeyFileApi.Pbkdf2(p, passphrase.Length, s, salt.Length, iterations, digest, key.Length, k));
        }
    }

    /// <summary>
    /// scrypt (RFC 7914), in 128 * cost * blockSize bytes of memory. False if this libcrypto does not have it.
    /// </summary>
    public static bool TryScrypt(
        ReadOnlySpan<byte> passphrase,
        ReadOnlySpan<byte> salt,
        int cost,
        int blockSize,
        int parallelization,
        Span<byte> key)
    {
        if (!IsAvailable || KeyFileApi.Scrypt == null) return false;
        fixed (byte* p = NotNull(passphrase), s = NotNull(salt), k = key)
        {
            // The limit on memory is the caller's; this is one that is never reached.
            return Succeeded(KeyFileApi.Scrypt(
                p, (nuint)passphrase.Length, s, (nuint)salt.Length, (ulong)cost, (ulong)blockSize,
                (ulong)parallelization, ulong.MaxValue >> 2, k, (nuint)key.Length));
        }
    }

    /// <summary>
    /// The derivation of PKCS#12 (RFC 7292 appendix B) with SHA-1, from a passphrase in UTF-16, big-endian, with the
    /// zero at its end. False if this libcrypto does not have it.
    /// </summary>
    /// <param name="passphrase">See above.</param>
    /// <param name="salt">The salt.</param>
    /// <param name="purpose"><see cref="Pkcs12Key"/> or <see cref="Pkcs12Iv"/>.</param>
    /// <param name="iterations">At least 1.</param>
    /// <param name="key">What is filled.</param>
    public static bool TryPkcs12(
        ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, int purpose, int iterations, Span<byte> key)
    {
        if (key.IsEmpty) return true;
        if (!IsAvailable || KeyFileApi.Pkcs12 == null || Digest("SHA1") is not (not 0 and var digest)) return false;
        fixed (byte* p = NotNull(passphrase), s = NotNull(salt), k = key)
        {
            return Succeeded(KeyFileApi.Pkcs12(
                p, passphrase.Length, s, salt.Length, purpose, iterations, key.Length, k, digest));
        }
    }

    private static bool Succeeded(int result)
    {
        if (result != 1) Api.ClearErrors();
        return result == 1;
    }

    private static nint Digest(string hash)
    {
        if (KeyFileApi.DigestByName == null) return 0;
        fixed (byte* name = Terminated(hash)) return KeyFileApi.DigestByName(name);
    }

    private static byte[] Terminated(string name) => Encoding.ASCII.GetBytes(name + '\0');

    /// <summary>The functions behind all these, each null if this libcrypto has it not.</summary>
    private static class KeyFileApi
    {
        public static readonly delegate* unmanaged<byte*, nint> CipherByName;
        public static readonly delegate* unmanaged<byte*, nint> DigestByName;
        public static readonly delegate* unmanaged<nint, nint, nint, byte*, byte*, int> DecryptInit;
        public static readonly delegate* unmanaged<nint, byte*, int*, byte*, int, int> DecryptUpdate;
        public static readonly delegate* unmanaged<nint, int, int> SetPadding;
        public static readonly delegate* unmanaged<byte*, int, byte*, int, int, nint, int, byte*, int> Pbkdf2;
        public static readonly delegate* unmanaged<
            byte*, nuint, byte*, nuint, ulong, ulong, ulong, ulong, byte*, nuint, int> Scrypt;

        public static readonly delegate* unmanaged<byte*, int, byte*, int, int, int, int, byte*, nint, int> Pkcs12;

        static KeyFileApi()
        {
            var bind = new Binder(Library);
            CipherByName = (delegate* unmanaged<byte*, nint>)bind.To("EVP_get_cipherbyname");
            DigestByName = (delegate* unmanaged<byte*, nint>)bind.To("EVP_get_digestbyname");
            DecryptInit = (delegate* unmanaged<nint, nint, nint, byte*, byte*, int>)bind.To("EVP_DecryptInit_ex");
            DecryptUpdate = (delegate* unmanaged<nint, byte*, int*, byte*, int, int>)bind.To("EVP_DecryptUpdate");
            SetPadding = (delegate* unmanaged<nint, int, int>)bind.To("EVP_CIPHER_CTX_set_padding");
            Pbkdf2 = (delegate* unmanaged<byte*, int, byte*, int, int, nint, int, byte*, int>)
                bind.To("PKCS5_PBKDF2_HMAC");
            Scrypt = (delegate* unmanaged<
                byte*, nuint, byte*, nuint, ulong, ulong, ulong, ulong, byte*, nuint, int>)bind.To("EVP_PBE_scrypt");
            Pkcs12 = (delegate* unmanaged<byte*, int, byte*, int, int, int, int, byte*, nint, int>)
                bind.To("PKCS12_key_gen_uni");
        }

        public static bool HasCiphers =>
            CipherByName != null && DecryptInit != null && DecryptUpdate != null && SetPadding != null;
    }
}
