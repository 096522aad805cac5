namespace SshMux.Engine.Cryptography;

/// <summary>
/// ChaCha20 with one key, in the original layout of OpenSSH's PROTOCOL.chacha20poly1305: a counter and a nonce of 64 bits
/// each. Encrypting and decrypting are the same. Not for use by several threads at once; disposing wipes the key.
/// </summary>
internal interface IChaCha20 : IDisposable
{
    /// <summary>The length of a key in bytes.</summary>
    const int KeyLength = 32;

    /// <summary>
    /// Encrypts or decrypts <paramref name="data"/> in place with the key stream of a nonce, from a block of 64 bytes on.
    /// The blocks of one call must be fewer than 2^32.
    /// </summary>
    void Apply(ulong nonce, uint firstBlock, Span<byte> data);
}
