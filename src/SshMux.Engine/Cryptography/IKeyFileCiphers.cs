namespace SshMux.Engine.Cryptography;

/// <summary>Ciphers that key files are encrypted with, by OpenSSL's names for them, as "CAMELLIA-256-CBC".</summary>
internal interface IKeyFileCiphers
{
    /// <summary>Whether there is one, with a key and an initial vector of so many bytes.</summary>
    bool Has(string name, int keyLength, int ivLength);

    /// <summary>Decrypts whole blocks in place; padding, if there is one, stays.</summary>
    /// <param name="name">Of a cipher that there is.</param>
    /// <param name="key">Its key.</param>
    /// <param name="iv">Its initial vector; empty if it has none.</param>
    /// <param name="text">What is decrypted.</param>
    void Decrypt(string name, ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, Span<byte> text);
}
