using System.Formats.Asn1;
using System.Security.Cryptography;

namespace SshMux.Engine.Authentication.KeyFiles;

/// <summary>
/// The schemes before PBES2, each with an identifier of its own: PBES1 (RFC 8018 section 6.1) and those of PKCS#12
/// (RFC 7292 appendix C).
/// </summary>
internal sealed class Pbes1Encryption : Pkcs8Encryption
{
    private readonly byte[] _salt;
    private readonly int _iterations;

    /// <summary>For PBES1; null for PKCS#12, which has a derivation of its own, with SHA-1.</summary>
    private readonly HashAlgorithmName? _hash;

    /// <summary>Reads the parameters: salt and iterations.</summary>
    public Pbes1Encryption(string identifier, AsnReader parameters)
    {
        (_hash, var cipher) = identifier switch
        {
            "1.2.840.113549.1.5.3" => (HashAlgorithmName.MD5, "DES-CBC"),
            "1.2.840.113549.1.5.6" => (HashAlgorithmName.MD5, "RC2-64-CBC"),
            "1.2.840.113549.1.5.10" => (HashAlgorithmName.SHA1, "DES-CBC"),
            "1.2.840.113549.1.5.11" => (HashAlgorithmName.SHA1, "RC2-64-CBC"),
            "1.2.840.113549.1.12.1.1" => ((HashAlgorithmName?)null, "RC4"),
            "1.2.840.113549.1.12.1.2" => (null, "RC4-40"),
            "1.2.840.113549.1.12.1.3" => (null, "DES-EDE3-CBC"),
            "1.2.840.113549.1.12.1.4" => (null, "DES-EDE-CBC"),
            "1.2.840.113549.1.12.1.5" => (null, "RC2-CBC"),
            "1.2.840.113549.1.12.1.6" => (null, "RC2-40-CBC"),
            _ => throw Unsupported($"the scheme {identifier}"),
        };
        Cipher = OpenSslCiphers.ByName(cipher)!;
        _salt = parameters.ReadOctetString();
        _iterations = ReadIterations(parameters);
    }

    public override KeyCipher Cipher { get; }

    public override void DeriveKey(ReadOnlySpan<byte> passphrase, Span<byte> key, Span<byte> iv)
    {
        if (_hash is not { } hash)
        {
            PassphraseDerivation.Pkcs12(passphrase, _salt, _iterations, key, iv);
            return;
        }

        Span<byte> both = stackalloc byte[key.Length + iv.Length];
        PassphraseDerivation.Pbkdf1(hash, passphrase, _salt, _iterations, both);
        both[..key.Length].CopyTo(key);
        both[key.Length..].CopyTo(iv);
        CryptographicOperations.ZeroMemory(both);
    }
}
