using System.Buffers.Binary;
using System.Security.Cryptography;

namespace SshMux.Engine.Authentication.Keys;

/// <summary>
/// bcrypt_pbkdf, OpenBSD's derivation of keys from passphrases, with which OpenSSH encrypts private keys: PBKDF2 whose
/// pseudo-random function is bcrypt over SHA-512, and whose output blocks are interleaved. No library has it, so this
/// is the one cryptographic function that the engine brings itself.
/// </summary>
internal static class BcryptPbkdf
{
    private const int BlockLength = 32;

    /// <summary>
    /// Fills <paramref name="key"/> from passphrase and salt; the time goes with the number of rounds.
    /// </summary>
    /// <exception cref="OperationCanceledException">It was cancelled; looked at once a round.</exception>
    public static void DeriveKey(
        ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, uint rounds, Span<byte> key,
        CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfZero(rounds);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(key.Length, BlockLength * BlockLength);
        var blocks = (key.Length + BlockLength - 1) / BlockLength;
        Span<byte> hashedPassphrase = stackalloc byte[SHA512.HashSizeInBytes];
        Span<byte> hashedSalt = stackalloc byte[SHA512.HashSizeInBytes];
        Span<byte> step = stackalloc byte[BlockLength];
        Span<byte> block = stackalloc byte[BlockLength];
        var countedSalt = new byte[salt.Length + 4];
        salt.CopyTo(countedSalt);
        using var cipher = new Blowfish();
        try
        {
            SHA512.HashData(passphrase, hashedPassphrase);
            for (var number = 0; number < blocks; number++)
            {
                BinaryPrimitives.WriteUInt32BigEndian(countedSalt.AsSpan(salt.Length), (uint)number + 1);
                SHA512.HashData(countedSalt, hashedSalt);
                Hash(cipher, hashedPassphrase, hashedSalt, step);
                step.CopyTo(block);
                for (var round = 1u; round < rounds; round++)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    SHA512.HashData(step, hashedSalt);
                    Hash(cipher, hashedPassphrase, hashedSalt, step);
                    for (var i = 0; i < BlockLength; i++) block[i] ^= step[i];
                }

                // Byte i of this block is byte number of the key's i-th group.
                for (int i = 0, to = number; i < BlockLength && to < key.Length; i++, to += blocks) key[to] = block[i];
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(hashedPassphrase);
            CryptographicOperations.ZeroMemory(hashedSalt);
            CryptographicOperations.ZeroMemory(step);
            CryptographicOperations.ZeroMemory(block);
        }
    }

    /// <summary>bcrypt with 64 rounds of the key schedule and a text of four blocks.</summary>
    private static void Hash(Blowfish cipher, ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, Span<byte> hash)
    {
        cipher.Reset();
        cipher.Expand(salt, passphrase);
        for (var i = 0; i < 64; i++)
        {
            cipher.Expand(salt);
            cipher.Expand(passphrase);
        }

        var text = "OxychromaticBlowfishSwatDynamite"u8;
        for (var at = 0; at < BlockLength; at += 8)
        {
            var left = BinaryPrimitives.ReadUInt32BigEndian(text[at..]);
            var right = BinaryPrimitives.ReadUInt32BigEndian(text[(at + 4)..]);
            for (var i = 0; i < 64; i++) cipher.Encrypt(ref left, ref right);

            // Little-endian, unlike everything else in bcrypt.
            BinaryPrimitives.WriteUInt32LittleEndian(hash[at..], left);
            BinaryPrimitives.WriteUInt32LittleEndian(hash[(at + 4)..], right);
        }
    }
}
