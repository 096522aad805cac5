namespace SshMux.Engine.Cryptography;

/// <summary>
/// The composite signature id-MLDSA44-Ed25519-SHA512 (draft-ietf-lamps-pq-composite-sigs, sections 3 and 6), which
/// OpenSSH's <c>ssh-mldsa44-ed25519</c> keys make: one by ML-DSA-44 (FIPS 204) and one by Ed25519. Who wants to forge it
/// must break both.
/// </summary>
internal interface IMlDsa44Ed25519
{
    /// <summary>The length of a public key: ML-DSA's of 1312 bytes, then Ed25519's.</summary>
    const int PublicKeyLength = 1312 + IEd25519.KeyLength;

    /// <summary>The length of a private key: the seeds of both, 32 bytes each.</summary>
    const int PrivateKeyLength = 32 + IEd25519.KeyLength;

    /// <summary>The length of a signature: ML-DSA's of 2420 bytes, then Ed25519's.</summary>
    const int SignatureLength = 2420 + IEd25519.SignatureLength;

    /// <summary>The public key that goes with a private one.</summary>
    byte[] PublicKeyOf(ReadOnlySpan<byte> privateKey);

    /// <summary>
    /// Both signatures of the data, <see cref="SignatureLength"/> bytes; the key has <see cref="PrivateKeyLength"/>.
    /// </summary>
    byte[] Sign(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> data);

    /// <summary>Whether both signatures are right; false, too, for a key or a signature of another length.</summary>
    bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature);
}
