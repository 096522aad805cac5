namespace SshMux.Engine.Cryptography;

/// <summary>
/// One direction of AES in counter mode (RFC 4344 section 4): a key stream that runs on from call to call. Encrypting and
/// decrypting are the same. Not for use by several threads at once; disposing wipes the key.
/// </summary>
internal interface IAesCtr : IDisposable
{
    /// <summary>Encrypts or decrypts <paramref name="data"/> in place with the next bytes of the key stream.</summary>
    void Apply(Span<byte> data);
}
