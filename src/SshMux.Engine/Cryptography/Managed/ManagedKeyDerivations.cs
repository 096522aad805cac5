using System.Security.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Parameters;

namespace SshMux.Engine.Cryptography.Managed;

/// <summary>
/// Derivations of keys from passphrases by BouncyCastle. It keeps copies of passphrase and key that cannot be wiped.
/// </summary>
internal sealed class ManagedKeyDerivations : IKeyDerivations
{
    public void Pbkdf2(
        string hash, ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, int iterations, Span<byte> key)
    {
        IDigest digest = hash switch
        {
            "SHA1" => new Sha1Digest(),
            "SHA256" => new Sha256Digest(),
            "SHA384" => new Sha384Digest(),
            "SHA512" => new Sha512Digest(),
            "MD5" => new MD5Digest(),
            "SHA224" => new Sha224Digest(),
            "SHA512-224" => new Sha512tDigest(224),
            "SHA512-256" => new Sha512tDigest(256),
            _ => throw new ArgumentException($"there is no PBKDF2 with {hash} here", nameof(hash)),
        };
        var generator = new Pkcs5S2ParametersGenerator(digest);
        generator.Init(passphrase, salt, iterations);
        Take(generator.GenerateDerivedMacParameters(8 * key.Length), key);
    }

    public void Scrypt(
        ReadOnlySpan<byte> passphrase,
        ReadOnlySpan<byte> salt,
        int cost,
        int blockSize,
        int parallelization,
        Span<byte> key)
    {
        var secret = passphrase.ToArray();
        var derived = SCrypt.Generate(secret, salt.ToArray(), cost, blockSize, parallelization, key.Length);
        derived.CopyTo(key);
        CryptographicOperations.ZeroMemory(secret);
        CryptographicOperations.ZeroMemory(derived);
    }

    public void Pkcs12(
        ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, int iterations, Span<byte> key, Span<byte> iv)
    {
        // The name only says that the bytes are to be taken as they are.
        const string anyBytes = "RC4";
        var generator = new Pkcs12ParametersGenerator(new Sha1Digest());
        generator.Init(passphrase, salt, iterations);
        var pair = (ParametersWithIV)generator.GenerateDerivedParameters(anyBytes, 8 * key.Length, 8 * iv.Length);
        Take(pair.Parameters, key);
        pair.GetIV().CopyTo(iv);
    }

    private static void Take(ICipherParameters parameters, Span<byte> key)
    {
        var derived = ((KeyParameter)parameters).GetKey();
        derived.CopyTo(key);
        CryptographicOperations.ZeroMemory(derived);
    }
}
