using System.Security.Cryptography;
using SshMux.Engine.Cryptography;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Authentication.Keys;

/// <summary>An ssh-ed25519 key (RFC 8709), signing through libcrypto.</summary>
internal sealed class Ed25519PrivateKey : SshPrivateKey
{
    public const string Type = "ssh-ed25519";

    private readonly byte[] _seed = GC.AllocateUninitializedArray<byte>(LibCrypto.Curve25519KeyLength, pinned: true);

    /// <summary>Makes the key of a seed of 32 bytes, which is copied.</summary>
    public Ed25519PrivateKey(ReadOnlySpan<byte> seed)
        : base(EncodePublicKey(seed)) => seed.CopyTo(_seed);

    public override ValueTask<byte[]> SignAsync(string algorithm, ReadOnlyMemory<byte> data, CancellationToken ct)
    {
        Span<byte> signature = stackalloc byte[LibCrypto.Ed25519SignatureLength];
        LibCrypto.Ed25519Sign(_seed, data.Span, signature);
        return new ValueTask<byte[]>(EncodeSignature(Type, signature));
    }

    internal override byte[] EncodeForAgent()
    {
        const int length = LibCrypto.Curve25519KeyLength;
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
        var blob = new byte[SshWriter.StringLength(Type) + 4 + LibCrypto.Curve25519KeyLength];
        var writer = new SshWriter(blob);
        writer.WriteString(Type);
        writer.WriteUInt32(LibCrypto.Curve25519KeyLength);
        LibCrypto.Ed25519PublicKey(seed, writer.Reserve(LibCrypto.Curve25519KeyLength));
        return blob;
    }
}
