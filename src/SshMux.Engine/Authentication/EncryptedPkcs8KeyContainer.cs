using System.Formats.Asn1;
using System.Security.Cryptography;

namespace SshMux.Engine.Authentication;

/// <summary>
/// "BEGIN ENCRYPTED PRIVATE KEY": PKCS#8 encrypted with PBES2 (RFC 8018), PBKDF2 and AES or triple DES. .NET reads it
/// for RSA and ECDSA only, and what is in it is known after decryption.
/// </summary>
internal sealed class EncryptedPkcs8KeyContainer : DerKeyContainer
{
    private const string Pbes2Identifier = "1.2.840.113549.1.5.13";
    private const string Pbkdf2Identifier = "1.2.840.113549.1.5.12";
    private const int MaxIterations = 100_000_000;

    private readonly byte[] _salt;
    private readonly int _iterations;
    private readonly HashAlgorithmName _hash;
    private readonly KeyCipher _cipher;
    private readonly byte[] _iv;
    private readonly byte[] _text;

    /// <summary>Reads the outer part of the decoded file.</summary>
    public EncryptedPkcs8KeyContainer(byte[] der)
    {
        try
        {
            var outer = new AsnReader(der, AsnEncodingRules.BER).ReadSequence();
            var scheme = outer.ReadSequence();
            _text = outer.ReadOctetString();
            if (scheme.ReadObjectIdentifier() != Pbes2Identifier) throw Unsupported("an old scheme (PBES1)");
            var parameters = scheme.ReadSequence();
            var derivation = parameters.ReadSequence();
            var encryption = parameters.ReadSequence();

            var derivationName = derivation.ReadObjectIdentifier();
            if (derivationName != Pbkdf2Identifier) throw Unsupported($"the key derivation {derivationName}");
            (_salt, _iterations, _hash) = ReadDerivation(derivation.ReadSequence());

            var cipherName = encryption.ReadObjectIdentifier();
            _cipher = cipherName switch
            {
                "2.16.840.1.101.3.4.1.2" => KeyCipher.ByName("aes128-cbc")!,
                "2.16.840.1.101.3.4.1.22" => KeyCipher.ByName("aes192-cbc")!,
                "2.16.840.1.101.3.4.1.42" => KeyCipher.ByName("aes256-cbc")!,
                "1.2.840.113549.3.7" => KeyCipher.ByName("3des-cbc")!,
                _ => throw Unsupported($"the cipher {cipherName}"),
            };
            _iv = encryption.ReadOctetString();
        }
        catch (AsnContentException e)
        {
            throw Unusable($"is damaged ({e.Message})", e);
        }

        if (_iv.Length != _cipher.IvLength || _text.Length == 0 || _text.Length % _cipher.BlockLength != 0)
        {
            throw Unusable("is damaged (the length of its text)");
        }
    }

    public override bool IsEncrypted => true;

    public override SshPrivateKey? TryDecrypt(ReadOnlySpan<byte> passphrase, CancellationToken ct)
    {
        var text = GC.AllocateUninitializedArray<byte>(_text.Length, pinned: true);
        _text.CopyTo(text, 0);
        Span<byte> key = stackalloc byte[_cipher.KeyLength];
        try
        {
            Rfc2898DeriveBytes.Pbkdf2(passphrase, _salt, key, _iterations, _hash);
            if (!_cipher.TryDecrypt(key, _iv, text, tag: [])) return null;
            var padding = text[^1];
            if (padding == 0 || padding > _cipher.BlockLength) return null;

            // The format has no check of the passphrase but this: noise does not begin like a key.
            var plain = text.AsSpan(..^padding);
            return LooksLikeAKey(plain) ? ReadKey("PRIVATE KEY", plain) : null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
            CryptographicOperations.ZeroMemory(key);
        }
    }

    // What is kept is encrypted.
    public override void Dispose()
    {
    }

    private static (byte[] Salt, int Iterations, HashAlgorithmName Hash) ReadDerivation(AsnReader parameters)
    {
        if (!parameters.PeekTag().HasSameClassAndValue(Asn1Tag.PrimitiveOctetString)) throw Unsupported("its salt");
        var salt = parameters.ReadOctetString();
        if (!parameters.TryReadInt32(out var iterations) || iterations is < 1 or > MaxIterations)
        {
            throw Unusable("is damaged (its number of iterations)");
        }

        if (parameters.HasData && parameters.PeekTag().HasSameClassAndValue(Asn1Tag.Integer)) parameters.ReadInteger();
        var hash = HashAlgorithmName.SHA1;
        if (parameters.HasData)
        {
            var name = parameters.ReadSequence().ReadObjectIdentifier();
            hash = name switch
            {
                "1.2.840.113549.2.7" => HashAlgorithmName.SHA1,
                "1.2.840.113549.2.9" => HashAlgorithmName.SHA256,
                "1.2.840.113549.2.10" => HashAlgorithmName.SHA384,
                "1.2.840.113549.2.11" => HashAlgorithmName.SHA512,
                _ => throw Unsupported($"the hash {name}"),
            };
        }

        return (salt, iterations, hash);
    }

    private static bool LooksLikeAKey(ReadOnlySpan<byte> der)
    {
        try
        {
            AsnDecoder.ReadSequence(der, AsnEncodingRules.BER, out _, out _, out var consumed);
            return consumed == der.Length;
        }
        catch (AsnContentException)
        {
            return false;
        }
    }

    private static SshException Unsupported(string what) => Unusable(
        $"is encrypted with {what}, which is not supported; give it OpenSSH's own format with: ssh-keygen -p -f FILE");
}
