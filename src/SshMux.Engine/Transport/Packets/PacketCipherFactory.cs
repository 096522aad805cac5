using System.Security.Cryptography;
using SshMux.Engine.Cryptography;
using SshMux.Engine.Transport.Algorithms;

namespace SshMux.Engine.Transport.Packets;

/// <summary>What the ciphers and MACs of SSH need and how they are made, by their names.</summary>
internal static class PacketCipherFactory
{
    /// <summary>Whether the cipher authenticates by itself, so that no MAC is negotiated.</summary>
    public static bool IsAuthenticated(string cipher) =>
        cipher == SshAlgorithms.ChaChaPoly || cipher.EndsWith("-gcm@openssh.com", StringComparison.Ordinal);

    /// <summary>The length of a cipher's key in bytes.</summary>
    public static int KeyLength(string cipher) => cipher switch
    {
        "aes128-ctr" or "aes128-gcm@openssh.com" => 16,
        "aes192-ctr" => 24,
        "aes256-ctr" or "aes256-gcm@openssh.com" => 32,
        SshAlgorithms.ChaChaPoly => ChaChaPolyCipher.KeyLength,
        _ => throw new ArgumentException($"unknown cipher {cipher}", nameof(cipher)),
    };

    /// <summary>The length of a cipher's initial vector in bytes.</summary>
    public static int IvLength(string cipher) =>
        cipher == SshAlgorithms.ChaChaPoly ? 0 : IsAuthenticated(cipher) ? 12 : 16;

    /// <summary>The length of a MAC's key in bytes; none is 0.</summary>
    public static int MacKeyLength(string? mac) => mac switch
    {
        null => 0,
        "hmac-sha2-256" or "hmac-sha2-256-etm@openssh.com" => 32,
        "hmac-sha2-512" or "hmac-sha2-512-etm@openssh.com" => 64,
        _ => throw new ArgumentException($"unknown MAC {mac}", nameof(mac)),
    };

    /// <summary>Makes one direction's cipher. The keys are copied.</summary>
    public static PacketCipher Create(
        ICryptographyProvider provider,
        string cipher,
        string? mac,
        ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> iv,
        ReadOnlySpan<byte> macKey)
    {
        if (cipher == SshAlgorithms.ChaChaPoly) return new ChaChaPolyCipher(provider, key);
        if (IsAuthenticated(cipher)) return new AesGcmCipher(key, iv);
        var hash = MacKeyLength(mac) == 64 ? HashAlgorithmName.SHA512 : HashAlgorithmName.SHA256;
        var encryptThenMac = mac!.EndsWith("-etm@openssh.com", StringComparison.Ordinal);
        return new AesCtrHmacCipher(provider, key, iv, hash, macKey, encryptThenMac);
    }
}
