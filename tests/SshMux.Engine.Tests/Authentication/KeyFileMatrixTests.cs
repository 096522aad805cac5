using System.Runtime.Versioning;
using System.Security.Cryptography;
using Renci.SshNet.Security;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Authentication.KeyFiles;
using SshMux.Engine.Authentication.Keys;
using SshMux.Engine.Cryptography.Chosen;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Transport.Keys;

namespace SshMux.Engine.Tests.Authentication;

/// <summary>
/// Every kind of private key file that ssh-keygen, openssl and puttygen write: it is read, its public key is that of the
/// tool and of SSH.NET where SSH.NET reads it, it signs, and a wrong passphrase is found out.
/// </summary>
[Trait("System", "any")]
[UnsupportedOSPlatform("windows")]
public sealed class KeyFileMatrixTests : IDisposable
{
    private static readonly string[] Types =
        ["ed25519", "ecdsa 256", "ecdsa 384", "ecdsa 521", "rsa 2048", "rsa 3072"];

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Type, command, whether there is a passphrase, whether SSH.NET reads it.</summary>
    public static TheoryData<string, string, bool, bool> Files()
    {
        var data = new TheoryData<string, string, bool, bool>();
        foreach (var type in Types)
        {
            foreach (var encrypted in new[] { false, true })
            {
                data.Add(type, "ssh-keygen -m RFC4716", encrypted, true);
                data.Add(type, "openssl pkcs8 -topk8", encrypted, type != "ed25519");
                data.Add(type, "puttygen -O private --ppk-param version=2", encrypted, true);
                data.Add(type, "puttygen -O private --ppk-param memory=64,passes=2", encrypted, true);

                // Its bcrypt has so many rounds that each passphrase takes seconds.
                if (!encrypted || type == "ed25519") data.Add(type, "puttygen -O private-openssh-new", encrypted, true);
                if (type == "ed25519") continue;
                data.Add(type, "ssh-keygen -m PEM", encrypted, true);
                data.Add(type, "puttygen -O private-openssh", encrypted, true);
            }
        }

        foreach (var type in new[] { "rsa 2048", "rsa 3072" })
        {
            data.Add(type, "puttygen -O private-sshcom", false, true);
            data.Add(type, "puttygen -O private-sshcom", true, true);
            data.Add(type, "openssl rsa -traditional", false, true);
        }

        foreach (var kind in new[] { "argon2id", "argon2i", "argon2d" })
        {
            data.Add("ecdsa 256", $"puttygen -O private --ppk-param kdf={kind},memory=64,passes=2,parallelism=2", true, true);
        }

        data.Add("ed25519", "puttygen -O private", true, true);
        AddCiphers(data);
        AddCurves(data);
        return data;
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task A_file_is_read_as_the_tool_wrote_it(string type, string command, bool encrypted, bool theirs)
    {
        var path = _folder.File("key");
        var passphrase = PassphraseOf(command, theirs);
        await KeyFileMaker.WriteAsync(path, type, command, encrypted ? passphrase : "");
        var expected = SshPublicKey.Parse(await KeyFileMaker.PublicKeyAsync(type));

        if (OnlyLibcryptoDecrypts(command) && CryptographyProvider.Current != CryptographyProvider.OpenSsl)
        {
            var error = Assert.Throws<SshException>(() => PrivateKeyFile.Read(path));
            Assert.EndsWith(
                $"not supported; give it OpenSSH's own format with: ssh-keygen -p -f {path}", error.Message, StringComparison.Ordinal);
            return;
        }

        using var file = PrivateKeyFile.Read(path);
        Assert.Equal(encrypted, file.IsEncrypted);
        if (file.PublicKey is { } shown) Assert.Equal(expected.Blob.ToArray(), shown.ToArray());
        Assert.Equal(ShowsPublicKey(path), file.PublicKey is not null);

        if (encrypted)
        {
            Assert.Null(Decrypt(file, null));
            foreach (var wrong in new[] { "", "wrong", passphrase + " ", "päss" })
            {
                Assert.Null(Decrypt(file, wrong));
            }
        }

        using var key = Decrypt(file, encrypted ? passphrase : null);
        Assert.NotNull(key);
        Assert.Equal(expected.Blob.ToArray(), key.PublicKey.ToArray());
        var data = RandomNumberGenerator.GetBytes(100);
        foreach (var algorithm in key.SignatureAlgorithms)
        {
            var signature = await key.SignAsync(algorithm, data, TestContext.Current.CancellationToken);
            Assert.True(expected.VerifySignatureBlob(algorithm, data, signature), algorithm);
        }

        Assert.Equal(theirs, PublicKeyOfSshNet(path, encrypted ? passphrase : null).SequenceEqual(expected.Blob.ToArray()));
    }

    [Theory]
    [InlineData("ssh-keygen -m RFC4716", "test")]
    [InlineData("puttygen -O private --ppk-param version=2", "test")]
    [InlineData("puttygen -O private", "test")]
    [InlineData("puttygen -O private -C ", "")]
    [InlineData("puttygen -O private-sshcom", "test")]
    [InlineData("ssh-keygen -m PEM", "")]
    public async Task What_a_file_calls_its_key_is_the_comment(string command, string comment)
    {
        var path = _folder.File("key");
        await KeyFileMaker.WriteAsync(path, "rsa 2048", command);
        using var file = PrivateKeyFile.Read(path);
        using var key = Decrypt(file, null);
        Assert.Equal(comment, key!.Comment);
    }

    [Theory]
    [InlineData("ssh-keygen -m RFC4716")]
    [InlineData("puttygen -O private --ppk-param version=2")]
    [InlineData("puttygen -O private")]
    [InlineData("puttygen -O private-sshcom")]
    [InlineData("openssl rsa -traditional -camellia-128-cbc")]
    public async Task Lines_may_end_as_on_Windows(string command)
    {
        var path = _folder.File("key");
        await KeyFileMaker.WriteAsync(path, "rsa 2048", command, "secret");
        KeyFileMaker.WritePrivate(
            path, (await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken)).ReplaceLineEndings("\r\n"));
        using var file = PrivateKeyFile.Read(path);
        using var key = Decrypt(file, "secret");
        Assert.Equal(await KeyFileMaker.PublicKeyAsync("rsa 2048"), key!.PublicKey.ToArray());
    }

