using System.Security.Cryptography;
using SshMux.Engine.Cryptography;
using SshMux.Engine.Cryptography.Chosen;

namespace SshMux.Engine.Authentication.KeyFiles;

/// <summary>A cipher that private keys are encrypted with, and the sizes that it needs.</summary>
/// <param name="Name">OpenSSH's name for it, or OpenSSL's in upper case (<see cref="OpenSslCiphers"/>).</param>
/// <param name="KeyLength">In bytes.</param>
/// <param name="IvLength">In bytes; 0: none.</param>
/// <param name="BlockLength">The text is a multiple of it, in bytes.</param>
/// <param name="TagLength">The length of the authentication tag after the text; 0: none.</param>
internal sealed record KeyCipher(string Name, int KeyLength, int IvLength, int BlockLength, int TagLength = 0)
{
    private const string ChaChaPoly = "chacha20-poly1305@openssh.com";

    private static readonly KeyCipher[] All =
    [
        new("aes256-ctr", 32, 16, 16),
        new("aes192-ctr", 24, 16, 16),
        new("aes128-ctr", 16, 16, 16),
        new("aes256-cbc", 32, 16, 16),
        new("aes192-cbc", 24, 16, 16),
        new("aes128-cbc", 16, 16, 16),
        new("3des-cbc", 24, 8, 8),
        new("aes256-gcm@openssh.com", 32, 12, 16, 16),
        new("aes128-gcm@openssh.com", 16, 12, 16, 16),
        new(ChaChaPoly, 2 * IChaCha20.KeyLength, 0, 8, IPoly1305.TagLength),
    ];

    /// <summary>The cipher of that name in OpenSSH's key format; null if it is not supported.</summary>
    public static KeyCipher? ByName(string name) => Array.Find(All, cipher => cipher.Name == name);

    /// <summary>
    /// Decrypts in place; padding, if there is one, stays. False if the tag shows that key or text is wrong.
    /// </summary>
    public bool TryDecrypt(ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, Span<byte> text, ReadOnlySpan<byte> tag)
    {
        switch (Name)
        {
            case ChaChaPoly:
                return TryDecryptChaChaPoly(key, text, tag);
            case "aes256-ctr" or "aes192-ctr" or "aes128-ctr":
                using (var stream = CryptographyProvider.Current.CreateAesCtr(key, iv)) stream.Apply(text);
                return true;
            case "aes256-cbc" or "aes192-cbc" or "aes128-cbc":
                using (var aes = Aes.Create()) return TryDecryptCbc(aes, key, iv, text);
            case "3des-cbc":
                using (var tripleDes = TripleDes()) return TryDecryptCbc(tripleDes, key, iv, text);
            default:
                if (TagLength > 0) return TryDecryptGcm(key, iv, text, tag);
                OpenSslCiphers.Decrypt(this, key, iv, text);
                return true;
        }
    }

    private static bool TryDecryptCbc(
        SymmetricAlgorithm cipher, ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, Span<byte> text)
    {
        var bytes = Pinned.Copy(key);
        try
        {
            cipher.Key = bytes;
            cipher.DecryptCbc(text, iv, text, PaddingMode.None);
            return true;
        }
        catch (CryptographicException)
        {
            // TripleDES refuses weak keys, which only a wrong passphrase makes.
            return false;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private bool TryDecryptGcm(ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, Span<byte> text, ReadOnlySpan<byte> tag)
    {
        using var gcm = new AesGcm(key, TagLength);
        try
        {
            gcm.Decrypt(iv, text, tag, text);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    /// <summary>As for packets (PROTOCOL.chacha20poly1305), but with no length field, and always the number 0.</summary>
    private static bool TryDecryptChaChaPoly(ReadOnlySpan<byte> key, Span<byte> text, ReadOnlySpan<byte> tag)
    {
        Span<byte> tagKey = stackalloc byte[IPoly1305.KeyLength];
        Span<byte> expected = stackalloc byte[IPoly1305.TagLength];
        using var stream = CryptographyProvider.Current.CreateChaCha20(key[..IChaCha20.KeyLength]);
        using var poly = CryptographyProvider.Current.CreatePoly1305();
        try
        {
            tagKey.Clear();
            stream.Apply(nonce: 0, firstBlock: 0, tagKey);
            poly.ComputeTag(tagKey, text, expected);
            if (!CryptographicOperations.FixedTimeEquals(expected, tag)) return false;
            stream.Apply(nonce: 0, firstBlock: 1, text);
            return true;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(tagKey);
        }
    }

#pragma warning disable CA5350 // Old keys are encrypted with it; it only reads them.
    private static TripleDES TripleDes() => TripleDES.Create();
#pragma warning restore CA5350
}
