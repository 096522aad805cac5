using SshMux.Engine.Authentication.Keys;

namespace SshMux.Engine.Authentication.KeyFiles;

/// <summary>A private key in one of its file formats, before it is decrypted.</summary>
internal abstract class KeyContainer : IDisposable
{
    /// <summary>What is said of DSA keys in every format.</summary>
    public const string IsDsa = "is a DSA key, which servers no longer accept; make an Ed25519 key";

    /// <summary>What is said of a key of two halves.</summary>
    public const string PartsDiffer = "is damaged (its private and public parts do not belong together)";

    /// <summary>Whether a passphrase is needed.</summary>
    public abstract bool IsEncrypted { get; }

    /// <summary>The public key if the format shows it without the passphrase; else null.</summary>
    public virtual ReadOnlyMemory<byte>? PublicKey => null;

    /// <summary>
    /// Decrypts and reads the key. Null if the passphrase is wrong. What is wrong with the key itself is an
    /// <see cref="SshException"/>; its message goes on a sentence that began with the file's name.
    /// </summary>
    public abstract SshPrivateKey? TryDecrypt(ReadOnlySpan<byte> passphrase, CancellationToken cancellationToken);

    /// <summary>Wipes what is secret.</summary>
    public abstract void Dispose();

    protected static SshException Unusable(string why, Exception? inner = null) =>
        new(SshError.KeyUnusable, why, inner);
}
