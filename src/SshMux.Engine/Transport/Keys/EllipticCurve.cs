using System.Security.Cryptography;
using SshMux.Engine.Cryptography;

namespace SshMux.Engine.Transport.Keys;

/// <summary>A NIST curve with its names and sizes in SSH (RFC 5656).</summary>
internal sealed class EllipticCurve
{
    private static readonly EllipticCurve[] Known =
    [
        new("nistp256", NistCurve.P256, "1.2.840.10045.3.1.7", HashAlgorithmName.SHA256),
        new("nistp384", NistCurve.P384, "1.3.132.0.34", HashAlgorithmName.SHA384),
        new("nistp521", NistCurve.P521, "1.3.132.0.35", HashAlgorithmName.SHA512),
    ];

    private EllipticCurve(string name, NistCurve curve, string identifier, HashAlgorithmName hash)
    {
        Name = name;
        KeyType = "ecdsa-sha2-" + name;
        KeyExchange = "ecdh-sha2-" + name;
        Curve = curve;
        Identifier = identifier;
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
    public int Bits => (int)Curve;

    /// <summary>The curve as the providers of cryptography know it.</summary>
    public NistCurve Curve { get; }

    /// <summary>The curve's object identifier (RFC 5480 section 2.1.1.1).</summary>
    public string Identifier { get; }

    /// <summary>The hash that goes with the curve (RFC 5656 section 6.2.1).</summary>
    public HashAlgorithmName Hash { get; }

    /// <summary>The length of a coordinate in bytes.</summary>
    public int FieldLength => Curve.FieldLength();

    /// <summary>The length of an uncompressed point in bytes.</summary>
    public int PointLength => Curve.PointLength();

    public static EllipticCurve? ByKeyType(string keyType) => Array.Find(Known, curve => curve.KeyType == keyType);

    public static EllipticCurve? ByKeyExchange(string name) => Array.Find(Known, curve => curve.KeyExchange == name);

    /// <summary>
    /// Throws <see cref="SshException"/> with <see cref="SshError.ProtocolError"/> unless it is an uncompressed point, the
    /// only form taken. Whether it is on the curve is checked when it is used.
    /// </summary>
    public void DemandPoint(ReadOnlySpan<byte> point)
    {
        if (Curve.LooksLikePoint(point)) return;
        throw SshException.Protocol($"a public key is not an uncompressed point of {Name}");
    }
}
