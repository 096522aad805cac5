namespace SshMux.Engine.Transport.Keys;

/// <summary>What a server shows as its host key in a key exchange: a plain key, or a certificate of one.</summary>
internal sealed class ServerHostKey : IEquatable<ServerHostKey>
{
    /// <summary>A plain host key.</summary>
    public ServerHostKey(SshPublicKey key) => Key = key;

    /// <summary>A certified host key.</summary>
    public ServerHostKey(SshCertificate certificate)
    {
        Key = certificate.Key;
        Certificate = certificate;
    }

    /// <summary>The key itself, without the certificate.</summary>
    public SshPublicKey Key { get; }

    /// <summary>The certificate, whose signature is checked and nothing else; null for a plain key.</summary>
    public SshCertificate? Certificate { get; }

    /// <summary>What was shown, as on the wire.</summary>
    public ReadOnlyMemory<byte> Blob => Certificate?.Blob ?? Key.Blob;

    /// <summary>The host key algorithms that it serves for.</summary>
    public IReadOnlyList<string> Algorithms => Certificate?.Algorithms ?? Key.SignatureAlgorithms;

    /// <summary>Parses a host key blob; throws as <see cref="SshPublicKey.Parse"/>.</summary>
    public static ServerHostKey Parse(ReadOnlySpan<byte> blob) => SshCertificate.IsCertificate(blob)
        ? new ServerHostKey(SshCertificate.Parse(blob))
        : new ServerHostKey(SshPublicKey.Parse(blob));

    /// <summary>
    /// Verifies the key's signature as on the wire (<c>string algorithm, string signature</c>) for the host key
    /// algorithm that was agreed on.
    /// </summary>
    public bool VerifySignatureBlob(string algorithm, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signatureBlob) =>
        Key.VerifySignatureBlob(SshCertificate.PlainAlgorithm(algorithm), data, signatureBlob);

    /// <inheritdoc/>
    public bool Equals(ServerHostKey? other) => other is not null && Blob.Span.SequenceEqual(other.Blob.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ServerHostKey);

    /// <inheritdoc/>
    public override int GetHashCode() => Key.GetHashCode();

    /// <summary>As in a .pub file, without a comment.</summary>
    public override string ToString() => Certificate?.ToString() ?? Key.ToString();
}
