using System.Security.Cryptography;

namespace SshMux.Engine.Transport.Keys;

/// <summary>A NIST curve with its names and sizes in SSH (RFC 5656).</summary>
internal sealed class EllipticCurve
{
    /// <summary>
    /// The first byte of a point in the uncompressed form of SEC 1 section 2.3.3, the only one taken.
    /// </summary>
    public const byte Uncompressed = 4;

    private static readonly EllipticCurve[] Known =
    [
        new("nistp256", 256, ECCurve.NamedCurves.nistP256, HashAlgorithmName.SHA256),
        new("nistp384", 384, ECCurve.NamedCurves.nistP384, HashAlgorithmName.SHA384),
        new("nistp521", 521, ECCurve.NamedCurves.nistP521, HashAlgorithmName.SHA512),
    ];

    private EllipticCurve(string name, int bits, ECCurve curve, HashAlgorithmName hash)
    {
        Name = name;
        KeyType = "ecdsa-sha2-" + name;
        KeyExchange = "ecdh-sha2-" + name;
        Bits = bits;
        Curve = curve;
        Hash = hash;
    }

    /// <summary>The three curves of SSH.</summary>
    public static IReadOnlyList<EllipticCurve> All => Known;

    /// <summary>The curve's identifier, as nistp256.</summary>
    public string Name { get; }

    /// <summary>The public key type and signature algorithm on this curve.</summary>
    public string KeyType { get; }

    /// <summary>The key exchange on this curve.</summary>
    public string KeyExchange { get; }

    /// <summary>The size of the field in bits.</summary>
    public int Bits { get; }

    /// <summary>The curve as .NET knows it.</summary>
    public ECCurve Curve { get; }

    /// <summary>The hash that goes with the curve (RFC 5656 section 6.2.1).</summary>
    public HashAlgorithmName Hash { get; }

    /// <summary>The length of a coordinate in bytes.</summary>
    public int FieldLength => (Bits + 7) / 8;

    /// <summary>The length of an uncompressed point in bytes.</summary>
    public int PointLength => 1 + (2 * FieldLength);

    public static EllipticCurve? ByKeyType(string keyType) => Array.Find(Known, curve => curve.KeyType == keyType);

    public static EllipticCurve? ByKeyExchange(string name) => Array.Find(Known, curve => curve.KeyExchange == name);

    /// <summary>
    /// Splits an uncompressed point. Whether it is on the curve is checked when it is imported as a key.
    /// </summary>
    public ECPoint DecodePoint(ReadOnlySpan<byte> point)
    {
        if (point.Length != PointLength || point[0] != Uncompressed)
        {
            throw SshException.Protocol($"a public key is not an uncompressed point of {Name}");
        }

        return new ECPoint
        {
            X = point.Slice(1, FieldLength).ToArray(),
            Y = point[(1 + FieldLength)..].ToArray(),
        };
    }

    /// <summary>Puts a point together; the coordinates are always of full length.</summary>
    public static byte[] EncodePoint(ECPoint point) => [Uncompressed, .. point.X!, .. point.Y!];
}
