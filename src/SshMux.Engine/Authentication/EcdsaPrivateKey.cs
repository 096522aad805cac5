using System.Security.Cryptography;
using SshMux.Engine.Transport;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Authentication;

/// <summary>An ecdsa-sha2-nistp256/384/521 key (RFC 5656).</summary>
internal sealed class EcdsaPrivateKey : SshPrivateKey
{
    private static readonly string[] Types = ["ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"];

    private readonly EllipticCurve _curve;
    private readonly ECDsa _key;

    private EcdsaPrivateKey(EllipticCurve curve, ECDsa key)
        : base(EncodePublicKey(curve, key))
    {
        _curve = curve;
        _key = key;
    }

    /// <summary>Takes a key of .NET over; null if it is not on one of the three curves.</summary>
    public static EcdsaPrivateKey? TryCreate(ECDsa key)
    {
        var curve = key.ExportParameters(includePrivateParameters: false).Curve;
        if (!curve.IsNamed) return null;
        foreach (var type in Types)
        {
            var known = EllipticCurve.ByKeyType(type)!;
            if (known.Curve.Oid.Value == curve.Oid.Value) return new EcdsaPrivateKey(known, key);
        }

        return null;
    }

    public override ValueTask<byte[]> SignAsync(string algorithm, ReadOnlyMemory<byte> data, CancellationToken ct)
    {
        var length = _curve.FieldLength;
        var pair = _key.SignData(data.Span, _curve.Hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        Span<byte> signature = stackalloc byte[2 * (4 + 1 + length)];
        var writer = new SshWriter(signature);
        writer.WriteUnsignedMPInt(pair.AsSpan(0, length));
        writer.WriteUnsignedMPInt(pair.AsSpan(length));
        return new ValueTask<byte[]>(EncodeSignature(KeyType, writer.Written));
    }

    internal override byte[] EncodeForAgent()
    {
        var number = _key.ExportParameters(includePrivateParameters: true).D!;
        var encoded = GC.AllocateUninitializedArray<byte>(PublicKey.Length + 5 + number.Length, pinned: true);
        var writer = new SshWriter(encoded);
        writer.WriteBytes(PublicKey.Span);
        writer.WriteUnsignedMPInt(number);
        CryptographicOperations.ZeroMemory(number);
        return TakeWritten(encoded, writer.Length);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _key.Dispose();
        base.Dispose(disposing);
    }

    private static byte[] EncodePublicKey(EllipticCurve curve, ECDsa key)
    {
        var point = EllipticCurve.EncodePoint(key.ExportParameters(includePrivateParameters: false).Q);
        var blob = new byte[
            SshWriter.StringLength(curve.KeyType) + SshWriter.StringLength(curve.Name) + 4 + point.Length];
        var writer = new SshWriter(blob);
        writer.WriteString(curve.KeyType);
        writer.WriteString(curve.Name);
        writer.WriteString(point);
        return blob;
    }
}
