using System.Security.Cryptography;
using SshMux.Engine.Cryptography;
using SshMux.Engine.Cryptography.Chosen;
using SshMux.Engine.Transport.Algorithms;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Authentication.Keys;

/// <summary>
/// An ssh-mldsa44-ed25519 key (OpenSSH 10.6). BouncyCastle, which signs for the half of ML-DSA, leaves copies of that
/// half's private key behind.
/// </summary>
internal sealed class MlDsaPrivateKey : SshPrivateKey
{
    private readonly byte[] _seeds = Pinned.Bytes(IMlDsa44Ed25519.PrivateKeyLength);

    /// <summary>Makes the key of its two seeds, which are copied.</summary>
    public MlDsaPrivateKey(ReadOnlySpan<byte> seeds)
        : base(EncodePublicKey(seeds)) => seeds.CopyTo(_seeds);

    public override ValueTask<byte[]> SignAsync(
        string algorithm, ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
        new(EncodeSignature(SshAlgorithms.MlDsa44Ed25519, CryptographyProvider.Current.MlDsa44Ed25519.Sign(_seeds, data.Span)));

    internal override byte[] EncodeForAgent()
    {
        var encoded = Pinned.Bytes(PublicKey.Length + 4 + _seeds.Length);
        var writer = new SshWriter(encoded);
        writer.WriteBytes(PublicKey.Span);
        writer.WriteString(_seeds);
        return encoded;
    }

    protected override void Dispose(bool disposing)
    {
        CryptographicOperations.ZeroMemory(_seeds);
        base.Dispose(disposing);
    }

    private static byte[] EncodePublicKey(ReadOnlySpan<byte> seeds)
    {
        const string type = SshAlgorithms.MlDsa44Ed25519;
        var blob = new byte[SshWriter.StringLength(type) + 4 + IMlDsa44Ed25519.PublicKeyLength];
        var writer = new SshWriter(blob);
        writer.WriteString(type);
        writer.WriteString(CryptographyProvider.Current.MlDsa44Ed25519.PublicKeyOf(seeds));
        return blob;
    }
}
