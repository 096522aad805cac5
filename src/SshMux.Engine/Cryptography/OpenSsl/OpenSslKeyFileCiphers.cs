using static SshMux.Engine.Cryptography.OpenSsl.LibCrypto;

namespace SshMux.Engine.Cryptography.OpenSsl;

/// <summary>
/// The ciphers of key files by libcrypto, which wipes what it works with. What it lacks (DES and RC2 since OpenSSL 3) is
/// the other provider's.
/// </summary>
internal sealed unsafe class OpenSslKeyFileCiphers(IKeyFileCiphers other) : IKeyFileCiphers
{
    public bool Has(string name, int keyLength, int ivLength) =>
        other.Has(name, keyLength, ivLength) || TryDecrypt(name, new byte[keyLength], new byte[ivLength], []);

    public void Decrypt(string name, ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, Span<byte> text)
    {
        if (!TryDecrypt(name, key, iv, text)) other.Decrypt(name, key, iv, text);
    }

    /// <summary>
    /// Decrypts in place; padding stays. False if this libcrypto does not have the cipher, or only in a provider that is
    /// not loaded.
    /// </summary>
    public static bool TryDecrypt(string name, ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, Span<byte> text)
    {
        if (!KeyFileFunctions.HasCiphers) return false;
        nint cipher;
        fixed (byte* n = KeyFileFunctions.Terminated(name)) cipher = KeyFileFunctions.CipherByName(n);
        if (cipher == 0) return false;
        var context = Check(Api.NewCipherContext(), "EVP_CIPHER_CTX_new");
        try
        {
            int length;
            fixed (byte* k = NotNull(key), v = NotNull(iv), t = text)
            {
                if (!Succeeded(KeyFileFunctions.DecryptInit(context, cipher, 0, k, v))) return false;
                Check(KeyFileFunctions.SetPadding(context, 0), "EVP_CIPHER_CTX_set_padding");
                if (text.IsEmpty) return true;
                Check(KeyFileFunctions.DecryptUpdate(context, t, &length, t, text.Length), "EVP_DecryptUpdate");
            }

            return length == text.Length;
        }
        finally
        {
            // Wipes the key schedule as it frees.
            Api.FreeCipherContext(context);
        }
    }
}
