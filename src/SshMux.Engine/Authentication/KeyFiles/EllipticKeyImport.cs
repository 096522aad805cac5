using System.Formats.Asn1;
using System.Security.Cryptography;
using SshMux.Engine.Authentication.Keys;
using SshMux.Engine.Cryptography.Chosen;
using SshMux.Engine.Transport.Keys;

namespace SshMux.Engine.Authentication.KeyFiles;

/// <summary>
/// Reads an ECPrivateKey (SEC 1, RFC 5915) in all the ways that OpenSSL writes it, of which .NET knows some: the curve by
/// its name or by its numbers; the public key in any form of a point, or left out.
/// </summary>
internal static class EllipticKeyImport
{
    private static readonly Asn1Tag ParametersTag = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly Asn1Tag PublicKeyTag = new(TagClass.ContextSpecific, 1, isConstructed: true);

    /// <summary>
    /// Reads the key; <paramref name="parameters"/> are those of PKCS#8's algorithm, which stand for its own if they are
    /// not empty.
    /// </summary>
    /// <exception cref="AsnContentException">It is malformed.</exception>
    /// <exception cref="CryptographicException">It is no key of its curve.</exception>
    /// <exception cref="SshException">It is on no curve of SSH.</exception>
    public static EcdsaPrivateKey Read(ReadOnlySpan<byte> der, ReadOnlySpan<byte> parameters)
    {
        const AsnEncodingRules rules = AsnEncodingRules.BER;
        AsnDecoder.ReadSequence(der, rules, out var start, out var length, out _);
        var content = der.Slice(start, length);
        AsnDecoder.ReadIntegerBytes(content, rules, out var consumed);
        content = content[consumed..];
        if (!AsnDecoder.TryReadPrimitiveOctetString(content, rules, out var number, out consumed))
        {
            throw new AsnContentException("the private number is in pieces");
        }

        content = content[consumed..];
        if (!content.IsEmpty && Asn1Tag.Decode(content, out _) == ParametersTag)
        {
            AsnDecoder.ReadSequence(content, rules, out start, out length, out consumed, ParametersTag);
            if (parameters.IsEmpty) parameters = content.Slice(start, length);
            content = content[consumed..];
        }

        var curve = FindCurve(parameters) ?? throw new SshException(
            SshError.KeyUnusable, "is on an elliptic curve that SSH does not have; use nistp256, nistp384 or nistp521");
        var key = EcdsaPrivateKey.FromNumber(curve, number);
        if (ReadPublicKey(content) is not { } point || IsPoint(point, key.Point)) return key;
        key.Dispose();
        throw new SshException(SshError.KeyUnusable, KeyContainer.PartsDiffer);
    }

    private static byte[]? ReadPublicKey(ReadOnlySpan<byte> content)
    {
        if (content.IsEmpty || Asn1Tag.Decode(content, out _) != PublicKeyTag) return null;
        AsnDecoder.ReadSequence(
            content, AsnEncodingRules.BER, out var start, out var length, out _, PublicKeyTag);
        return AsnDecoder.ReadBitString(content.Slice(start, length), AsnEncodingRules.BER, out _, out _);
    }

    /// <summary>The curve of ECParameters (RFC 3279 section 2.3.5): a name, or numbers.</summary>
    private static EllipticCurve? FindCurve(ReadOnlySpan<byte> parameters)
    {
        if (parameters.IsEmpty) throw new AsnContentException("the curve is not said");
        if (Asn1Tag.Decode(parameters, out _).HasSameClassAndValue(Asn1Tag.ObjectIdentifier))
        {
            var identifier = AsnDecoder.ReadObjectIdentifier(parameters, AsnEncodingRules.BER, out _);
            return EllipticCurve.All.FirstOrDefault(curve => curve.Identifier == identifier);
        }

        var reader = new AsnReader(parameters.ToArray(), AsnEncodingRules.BER).ReadSequence();
        reader.ReadInteger();
        var field = reader.ReadSequence();
        const string primeField = "1.2.840.10045.1.1";
        if (field.ReadObjectIdentifier() != primeField) return null;
        var prime = field.ReadIntegerBytes();
        var coefficients = reader.ReadSequence();
        var a = coefficients.ReadOctetString();
        var b = coefficients.ReadOctetString();
        var generator = reader.ReadOctetString();
        var order = reader.ReadIntegerBytes();
        foreach (var known in EllipticCurve.All)
        {
            var numbers = CryptographyProvider.Current.NistCurves.NumbersOf(known.Curve);
            if (Same(prime.Span, numbers.Prime) && Same(a, numbers.A) && Same(b, numbers.B) &&
                Same(order.Span, numbers.Order) && IsPoint(generator, numbers.Generator))
            {
                return known;
            }
        }

        return null;
    }

    private static bool Same(ReadOnlySpan<byte> number, ReadOnlySpan<byte> other) =>
        number.TrimStart((byte)0).SequenceEqual(other.TrimStart((byte)0));

    /// <summary>
    /// Whether it is that point: with both coordinates, or (SEC 1 section 2.3.3) with one and the last bit of the other.
    /// </summary>
    private static bool IsPoint(ReadOnlySpan<byte> encoded, ReadOnlySpan<byte> uncompressed)
    {
        var coordinates = uncompressed[1..];
        return encoded switch
        {
            [2 or 3, .. var x] => x.SequenceEqual(coordinates[..(coordinates.Length / 2)]) &&
                (encoded[0] & 1) == (coordinates[^1] & 1),
            [4 or 6 or 7, .. var both] => both.SequenceEqual(coordinates),
            _ => false,
        };
    }
}
