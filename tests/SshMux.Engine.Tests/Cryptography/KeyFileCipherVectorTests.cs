using System.Security.Cryptography;
using SshMux.Engine.Cryptography.Chosen;
using SshMux.Engine.Cryptography.Managed;
using SshMux.Engine.Cryptography.OpenSsl;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Cryptography;

/// <summary>The old ciphers of key files, which libcrypto mostly has no more, by published vectors.</summary>
[Trait("System", "any")]
public sealed class KeyFileCipherVectorTests
{
    private static readonly string[] Engines =
    [
        "AES-128", "AES-192", "AES-256", "CAMELLIA-128", "CAMELLIA-192", "CAMELLIA-256", "ARIA-128", "ARIA-192", "ARIA-256",
        "SM4", "SEED", "DES", "DES-EDE", "DES-EDE3", "RC2", "RC2-64", "RC2-40", "BF", "CAST5",
    ];

    private static readonly string[] Modes = ["CBC", "ECB", "CFB", "CFB8", "OFB", "CTR"];

    private static ManagedKeyFileCiphers Ciphers => new();

    [Theory]
    [InlineData("BF-ECB", "0000000000000000", "4EF997456198DD78", "0000000000000000")] // Schneier's
    [InlineData("CAST5-ECB", "0123456712345678234567893456789A", "238B4FE5847E44B2", "0123456789ABCDEF")] // RFC 2144
    [InlineData( // RFC 4269
        "SEED-ECB", "00000000000000000000000000000000", "5EBAC6E0054E166819AFF1CC6D346CDB",
        "000102030405060708090A0B0C0D0E0F")]
    [InlineData("DES-ECB", "133457799BBCDFF1", "85E813540F0AB405", "0123456789ABCDEF")]
    [InlineData("RC2-64-ECB", "FFFFFFFFFFFFFFFF", "278B27E42E2F0D49", "FFFFFFFFFFFFFFFF")] // RFC 2268
    [InlineData("RC2-ECB", "88BCA90E90875A7F0F79C384627BAFB2", "2269552AB0F85CA6", "0000000000000000")]
    [InlineData("RC4", "4B6579", "BBF316E8D940AF0AD3", "506C61696E74657874")]
    public void Published_vectors_are_decrypted(string name, string key, string encrypted, string plain)
    {
        var text = Convert.FromHexString(encrypted);
        Assert.True(Ciphers.Has(name, key.Length / 2, 0));
        Ciphers.Decrypt(name, Convert.FromHexString(key), [], text);
        Assert.Equal(plain, Convert.ToHexString(text));

        // Whoever computes it in this process, it is the same.
        text = Convert.FromHexString(encrypted);
        CryptographyProvider.Current.KeyFileCiphers.Decrypt(name, Convert.FromHexString(key), [], text);
        Assert.Equal(plain, Convert.ToHexString(text));
    }

    [Fact]
    public void Every_engine_has_every_mode() => Assert.All(
        Engines, engine => Assert.All(Modes, mode => Assert.True(Ciphers.Has($"{engine}-{mode}", 16, 16))));

    [Fact]
    public void A_name_that_is_nearly_one_is_none()
    {
        foreach (var engine in Engines)
        {
            for (var at = 0; at < engine.Length; at++)
            {
                foreach (var other in "XR9-")
                {
                    var name = engine[..at] + other + engine[(at + 1)..];
                    if (!Engines.Contains(name)) Assert.False(Ciphers.Has($"{name}-CBC", 16, 16), name);
                }
            }

            Assert.False(Ciphers.Has($"{engine}X-CBC", 16, 16), engine);
            Assert.False(Ciphers.Has(engine.Split('-')[0] + "-XYZ", 16, 16), engine);
        }

        Assert.False(Ciphers.Has("", 16, 16));
        Assert.False(Ciphers.Has("CBC", 16, 16));
        Assert.False(CryptographyProvider.Current.KeyFileCiphers.Has("NO-SUCH-CIPHER", 16, 16));
    }

    [Fact]
    public void Hashes_and_primes_that_there_are_not_are_errors()
    {
        foreach (var derivations in new[]
        {
            CryptographyProvider.Current.KeyDerivations, CryptographyProvider.Managed.KeyDerivations,
        })
        {
            Assert.Throws<ArgumentException>(() => derivations.Pbkdf2("SHA0", "x"u8, "salt"u8, 1, new byte[8]));
            Assert.Throws<ArgumentException>(() => derivations.Scrypt("x"u8, "salt"u8, 3, 8, 1, new byte[8])); // no power of 2
        }

        foreach (var bits in new[] { 0, 1024, 2049, 4095, 6143, 8191, 16384 })
        {
            Assert.Throws<ArgumentException>(() => CryptographyProvider.Managed.DiffieHellman.PrimeOf(bits));
        }
    }

    [Fact]
    public void What_libcrypto_refuses_is_named_and_what_it_has_not_is_remembered()
    {
        LibcryptoProvider.Demand();
        LibCrypto.Check(1, "EVP_does");
        Assert.Equal(7, LibCrypto.Check((nint)7, "EVP_gives"));
        var error = Assert.Throws<CryptographicException>(() => LibCrypto.Check(0, "EVP_does_not"));
        Assert.Equal("libcrypto: EVP_does_not failed", error.Message);
        Assert.Throws<CryptographicException>(() => LibCrypto.Check((nint)0, "EVP_gives_nothing"));
        Assert.Equal(["no_such_function"], Missing());
        Assert.False(OpenSslKeyFileCiphers.TryDecrypt("NO-SUCH-CIPHER", new byte[16], new byte[16], new byte[16]));

        static unsafe List<string> Missing()
        {
            var bind = new LibCryptoBinder(LibCrypto.Library);
            Assert.True(bind.To("EVP_CIPHER_CTX_new") != null);
            Assert.True(bind.To("no_such_function") == null);
            return bind.Missing;
        }
    }

    [Fact]
    public void A_value_that_cannot_be_one_gives_no_secret()
    {
        var dh = CryptographyProvider.Current.DiffieHellman;
        var prime = dh.PrimeOf(2048);
        using var key = dh.CreateKey(prime, [2], 512);
        var secret = new byte[prime.Length];
        secret.AsSpan().Fill(1);
        Assert.Throws<CryptographicException>(() => key.Derive([1], secret));
        Assert.Equal(new byte[prime.Length], secret);
    }

    [Fact]
    public void The_managed_provider_has_key_encapsulations_of_its_own()
    {
        using var mlKem = CryptographyProvider.Managed.CreateMlKem768();
        Assert.Equal((1184, 1088), (mlKem.PublicKey.Length, mlKem.CiphertextLength)); // FIPS 203, table 3
        using var sntrup = CryptographyProvider.Managed.CreateSntrup761(TestContext.Current.CancellationToken);
        Assert.Equal((1158, 1039), (sntrup.PublicKey.Length, sntrup.CiphertextLength));
    }
}
