using System.Security.Cryptography;
using SshMux.Engine.Cryptography;
using SshMux.Engine.Cryptography.Chosen;
using SshMux.Engine.Transport.Keys;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Authentication.Keys;

/// <summary>An ecdsa-sha2-nistp256/384/521 key (RFC 5656).</summary>
internal sealed class EcdsaPrivateKey : SshPrivateKey
{
    private readonly EllipticCurve _curve;
    private readonly IEcdsaKey _key;

    private EcdsaPrivateKey(EllipticCurve curve, IEcdsaKey key)
        : base(EncodePublicKey(curve, key))
    {
        _curve = curve;
        _key = key;
    }

    /// <summary>
    /// Makes the key of a private number, big-endian. The public key follows from it; where there is one, it must be that.
    /// </summary>
    /// <exception cref="CryptographicException">
    /// It is no number of the curve, or <paramref name="point"/> is not its public key.
    /// </exception>
    public static EcdsaPrivateKey FromNumber(
        EllipticCurve curve, ReadOnlySpan<byte> number, ReadOnlySpan<byte> point = default)
    {
        number = number.TrimStart((byte)0);
        if (number.IsEmpty || number.Length > curve.FieldLength)
        {
            throw new CryptographicException("its private number is not one of the curve");
        }

        var padded = Pinned.Bytes(curve.FieldLength);
        try
        {
            number.CopyTo(padded.AsSpan(padded.Length - number.Length));
            return new EcdsaPrivateKey(
                curve, CryptographyProvider.Current.NistCurves.EcdsaKeyFrom(curve.Curve, padded, point));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(padded);
        }
    }

    /// <summary>The public key as an uncompressed point.</summary>
    public ReadOnlySpan<byte> Point => PublicKey.Span[^_curve.PointLength..];

    public override ValueTask<byte[]> SignAsync(
        string algorithm, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        var length = _curve.FieldLength;
        var pair = _key.SignHash(CryptographicOperations.HashData(_curve.Hash, data.Span));
        Span<byte> signature = stackalloc byte[2 * (4 + 1 + length)];
        var writer = new SshWriter(signature);
        writer.WriteUnsignedMPInt(pair.AsSpan(0, length));
        writer.WriteUnsignedMPInt(pair.AsSpan(length));
        return new ValueTask<byte[]>(EncodeSignature(KeyType, writer.Written));
    }

    internal override byte[] EncodeForAgent()
    {
        var number = _key.ExportNumber();
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

    private static byte[] EncodePublicKey(EllipticCurve curve, IEcdsaKey key)
    {
        var point = key.PublicPoint;
        var blob = new byte[
            SshWriter.StringLength(curve.KeyType) + SshWriter.StringLength(curve.Name) + 4 + point.Length];
        var writer = new SshWriter(blob);
        writer.WriteString(curve.KeyType);
        writer.WriteString(curve.Name);
        writer.WriteString(point);
        return blob;
    }
}
