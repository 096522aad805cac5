using System.Security.Cryptography;
using SshMux.Engine.Cryptography;
using SshMux.Engine.Cryptography.Chosen;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Authentication.Keys;

/// <summary>An ssh-ed25519 key (RFC 8709), whose seed is in our hands.</summary>
internal sealed class Ed25519PrivateKey : SshPrivateKey
{
    public const string Type = "ssh-ed25519";

    private readonly byte[] _seed = GC.AllocateUninitializedArray<byte>(IEd25519.KeyLength, pinned: true);

    /// <summary>Makes the key of a seed of 32 bytes, which is copied.</summary>
    public Ed25519PrivateKey(ReadOnlySpan<byte> seed)
        : base(EncodePublicKey(seed)) => seed.CopyTo(_seed);

    public override ValueTask<byte[]> SignAsync(
        string algorithm, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        Span<byte> signature = stackalloc byte[IEd25519.SignatureLength];
        CryptographyProvider.Current.Ed25519.Sign(_seed, data.Span, signature);
        return new ValueTask<byte[]>(EncodeSignature(Type, signature));
    }

    internal override byte[] EncodeForAgent()
    {
        const int length = IEd25519.KeyLength;
        var publicKey = PublicKey.Span[^length..];
        var encoded = GC.AllocateUninitializedArray<byte>(PublicKey.Length + 4 + (2 * length), pinned: true);
        var writer = new SshWriter(encoded);
        writer.WriteBytes(PublicKey.Span);
        writer.WriteUInt32(2 * length);
        writer.WriteBytes(_seed);
        writer.WriteBytes(publicKey);
        return encoded;
    }

    protected override void Dispose(bool disposing)
    {
        CryptographicOperations.ZeroMemory(_seed);
        base.Dispose(disposing);
    }

    private static byte[] EncodePublicKey(ReadOnlySpan<byte> seed)
    {
        var blob = new byte[SshWriter.StringLength(Type) + 4 + IEd25519.KeyLength];
        var writer = new SshWriter(blob);
        writer.WriteString(Type);
        writer.WriteUInt32(IEd25519.KeyLength);
        CryptographyProvider.Current.Ed25519.PublicKey(seed, writer.Reserve(IEd25519.KeyLength));
        return blob;
    }
}
