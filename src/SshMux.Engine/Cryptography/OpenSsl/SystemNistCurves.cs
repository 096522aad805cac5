using System.Security.Cryptography;

namespace SshMux.Engine.Cryptography.OpenSsl;

/// <summary>NIST's curves by .NET, whose classes check that a point that they take is on its curve.</summary>
internal sealed class SystemNistCurves : INistCurves
{
    private static readonly ECCurve P256 = ECCurve.NamedCurves.nistP256;
    private static readonly ECCurve P384 = ECCurve.NamedCurves.nistP384;
    private static readonly ECCurve P521 = ECCurve.NamedCurves.nistP521;

    public NistCurveNumbers NumbersOf(NistCurve curve)
    {
        using var key = ECDsa.Create(CurveOf(curve));
        var numbers = key.ExportExplicitParameters(includePrivateParameters: false).Curve;
        return new NistCurveNumbers(numbers.Prime!, numbers.A!, numbers.B!, numbers.Order!, Join(numbers.G));
    }

    public IEcdhKey CreateEcdhKey(NistCurve curve) => new SystemEcdhKey(curve, ECDiffieHellman.Create(CurveOf(curve)));

    public IEcdhKey EcdhKeyFrom(NistCurve curve, ReadOnlySpan<byte> number)
    {
        var copy = Pinned.Copy(number);
        try
        {
            return new SystemEcdhKey(
                curve, ECDiffieHellman.Create(new ECParameters { Curve = CurveOf(curve), D = copy }));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(copy);
        }
    }

    public IEcdsaKey EcdsaKeyFrom(NistCurve curve, ReadOnlySpan<byte> number, ReadOnlySpan<byte> point)
    {
        Lengths.Demand(number, curve.FieldLength());
        var copy = Pinned.Copy(number);
        try
        {
            var parameters = point.IsEmpty ? new ECParameters { Curve = CurveOf(curve) } : PublicKey(curve, point);
            parameters.D = copy;
            return new SystemEcdsaKey(ECDsa.Create(parameters));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(copy);
        }
    }

    public bool VerifyHash(
        NistCurve curve, ReadOnlySpan<byte> point, ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signature)
    {
        using var key = ECDsa.Create(PublicKey(curve, point));
        return key.VerifyHash(hash, signature, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    /// <summary>A public key as .NET takes it.</summary>
    /// <exception cref="CryptographicException">It has not the form of an uncompressed point.</exception>
    public static ECParameters PublicKey(NistCurve curve, ReadOnlySpan<byte> point)
    {
        if (!curve.LooksLikePoint(point)) throw new CryptographicException("it is not an uncompressed point");
        var length = curve.FieldLength();
        return new ECParameters
        {
            Curve = CurveOf(curve),
            Q = new ECPoint { X = point.Slice(1, length).ToArray(), Y = point[(1 + length)..].ToArray() },
        };
    }

    /// <summary>Puts a point together; .NET's coordinates are always of full length.</summary>
    public static byte[] Join(ECPoint point) => [NistCurveLengths.Uncompressed, .. point.X!, .. point.Y!];

    private static ECCurve CurveOf(NistCurve curve) => curve switch
    {
        NistCurve.P256 => P256,
        NistCurve.P384 => P384,
        _ => P521,
    };
}
