using System.Security.Cryptography;
using SshMux.Engine.Platform;

namespace SshMux.Engine.Authentication;

/// <summary>A cipher that private keys are encrypted with, and the sizes that it needs.</summary>
/// <param name="Name">OpenSSH's name for it, or PEM's.</param>
/// <param name="KeyLength">In bytes.</param>
/// <param name="IvLength">In bytes.</param>
/// <param name="BlockLength">The text is a multiple of it, in bytes.</param>
/// <param name="TagLength">The length of the authentication tag after the text; 0: none.</param>
internal sealed record KeyCipher(string Name, int KeyLength, int IvLength, int BlockLength, int TagLength = 0)
{
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
    ];

    /// <summary>The cipher of that name in OpenSSH's key format; null if it is not supported.</summary>
    public static KeyCipher? ByName(string name) => Array.Find(All, cipher => cipher.Name == name);

    /// <summary>
    /// Decrypts in place; CBC's padding, if there is one, stays. False if the tag shows that key or text is wrong.
    /// </summary>
    public bool TryDecrypt(ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, Span<byte> text, ReadOnlySpan<byte> tag)
    {
        if (Name.EndsWith("-ctr", StringComparison.Ordinal))
        {
            using var stream = new LibCrypto.AesCtr(key, iv);
            stream.Apply(text);
            return true;
        }

        if (TagLength > 0)
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

        using SymmetricAlgorithm cipher = Name == "3des-cbc" ? TripleDes() : Aes.Create();
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

#pragma warning disable CA5350 // Old keys are encrypted with it; it only reads them.
    private static TripleDES TripleDes() => TripleDES.Create();
#pragma warning restore CA5350
}
