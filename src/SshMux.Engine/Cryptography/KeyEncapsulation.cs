namespace SshMux.Engine.Cryptography;

/// <summary>
/// A key pair of a key encapsulation mechanism, used once: who has the public key makes a secret and its ciphertext, and
/// this end gets the secret back out of that.
/// </summary>
internal abstract class KeyEncapsulation : IDisposable
{
    /// <summary>The length of a secret in bytes, for all mechanisms that SSH uses.</summary>
    public const int SecretLength = 32;

    /// <summary>The public key as it goes over the wire.</summary>
    public abstract ReadOnlySpan<byte> PublicKey { get; }

    /// <summary>The length of every ciphertext in bytes.</summary>
    public abstract int CiphertextLength { get; }

    /// <summary>
    /// Whether <see cref="Decapsulate"/> takes so long that it must not be called on a thread that serves others.
    /// </summary>
    public virtual bool TakesLong => false;

    /// <summary>
    /// Gets the secret out of a ciphertext of <see cref="CiphertextLength"/> bytes. One that was tampered with gives
    /// another secret, not an error: which bit was wrong is nobody's business.
    /// </summary>
    public abstract void Decapsulate(ReadOnlySpan<byte> ciphertext, Span<byte> secret);

    /// <summary>Lets the private key go, and wipes what of it is in our hands.</summary>
    public abstract void Dispose();
}
