using System.Formats.Asn1;
using System.Security.Cryptography;
using SshMux.Engine.Authentication.Keys;
using SshMux.Engine.Cryptography;

namespace SshMux.Engine.Authentication.KeyFiles;

/// <summary>
/// The key formats of PEM files: PKCS#8 (RFC 5958), and the older ones of RSA (PKCS#1) and of elliptic curves
/// (SEC 1, RFC 5915).
/// </summary>
internal abstract class DerKeyContainer : KeyContainer
{
    private const string RsaIdentifier = "1.2.840.113549.1.1.1";
    private const string EllipticIdentifier = "1.2.840.10045.2.1";
    private const string Ed25519Identifier = "1.3.101.112";
    private const string DsaIdentifier = "1.2.840.10040.4.1";

    /// <summary>Reads a decrypted key of the PEM label.</summary>
    protected static SshPrivateKey ReadKey(string label, ReadOnlySpan<byte> der)
    {
        try
        {
            return label switch
            {
                "PRIVATE KEY" => ReadPkcs8(der),
                "RSA PRIVATE KEY" => new RsaPrivateKey(RsaKeyImport.FromPkcs1(der)),
                "EC PRIVATE KEY" => EllipticKeyImport.Read(der, parameters: []),
                _ => throw Unusable($"is a '{label}', which is not supported"),
            };
        }
        catch (AsnContentException e)
        {
            throw Unusable($"is damaged ({e.Message})", e);
        }
    }

    /// <summary>
    /// Decrypts and reads a key. Null if the passphrase is wrong: neither format nor padding check it, but noise is no
    /// key's encoding.
    /// </summary>
    protected static SshPrivateKey? TryReadEncrypted(
        string label, KeyCipher cipher, ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, ReadOnlySpan<byte> encrypted)
    {
        var text = Pinned.Copy(encrypted);
        try
        {
            if (!cipher.TryDecrypt(key, iv, text, tag: [])) return null;
            var length = text.Length;
            if (cipher.BlockLength > 1)
            {
                var padding = text[^1];
                if (padding == 0 || padding > cipher.BlockLength) return null;
                length -= padding;
                if (text.AsSpan(length).IndexOfAnyExcept(padding) >= 0) return null;
            }

            var der = text.AsSpan(0, length);
            return LooksLikeAKey(der) ? ReadKey(label, der) : null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
        }
    }

    private static bool LooksLikeAKey(ReadOnlySpan<byte> der)
    {
        try
        {
            AsnDecoder.ReadSequence(der, AsnEncodingRules.BER, out var start, out var length, out var consumed);
            AsnDecoder.ReadIntegerBytes(der.Slice(start, length), AsnEncodingRules.BER, out _);
            return consumed == der.Length;
        }
        catch (AsnContentException)
        {
            return false;
        }
    }

    private static SshPrivateKey ReadPkcs8(ReadOnlySpan<byte> der)
    {
        const AsnEncodingRules rules = AsnEncodingRules.BER;
        AsnDecoder.ReadSequence(der, rules, out var start, out var length, out _);
        var content = der.Slice(start, length);
        AsnDecoder.ReadIntegerBytes(content, rules, out var consumed);
        content = content[consumed..];
        AsnDecoder.ReadSequence(content, rules, out start, out length, out consumed);
        var algorithm = content.Slice(start, length);
        var identifier = AsnDecoder.ReadObjectIdentifier(algorithm, rules, out length);
        if (!AsnDecoder.TryReadPrimitiveOctetString(content[consumed..], rules, out var key, out _))
        {
            throw Unusable("is damaged (its key is in pieces)");
        }

        return identifier switch
        {
            RsaIdentifier => new RsaPrivateKey(RsaKeyImport.FromPkcs1(key)),
            EllipticIdentifier => EllipticKeyImport.Read(key, algorithm[length..]),
            Ed25519Identifier => ReadEd25519(key),
            DsaIdentifier => throw Unusable(IsDsa),
            _ => throw Unusable($"is of the type {identifier}, which is not supported; use Ed25519, ECDSA or RSA"),
        };
    }

    private static Ed25519PrivateKey ReadEd25519(ReadOnlySpan<byte> content)
    {
        // RFC 8410: an octet string in an octet string.
        if (AsnDecoder.TryReadPrimitiveOctetString(content, AsnEncodingRules.BER, out var seed, out _) &&
            seed.Length == 32)
        {
            return new Ed25519PrivateKey(seed);
        }

        throw Unusable("is damaged (an Ed25519 key of the wrong length)");
    }
}