    /// <summary>CFB of single bits, and ChaCha20 that begins with any block: BouncyCastle has neither.</summary>
    private static bool OnlyLibcryptoDecrypts(string command) =>
        command.EndsWith("-cfb1", StringComparison.Ordinal) || command.EndsWith(" -chacha20", StringComparison.Ordinal);

    private static void AddCiphers(TheoryData<string, string, bool, bool> data)
    {
        string[] openSsh =
        [
            "3des-cbc", "aes128-cbc", "aes192-cbc", "aes256-cbc", "aes128-ctr", "aes192-ctr", "aes256-ctr",
            "aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com",
        ];
        foreach (var cipher in openSsh) data.Add("ed25519", $"ssh-keygen -Z {cipher}", true, true);

        string[] blocks =
            ["aes-128", "aes-192", "aes-256", "camellia-128", "camellia-192", "camellia-256", "aria-128", "aria-192", "aria-256"];
        string[] modes = ["cbc", "cfb", "cfb1", "cfb8", "ofb", "ctr"];
        string[] others =
        [
            "des-ede3-cbc", "des-ede3-cfb", "des-ede3-cfb1", "des-ede3-cfb8", "des-ede3-ofb", "des-ede-cbc",
            "des-ede-cfb", "des-ede-ofb", "sm4-cbc", "sm4-cfb", "sm4-ofb", "sm4-ctr", "chacha20",
        ];
        foreach (var cipher in blocks.SelectMany(block => modes, (block, mode) => $"{block}-{mode}").Concat(others))
        {
            var known = cipher.StartsWith("aes", StringComparison.Ordinal) && cipher.EndsWith("cbc", StringComparison.Ordinal);
            data.Add("rsa 2048", $"openssl rsa -traditional -{cipher}", true, known || cipher is "des-ede3-cbc" or "des-ede3-cfb");
            if (cipher.StartsWith("aes", StringComparison.Ordinal)) data.Add("ecdsa 256", $"openssl ec -{cipher}", true, known);
        }

        foreach (var cipher in blocks.SelectMany(block => modes, (block, mode) => $"{block}-{mode}")
            .Where(cipher => !cipher.EndsWith('1') && !cipher.EndsWith('8'))
            .Where(cipher => cipher[..3] != "aes" || !cipher.EndsWith("ctr", StringComparison.Ordinal))
            .Concat(["aes-256-ecb", "des-ede3-cbc", "sm4-cbc", "sm4-cfb", "sm4-ofb", "sm4-ctr", "camellia-192-ecb"]))
        {
            data.Add("ed25519", $"openssl pkcs8 -topk8 -v2 {cipher}", true, false);
        }

        foreach (var hash in new[] { "MD5", "SHA1", "SHA224", "SHA256", "SHA384", "SHA512", "SHA512-224", "SHA512-256" })
        {
            data.Add("ecdsa 384", $"openssl pkcs8 -topk8 -v2 aes-192-cbc -v2prf hmacWith{hash}", true, hash != "MD5");
        }

        data.Add("ed25519", "openssl pkcs8 -topk8 -scrypt -scrypt_N 1024", true, false);
        data.Add("ecdsa 521", "openssl pkcs8 -topk8 -scrypt -scrypt_N 16 -scrypt_r 3 -scrypt_p 5", true, false);

        // OpenSSL has these still, in a provider that is loaded on demand.
        string[] old =
        [
            "PBE-MD5-DES", "PBE-SHA1-DES", "PBE-MD5-RC2-64", "PBE-SHA1-RC2-64", "PBE-SHA1-RC4-128", "PBE-SHA1-RC4-40",
            "PBE-SHA1-RC2-128", "PBE-SHA1-RC2-40", "PBE-SHA1-3DES", "PBE-SHA1-2DES",
        ];
        foreach (var scheme in old)
        {
            data.Add(
                "ecdsa 256", $"openssl pkcs8 -topk8 -v1 {scheme} -provider legacy -provider default", true, true);
        }

        foreach (var cipher in new[]
        {
            "des-cbc", "des-cfb", "des-ofb", "bf-cbc", "cast5-cbc", "seed-cbc", "rc2-cbc", "rc2-64-cbc", "rc2-40-cbc",
        })
        {
            data.Add("rsa 2048", $"openssl rsa -traditional -{cipher} -provider legacy -provider default", true, false);
        }
    }

