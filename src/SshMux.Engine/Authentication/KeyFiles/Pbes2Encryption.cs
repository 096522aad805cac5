using System.Formats.Asn1;
using System.Numerics;

namespace SshMux.Engine.Authentication.KeyFiles;

/// <summary>PBES2 (RFC 8018 section 6.2): PBKDF2 or scrypt (RFC 7914 section 7), and any cipher.</summary>
internal sealed class Pbes2Encryption : Pkcs8Encryption
{
    private const string Pbkdf2 = "1.2.840.113549.1.5.12";
    private const string Scrypt = "1.3.6.1.4.1.11591.4.11";

    private readonly byte[] _salt;
    private readonly int _iterations;
    private readonly string _hash = "SHA1";
    private readonly (int Cost, int BlockSize, int Parallelization) _scrypt;
    private readonly byte[] _iv = [];

    /// <summary>Reads the parameters of PBES2: those of the derivation, and those of the cipher.</summary>
    public Pbes2Encryption(AsnReader parameters)
    {
        var derivation = parameters.ReadSequence();
        var encryption = parameters.ReadSequence();
        var derivationName = derivation.ReadObjectIdentifier();
        if (derivationName is not (Pbkdf2 or Scrypt)) throw Unsupported($"the key derivation {derivationName}");
        var details = derivation.ReadSequence();
        if (!details.PeekTag().HasSameClassAndValue(Asn1Tag.PrimitiveOctetString)) throw Unsupported("its salt");
        _salt = details.ReadOctetString();
        if (derivationName == Scrypt)
        {
            _scrypt = ReadCosts(details);
        }
        else
        {
            _iterations = ReadIterations(details);
            SkipKeyLength(details);
            if (details.HasData) _hash = HashOf(details.ReadSequence().ReadObjectIdentifier());
        }

        var cipherName = encryption.ReadObjectIdentifier();
        Cipher = OpenSslCiphers.ByIdentifier(cipherName) ?? throw Unsupported($"the cipher {cipherName}");
        if (Cipher.IvLength > 0) _iv = encryption.ReadOctetString();
        if (_iv.Length != Cipher.IvLength) throw Unusable("is damaged (its initialization vector)");
    }

    public override KeyCipher Cipher { get; }

    public override void DeriveKey(ReadOnlySpan<byte> passphrase, Span<byte> key, Span<byte> iv)
    {
        _iv.CopyTo(iv);
        var (cost, blockSize, parallelization) = _scrypt;
        if (cost == 0) PassphraseDerivation.Pbkdf2(_hash, passphrase, _salt, _iterations, key);
        else PassphraseDerivation.Scrypt(passphrase, _salt, cost, blockSize, parallelization, key);
    }

    private static (int Cost, int BlockSize, int Parallelization) ReadCosts(AsnReader details)
    {
        var cost = details.ReadInteger();
        var blockSize = details.ReadInteger();
        var parallelization = details.ReadInteger();
        SkipKeyLength(details);
        if (cost <= 1 || !cost.IsPowerOfTwo || blockSize < 1 || parallelization < 1 ||
            (blockSize < 4 && cost >= BigInteger.One << (16 * (int)blockSize)))
        {
            throw Unusable("is damaged (the costs of scrypt)");
        }

        // RFC 7914 section 6: each of the parallel runs fills that memory; their results are in memory at once, too.
        var memory = 128 * cost * blockSize;
        if (memory > PassphraseDerivation.MaxMemory ||
            128 * blockSize * parallelization > PassphraseDerivation.MaxMemory / 8 ||
            memory * parallelization > PassphraseDerivation.MaxWork)
        {
            throw TooMuch("the costs of scrypt");
        }

        return ((int)cost, (int)blockSize, (int)parallelization);
    }

    /// <summary>It is the cipher's own.</summary>
    private static void SkipKeyLength(AsnReader details)
    {
        if (details.HasData && details.PeekTag().HasSameClassAndValue(Asn1Tag.Integer)) details.ReadInteger();
    }

    private static string HashOf(string identifier) => identifier switch
    {
        "1.2.840.113549.2.6" => "MD5",
        "1.2.840.113549.2.7" => "SHA1",
        "1.2.840.113549.2.8" => "SHA224",
        "1.2.840.113549.2.9" => "SHA256",
        "1.2.840.113549.2.10" => "SHA384",
        "1.2.840.113549.2.11" => "SHA512",
        "1.2.840.113549.2.12" => "SHA512-224",
        "1.2.840.113549.2.13" => "SHA512-256",
        _ => throw Unsupported($"the hash {identifier}"),
    };
}
