using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.EC;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Security;
using ECPoint = Org.BouncyCastle.Math.EC.ECPoint;

namespace SshMux.Engine.Cryptography.Managed;

/// <summary>
/// NIST's curves by BouncyCastle, with its code for each of them: that computes in a field of fixed size, and looks into
/// its tables in the same way whatever the number is, when that is secret. It keeps copies of numbers that cannot be wiped.
/// </summary>
internal sealed class ManagedNistCurves : INistCurves
{
    private static readonly Lazy<ECDomainParameters> P256 = Domain("secp256r1");
    private static readonly Lazy<ECDomainParameters> P384 = Domain("secp384r1");
    private static readonly Lazy<ECDomainParameters> P521 = Domain("secp521r1");

    /// <summary>The system's random numbers.</summary>
    public static SecureRandom Random { get; } = new(new SystemRandomGenerator(CancellationToken.None));

    public NistCurveNumbers NumbersOf(NistCurve curve)
    {
        var domain = DomainOf(curve);
        return new NistCurveNumbers(
            domain.Curve.Field.Characteristic.ToByteArrayUnsigned(),
            domain.Curve.A.GetEncoded(),
            domain.Curve.B.GetEncoded(),
            domain.N.ToByteArrayUnsigned(),
            domain.G.GetEncoded(compressed: false));
    }

    public IEcdhKey CreateEcdhKey(NistCurve curve)
    {
        var generator = new ECKeyPairGenerator();
        generator.Init(new ECKeyGenerationParameters(DomainOf(curve), Random));
        var pair = generator.GenerateKeyPair();
        return new ManagedEcdhKey(curve, (ECPrivateKeyParameters)pair.Private, ((ECPublicKeyParameters)pair.Public).Q);
    }

    public IEcdhKey EcdhKeyFrom(NistCurve curve, ReadOnlySpan<byte> number)
    {
        var key = PrivateKey(curve, number);
        return new ManagedEcdhKey(curve, key, PublicPoint(key));
    }

    public IEcdsaKey EcdsaKeyFrom(NistCurve curve, ReadOnlySpan<byte> number, ReadOnlySpan<byte> point)
    {
        Lengths.Demand(number, curve.FieldLength());
        var key = PrivateKey(curve, number);
        var computed = PublicPoint(key).GetEncoded(compressed: false);
        if (!point.IsEmpty && !point.SequenceEqual(computed))
        {
            throw new CryptographicException("the public point belongs to another private number");
        }

        return new ManagedEcdsaKey(curve, key, computed);
    }

    public bool VerifyHash(
        NistCurve curve, ReadOnlySpan<byte> point, ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signature)
    {
        var length = curve.FieldLength();
        var key = new ECPublicKeyParameters(PointOf(curve, point), DomainOf(curve));
        if (signature.Length != 2 * length) return false;
        var verifier = new ECDsaSigner();
        verifier.Init(forSigning: false, key);
        return verifier.VerifySignature(
            hash.ToArray(), new BigInteger(1, signature[..length]), new BigInteger(1, signature[length..]));
    }

    /// <summary>A point that is on the curve and not at infinity.</summary>
    /// <exception cref="CryptographicException">It is not, or is in another form than the uncompressed one.</exception>
    public static ECPoint PointOf(NistCurve curve, ReadOnlySpan<byte> point)
    {
        if (!curve.LooksLikePoint(point)) throw new CryptographicException("it is not an uncompressed point");
        try
        {
            var domain = DomainOf(curve);
            return domain.ValidatePublicPoint(domain.Curve.DecodePoint(point));
        }
        catch (ArgumentException e)
        {
            throw new CryptographicException("it is not a point of the curve", e);
        }
    }

    private static ECPrivateKeyParameters PrivateKey(NistCurve curve, ReadOnlySpan<byte> number)
    {
        try
        {
            return new ECPrivateKeyParameters(new BigInteger(1, number), DomainOf(curve));
        }
        catch (ArgumentException e)
        {
            throw new CryptographicException("its private number is not one of the curve", e);
        }
    }

    private static ECPoint PublicPoint(ECPrivateKeyParameters key) =>
        ManagedEcdhKey.Multiply(key.Parameters.G, key.D);

    private static ECDomainParameters DomainOf(NistCurve curve) => curve switch
    {
        NistCurve.P256 => P256.Value,
        NistCurve.P384 => P384.Value,
        _ => P521.Value,
    };

    private static Lazy<ECDomainParameters> Domain(string name) => new(() => new(CustomNamedCurves.GetByName(name)));
}
