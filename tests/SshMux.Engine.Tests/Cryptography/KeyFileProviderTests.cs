using System.Security.Cryptography;
using System.Text;
using SshMux.Engine.Authentication.KeyFiles;
using SshMux.Engine.Cryptography.Chosen;
using SshMux.Engine.Cryptography.OpenSsl;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Cryptography;

/// <summary>Libcrypto and BouncyCastle, one of which decrypts a key file, come to the same.</summary>
public sealed class KeyFileProviderTests
{
    public static TheoryData<string> Ciphers()
    {
        var data = new TheoryData<string>();
        string[] blocks =
        [
            "AES-128", "AES-192", "AES-256", "CAMELLIA-128", "CAMELLIA-192", "CAMELLIA-256", "ARIA-128", "ARIA-192", "ARIA-256",
        ];
        foreach (var block in blocks)
        {
            foreach (var mode in new[] { "ECB", "CFB", "CFB8", "OFB", "CTR" }) data.Add($"{block}-{mode}");
            if (block[..3] != "AES") data.Add($"{block}-CBC");
        }

        foreach (var mode in new[] { "CBC", "ECB", "CFB", "OFB", "CTR" }) data.Add($"SM4-{mode}");
        foreach (var mode in new[] { "CFB", "CFB8", "OFB" }) data.Add($"DES-EDE3-{mode}");
        foreach (var mode in new[] { "CBC", "CFB", "OFB" }) data.Add($"DES-EDE-{mode}");
        return data;
    }

    [Theory]
    [MemberData(nameof(Ciphers))]
    public void Both_decrypt_alike(string name)
    {
        LibcryptoProvider.Demand();
        var cipher = OpenSslCiphers.ByName(name)!;
        var (key, iv) = (RandomNumberGenerator.GetBytes(cipher.KeyLength), RandomNumberGenerator.GetBytes(cipher.IvLength));
        var encrypted = RandomNumberGenerator.GetBytes(cipher.BlockLength == 1 ? 83 : 96);
        var (one, other) = ((byte[])encrypted.Clone(), (byte[])encrypted.Clone());
        Assert.True(OpenSslKeyFileCiphers.TryDecrypt(name, key, iv, one));
        Assert.True(CryptographyProvider.Managed.KeyFileCiphers.Has(name, cipher.KeyLength, cipher.IvLength));
        CryptographyProvider.Managed.KeyFileCiphers.Decrypt(name, key, iv, other);
        Assert.NotEqual(encrypted, one);
        Assert.Equal(Convert.ToHexString(one), Convert.ToHexString(other));
    }

    [Theory]
    [InlineData("SHA1")]
    [InlineData("SHA256")]
    [InlineData("SHA384")]
    [InlineData("SHA512")]
    [InlineData("MD5")]
    [InlineData("SHA224")]
    [InlineData("SHA512-224")]
    [InlineData("SHA512-256")]
    public void Both_have_PBKDF2(string hash)
    {
        LibcryptoProvider.Demand();
        var salt = RandomNumberGenerator.GetBytes(9);
        var (one, other) = (new byte[70], new byte[70]);
        Assert.True(OpenSslKeyDerivations.TryPbkdf2(hash, "passphrase"u8, salt, 17, one));
        CryptographyProvider.OpenSsl!.KeyDerivations.Pbkdf2(hash, "passphrase"u8, salt, 17, other);
        Assert.Equal(Convert.ToHexString(one), Convert.ToHexString(other));
        CryptographyProvider.Managed.KeyDerivations.Pbkdf2(hash, "passphrase"u8, salt, 17, other);
        Assert.Equal(Convert.ToHexString(one), Convert.ToHexString(other));
    }

    /// <summary>RFC 6070, and RFC 7914 section 11.</summary>
    [Theory]
    [InlineData(
        "SHA1", "passwordPASSWORDpassword", "saltSALTsaltSALTsaltSALTsaltSALTsalt", 4096,
        "3D2EEC4FE41C849B80C8D83662C0E44A8B291A964CF2F07038")]
    [InlineData(
        "SHA256", "passwd", "salt", 1,
        "55AC046E56E3089FEC1691C22544B605F94185216DDE0465E68B9D57C20DACBC"
        + "49CA9CCCF179B645991664B39D77EF317C71B845B1E30BD509112041D3A19783")]
    public void PBKDF2_gives_what_the_vectors_say(
        string hash, string passphrase, string salt, int iterations, string expected)
    {
        foreach (var provider in new[] { CryptographyProvider.Current, CryptographyProvider.Managed })
        {
            var key = new byte[expected.Length / 2];
            provider.KeyDerivations.Pbkdf2(
                hash, Encoding.UTF8.GetBytes(passphrase), Encoding.UTF8.GetBytes(salt), iterations, key);
            Assert.Equal(expected, Convert.ToHexString(key));
        }
    }

    /// <summary>RFC 7914 section 12.</summary>
    [Fact]
    public void Both_have_scrypt()
    {
        LibcryptoProvider.Demand();
        const string expected =
            "FDBABE1C9D3472007856E7190D01E9FE7C6AD7CBC8237830E77376634B3731622EAF30D92E22A3886FF109279D9830DA" +
            "C727AFB94A83EE6D8360CBDFA2CC0640";
        var (one, other) = (new byte[64], new byte[64]);
        Assert.True(OpenSslKeyDerivations.TryScrypt("password"u8, "NaCl"u8, 1024, 8, 16, one));
        CryptographyProvider.Managed.KeyDerivations.Scrypt("password"u8, "NaCl"u8, 1024, 8, 16, other);
        Assert.Equal(expected, Convert.ToHexString(one));
        Assert.Equal(expected, Convert.ToHexString(other));
    }

    [Fact]
    public void Both_have_the_derivation_of_PKCS12()
    {
        LibcryptoProvider.Demand();
        var passphrase = Encoding.BigEndianUnicode.GetBytes("päss 🔑\0");
        var salt = RandomNumberGenerator.GetBytes(8);
        var (key, iv, otherKey, otherIv) = (new byte[24], new byte[8], new byte[24], new byte[8]);
        Assert.True(OpenSslKeyDerivations.TryPkcs12(passphrase, salt, 33, key, iv));
        CryptographyProvider.Managed.KeyDerivations.Pkcs12(passphrase, salt, 33, otherKey, otherIv);
        Assert.Equal(Convert.ToHexString(key), Convert.ToHexString(otherKey));
        Assert.Equal(Convert.ToHexString(iv), Convert.ToHexString(otherIv));
    }
}
