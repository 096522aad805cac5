namespace SshMux.Engine.Authentication;

/// <summary>A private key in one of its file formats, before it is decrypted.</summary>
internal abstract class KeyContainer : IDisposable
{
    /// <summary>Whether a passphrase is needed.</summary>
    public abstract bool IsEncrypted { get; }

    /// <summary>The public key if the format shows it without the passphrase; else null.</summary>
    public virtual ReadOnlyMemory<byte>? PublicKey => null;

    /// <summary>
    /// Decrypts and reads the key. Null if the passphrase is wrong. What is wrong with the key itself is an
    /// <see cref="SshException"/>; its message goes on a sentence that began with the file's name.
    /// </summary>
    public abstract SshPrivateKey? TryDecrypt(ReadOnlySpan<byte> passphrase, CancellationToken ct);

    /// <summary>Wipes what is secret.</summary>
    public abstract void Dispose();

    protected static SshException Unusable(string why, Exception? inner = null) =>
        new(SshError.KeyUnusable, why, inner);
}
