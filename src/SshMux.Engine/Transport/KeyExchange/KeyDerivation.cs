using System.Security.Cryptography;
using SshMux.Engine.Cryptography;
using SshMux.Engine.Cryptography.Chosen;
using SshMux.Engine.Transport.Packets;

namespace SshMux.Engine.Transport.KeyExchange;

/// <summary>The keys that a key exchange yields (RFC 4253 section 7.2). Wipes the secret on dispose.</summary>
internal sealed class KeyDerivation(
    HashAlgorithmName hash, byte[] encodedSecret, byte[] exchangeHash, ReadOnlyMemory<byte> sessionId) : IDisposable
{
    /// <summary>The initial vector from client to server.</summary>
    public const char ClientIv = 'A';

    /// <summary>The initial vector from server to client.</summary>
    public const char ServerIv = 'B';

    /// <summary>The encryption key from client to server.</summary>
    public const char ClientKey = 'C';

    /// <summary>The encryption key from server to client.</summary>
    public const char ServerKey = 'D';

    /// <summary>The MAC key from client to server.</summary>
    public const char ClientMacKey = 'E';

    /// <summary>The MAC key from server to client.</summary>
    public const char ServerMacKey = 'F';

    /// <summary>Derives <paramref name="length"/> bytes for one purpose. The caller wipes them.</summary>
    public byte[] Derive(char purpose, int length)
    {
        var key = Pinned.Bytes(length);
        using var digest = IncrementalHash.CreateHash(hash);
        Span<byte> block = stackalloc byte[SHA512.HashSizeInBytes];
        block = block[..digest.HashLengthInBytes];
        for (var filled = 0; filled < length;)
        {
            digest.AppendData(encodedSecret);
            digest.AppendData(exchangeHash);
            if (filled == 0)
            {
                digest.AppendData([(byte)purpose]);
                digest.AppendData(sessionId.Span);
            }
            else
            {
                digest.AppendData(key.AsSpan(0, filled));
            }

            digest.GetHashAndReset(block);
            var taken = Math.Min(block.Length, length - filled);
            block[..taken].CopyTo(key.AsSpan(filled));
            filled += taken;
        }

        CryptographicOperations.ZeroMemory(block);
        return key;
    }

    /// <summary>Makes one direction's cipher by the names of cipher and MAC, with keys for these purposes.</summary>
    public PacketCipher CreateCipher(
        (string Cipher, string? Mac) names, char keyPurpose, char ivPurpose, char macPurpose)
    {
        var key = Derive(keyPurpose, PacketCipherFactory.KeyLength(names.Cipher));
        var iv = Derive(ivPurpose, PacketCipherFactory.IvLength(names.Cipher));
        var macKey = Derive(macPurpose, PacketCipherFactory.MacKeyLength(names.Mac));
        try
        {
            return PacketCipherFactory.Create(
                CryptographyProvider.Current, names.Cipher, names.Mac, key, iv, macKey);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
            CryptographicOperations.ZeroMemory(iv);
            CryptographicOperations.ZeroMemory(macKey);
        }
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(encodedSecret);
}
