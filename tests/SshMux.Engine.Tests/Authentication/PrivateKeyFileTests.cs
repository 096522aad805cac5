using System.Runtime.Versioning;
using System.Security.Cryptography;
using FsCheck;
using FsCheck.Fluent;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Authentication.KeyFiles;
using SshMux.Engine.Authentication.Keys;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Transport.Keys;

namespace SshMux.Engine.Tests.Authentication;

[Trait("System", "any")]
[UnsupportedOSPlatform("windows")]
public sealed class PrivateKeyFileTests : IDisposable
{
    private const string Passphrase = "päss phrase";

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Loading_asks_for_the_passphrase_until_it_is_right()
    {
        var path = _folder.File("key");
        await KeygenAsync(path, "ed25519", Passphrase, "-a", "1");
        var ct = TestContext.Current.CancellationToken;
        string[] answers = ["wrong", "", Passphrase];
        using var key = await PrivateKeyFile.LoadAsync(
            path, (attempt, _) => new ValueTask<Secret?>(new Secret(answers[attempt - 1])), ct);
        await AssertSignsAsync(key, path + ".pub");

        foreach (var answer in new[] { null, "wrong" })
        {
            var error = await Assert.ThrowsAsync<SshException>(() => PrivateKeyFile.LoadAsync(
                path, (_, _) => new ValueTask<Secret?>(answer is null ? null : new Secret(answer)), ct));
            Assert.Equal(SshError.KeyUnusable, error.Error);
            Assert.Contains(path, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_key_that_others_may_read_is_refused_as_ssh_refuses_it()
    {
        OnlyOn.Unix();
        var path = _folder.File("key");
        await KeygenAsync(path, "ed25519", "");
        File.SetUnixFileMode(
            path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        AssertUnusable(path, "0644", $"chmod 600 {path}");
    }

    [Theory]
    [InlineData("", "no private key")]
    [InlineData("hello", "no private key")]
    [InlineData("ssh-ed25519 AAAA x", "public key")]
    [InlineData("---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----\n", "public key")]
    [InlineData("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "public key")]
    [InlineData("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n", "last line")]
    [InlineData("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n", "format")]
    [InlineData("-----BEGIN OPENSSH PRIVATE KEY-----\n%%%%\n-----END OPENSSH PRIVATE KEY-----\n", "base64")]
    [InlineData("-----BEGIN DSA PRIVATE KEY-----\nAAAA\n-----END DSA PRIVATE KEY-----\n", "DSA")]
    [InlineData("-----BEGIN NEW PRIVATE KEY-----\nAAAA\n-----END NEW PRIVATE KEY-----\n", "NEW PRIVATE KEY")]
    [InlineData("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n", "damaged")]
    public void What_is_no_usable_key_is_said(string content, string named)
    {
        var path = _folder.Write("key", content);
        TestFolder.CloseToOthers(path);
        AssertUnusable(path, named);
    }

    [Fact]
    public void Files_that_cannot_be_read_are_named()
    {
        AssertUnusable(_folder.File("none"), "cannot be read");
        AssertUnusable(_folder.Path, "cannot be read");
    }

    [Fact]
    public async Task Damaged_keys_give_one_kind_of_error()
    {
        List<byte[]> samples = [];
        foreach (var (type, command, passphrase) in new[]
        {
            ("ed25519", "ssh-keygen -m RFC4716", ""), ("rsa 2048", "ssh-keygen -m RFC4716", ""),
            ("ecdsa 521", "ssh-keygen -m RFC4716", ""), ("ecdsa 256", "openssl pkcs8 -topk8", ""),
            ("rsa 2048", "ssh-keygen -m PEM", ""), ("ecdsa 256", "openssl ec -param_enc explicit", ""),
            ("ecdsa 256", "openssl pkcs8 -topk8 -v1 PBE-SHA1-3DES -iter 2", "x"),
            ("ed25519", "openssl pkcs8 -topk8 -scrypt -scrypt_N 16", "x"), ("rsa 2048", "openssl rsa -traditional -aes-128-cfb", "x"),
            ("ed25519", "puttygen -O private", ""), ("rsa 2048", "puttygen -O private --ppk-param version=2", "x"),
            ("ecdsa 384", "puttygen -O private --ppk-param memory=64,passes=1", "x"), ("rsa 2048", "puttygen -O private-sshcom", ""),
            ("rsa 2048", "puttygen -O private-sshcom", "x"),
        })
        {
            var path = _folder.File($"{samples.Count}");
            await KeyFileMaker.WriteAsync(path, type, command, passphrase);
            samples.Add(await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken));
        }

        var random = new Random(7);
        foreach (var sample in samples)
        {
            for (var i = 0; i < 200; i++)
            {
                var damaged = (byte[])sample.Clone();
                for (var n = random.Next(1, 4); n > 0; n--)
                {
                    var at = random.Next(40, damaged.Length - 40);
                    damaged[at] = "ABCDEFGHabcdefgh01234567+/"u8[random.Next(26)];
                }

                TryRead(random.Next(4) == 0 ? damaged[..random.Next(damaged.Length)] : damaged);
            }
        }
    }

    [Fact]
    public void Random_bytes_in_the_armour_give_one_kind_of_error()
    {
        string[] labels =
            ["OPENSSH PRIVATE KEY", "PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"];
        string[] starts = ["", "openssh-key-v1\0\0\0\0\x04none\0\0\0\x04none"];
        Prop.ForAll(
            Arb.From(Gen.Elements(labels)),
            Arb.From(Gen.Elements(starts)),
            ArbMap.Default.ArbFor<byte[]>(),
            (label, start, bytes) =>
            {
                byte[] content = [.. System.Text.Encoding.Latin1.GetBytes(start), .. bytes];
                var text = $"-----BEGIN {label}-----\n{Convert.ToBase64String(content)}\n-----END {label}-----\n";
                TryRead(System.Text.Encoding.ASCII.GetBytes(text));
            }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Remainders_of_long_numbers_are_right()
    {
        var random = new Random(3);
        for (var i = 0; i < 200; i++)
        {
            var dividend = new byte[random.Next(1, 40)];
            var divisor = new byte[random.Next(1, 20)];
            random.NextBytes(dividend);
            random.NextBytes(divisor);
            divisor[^1] |= 1;
            var remainder = new byte[divisor.Length];
            RsaPrivateKey.Remainder(dividend, divisor, remainder);
            Assert.Equal(Number(dividend) % Number(divisor), Number(remainder));
        }

        static System.Numerics.BigInteger Number(byte[] bytes) => new(bytes, isUnsigned: true, isBigEndian: true);
    }

    [Fact]
    public void A_secret_is_wiped_and_never_shown()
    {
        var secret = new Secret("hunter2");
        Assert.DoesNotContain("hunter2", secret.ToString(), StringComparison.Ordinal);
        Assert.Equal("hunter2"u8, secret.ToUtf8());
        secret.Dispose();
        Assert.Equal(new string('\0', 7), secret.Characters.ToString());
    }

    private static void TryRead(byte[] content)
    {
        try
        {
            using var file = PrivateKeyFile.Parse("key", content);
            using var secret = new Secret("x");
            using var key = Decrypt(file, secret);
        }
        catch (SshException e) when (e.Error == SshError.KeyUnusable)
        {
            Assert.StartsWith("the private key 'key' ", e.Message, StringComparison.Ordinal);
        }
    }

    private static SshPrivateKey? Decrypt(PrivateKeyFile file, Secret? passphrase) =>
        file.TryDecrypt(passphrase, TestContext.Current.CancellationToken);

    private static void AssertUnusable(string path, params string[] named)
    {
        var error = Assert.Throws<SshException>(() =>
        {
            using var file = PrivateKeyFile.Read(path);
            using var key = Decrypt(file, null);
        });
        Assert.Equal(SshError.KeyUnusable, error.Error);
        Assert.Contains($"'{path}'", error.Message, StringComparison.Ordinal);
        foreach (var text in named) Assert.Contains(text, error.Message, StringComparison.Ordinal);
    }

    private static Task AssertSignsAsync(SshPrivateKey? key, string publicKeyFile)
    {
        var text = File.ReadAllText(publicKeyFile).Split(' ')[1];
        return AssertSignsAsync(key, SshPublicKey.Parse(Convert.FromBase64String(text)));
    }

    private static async Task AssertSignsAsync(SshPrivateKey? key, SshPublicKey publicKey)
    {
        Assert.NotNull(key);
        Assert.Equal(publicKey.KeyType, key.KeyType);
        Assert.True(key.PublicKey.Span.SequenceEqual(publicKey.Blob.Span));
        var data = RandomNumberGenerator.GetBytes(100);
        foreach (var algorithm in key.SignatureAlgorithms)
        {
            var signature = await key.SignAsync(algorithm, data, CancellationToken.None);
            Assert.True(publicKey.VerifySignatureBlob(algorithm, data, signature), algorithm);
        }
    }

    private static Task KeygenAsync(string path, string type, string passphrase, params string[] more)
    {
        var words = type.Split(' ');
        string[] bits = words.Length > 1 ? ["-b", words[1]] : [];
        return TestSshd.KeygenAsync(path, words[0], passphrase, [.. bits, .. more]);
    }
}
