using System.Formats.Asn1;
using System.Security.Cryptography;

namespace SshMux.Engine.Authentication;

/// <summary>
/// The key formats of PEM files: PKCS#8 (RFC 5958), and the older ones of RSA (PKCS#1) and of elliptic curves
/// (SEC 1, RFC 5915).
/// </summary>
internal abstract class DerKeyContainer : KeyContainer
{
    private const string RsaIdentifier = "1.2.840.113549.1.1.1";
    private const string EllipticIdentifier = "1.2.840.10045.2.1";
    private const string Ed25519Identifier = "1.3.101.112";

    /// <summary>Reads a decrypted key of the PEM label.</summary>
    protected static SshPrivateKey ReadKey(string label, ReadOnlySpan<byte> der) => label switch
    {
        "PRIVATE KEY" => ReadPkcs8(der),
        "RSA PRIVATE KEY" => new RsaPrivateKey(RsaKeyImport.FromPkcs1(der)),
        "EC PRIVATE KEY" => ReadElliptic(
            der, (ECDsa key, ReadOnlySpan<byte> bytes) => key.ImportECPrivateKey(bytes, out _)),
        _ => throw Unusable($"is a '{label}', which is not supported"),
    };

    private static SshPrivateKey ReadPkcs8(ReadOnlySpan<byte> der)
    {
        try
        {
            AsnDecoder.ReadSequence(der, AsnEncodingRules.BER, out var start, out var length, out _);
            var content = der.Slice(start, length);
            AsnDecoder.ReadIntegerBytes(content, AsnEncodingRules.BER, out var consumed);
            content = content[consumed..];
            AsnDecoder.ReadSequence(content, AsnEncodingRules.BER, out start, out length, out consumed);
            var identifier = AsnDecoder.ReadObjectIdentifier(
                content.Slice(start, length), AsnEncodingRules.BER, out _);
            content = content[consumed..];
            switch (identifier)
            {
                case RsaIdentifier:
                    return ReadRsa(
                        der, (RSA key, ReadOnlySpan<byte> bytes) => key.ImportPkcs8PrivateKey(bytes, out _));
                case EllipticIdentifier:
                    return ReadElliptic(
                        der, (ECDsa key, ReadOnlySpan<byte> bytes) => key.ImportPkcs8PrivateKey(bytes, out _));
                case Ed25519Identifier:
                    return ReadEd25519(content);
                default:
                    throw Unusable($"is of the type {identifier}, which is not supported; use Ed25519, ECDSA or RSA");
            }
        }
        catch (AsnContentException e)
        {
            throw Unusable($"is damaged ({e.Message})", e);
        }
    }

    private static Ed25519PrivateKey ReadEd25519(ReadOnlySpan<byte> content)
    {
        // RFC 8410: an octet string in an octet string.
        if (AsnDecoder.TryReadPrimitiveOctetString(content, AsnEncodingRules.BER, out var outer, out _) &&
            AsnDecoder.TryReadPrimitiveOctetString(outer, AsnEncodingRules.BER, out var seed, out _) &&
            seed.Length == 32)
        {
            return new Ed25519PrivateKey(seed);
        }

        throw Unusable("is damaged (an Ed25519 key of the wrong length)");
    }

    private static RsaPrivateKey ReadRsa(ReadOnlySpan<byte> der, Importer<RSA> import)
    {
        var key = RSA.Create();
        try
        {
            import(key, der);
            return new RsaPrivateKey(key);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    private static EcdsaPrivateKey ReadElliptic(ReadOnlySpan<byte> der, Importer<ECDsa> import)
    {
        var key = ECDsa.Create();
        try
        {
            import(key, der);
            return EcdsaPrivateKey.TryCreate(key) ?? throw Unusable(
                "is on an elliptic curve that SSH does not have; use nistp256, nistp384 or nistp521");
        }
        catch (PlatformNotSupportedException e)
        {
            key.Dispose();
            throw Unusable("is on an elliptic curve that is not known here", e);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    private delegate void Importer<in TKey>(TKey key, ReadOnlySpan<byte> der);
}