    private static void AddCurves(TheoryData<string, string, bool, bool> data)
    {
        foreach (var type in new[] { "ecdsa 256", "ecdsa 384", "ecdsa 521" })
        {
            foreach (var form in new[] { "uncompressed", "compressed", "hybrid" })
            {
                data.Add(type, $"openssl ec -conv_form {form}", false, form != "compressed");
                data.Add(type, $"openssl ec -param_enc explicit -conv_form {form}", false, false);
                data.Add(type, $"openssl pkey -ec_param_enc explicit -ec_conv_form {form}", false, false);
            }

            data.Add(type, "openssl ec -no_public", false, false);
            data.Add(type, "openssl ec -param_enc explicit -aes256", true, false);
        }
    }

    private static SshPrivateKey? Decrypt(PrivateKeyFile file, string? passphrase)
    {
        using var secret = passphrase is null ? null : new Secret(passphrase);
        return file.TryDecrypt(secret, TestContext.Current.CancellationToken);
    }

    private static bool ShowsPublicKey(string path)
    {
        var start = File.ReadLines(path).First();
        return start.StartsWith("PuTTY", StringComparison.Ordinal) || start.Contains("OPENSSH", StringComparison.Ordinal);
    }

    /// <summary>SSH.NET has BouncyCastle take the passphrase of PKCS#8 for Latin-1.</summary>
    private static string PassphraseOf(string command, bool theirs) =>
        theirs && command.Contains("pkcs8", StringComparison.OrdinalIgnoreCase) ? "pass phrase" : KeyFileMaker.Passphrase;

    /// <summary>
    /// Empty if it does not read it. (It reads Ed25519 in PKCS#8, but takes the two bytes before the key for its beginning.)
    /// </summary>
    private static byte[] PublicKeyOfSshNet(string path, string? passphrase)
    {
        try
        {
            using var file = new Renci.SshNet.PrivateKeyFile(path, passphrase);
            return new KeyHostAlgorithm(file.Key.ToString()!, file.Key).Data;
        }
        catch (Exception)
        {
            // Of any type.
            return [];
        }
    }
}
