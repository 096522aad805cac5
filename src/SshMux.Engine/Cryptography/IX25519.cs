namespace SshMux.Engine.Cryptography;

/// <summary>X25519 (RFC 7748).</summary>
internal interface IX25519
{
    /// <summary>The length in bytes of every key, private and public, and of the secret.</summary>
    const int KeyLength = 32;

    /// <summary>Computes the public key of a private key of 32 random bytes.</summary>
    void PublicKey(ReadOnlySpan<byte> privateKey, Span<byte> publicKey);

    /// <summary>
    /// Computes the shared secret. False when the peer's public key is of low order, so that the result would be all
    /// zero (RFC 8731 section 3 demands to abort then).
    /// </summary>
    bool TryDerive(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> peerPublicKey, Span<byte> secret);
}
