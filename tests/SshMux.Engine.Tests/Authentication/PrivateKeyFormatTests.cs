using System.Formats.Asn1;
using System.Runtime.Versioning;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Authentication.KeyFiles;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Authentication;

/// <summary>The kinds of private keys that other programs make: what is read, and what is said of the others.</summary>
[Trait("System", "any")]
[UnsupportedOSPlatform("windows")]
public sealed class PrivateKeyFormatTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("the cipher 2.16.840.1.101.3.4.1.8", "-v2", "id-aes128-wrap-pad")]
    [InlineData("the scheme 1.2.840.113549.1.5.1", null)]
    [InlineData("the scheme 1.2.840.113549.1.12.1.7", null)]
    [InlineData("the scheme 1.2.3.4", null)]
    public async Task Encryption_that_is_not_supported_is_named_with_a_remedy(string named, params string[]? options)
    {
        string path;
        if (options is null)
        {
            var writer = new AsnWriter(AsnEncodingRules.DER);
            using (writer.PushSequence())
            {
                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier(named.Split(' ')[^1]);
                    writer.PushSequence().Dispose();
                }

                writer.WriteOctetString(new byte[16]);
            }

            path = Write("ENCRYPTED PRIVATE KEY", "", writer.Encode());
        }
        else
        {
            var plain = await OpensslAsync("plain", "genpkey", "-algorithm", "ed25519");
            path = await OpensslAsync("key", ["pkcs8", "-topk8", "-in", plain, .. options, "-passout", "pass:secret"]);
        }

        AssertUnusable(path, $"is encrypted with {named}, which is not supported", $"ssh-keygen -p -f {path}");
    }

    [Theory]
    [InlineData(1 << 30, 8, 1, "asks for too much work (the costs of scrypt)")]
    [InlineData(1 << 16, 8, 1 << 20, "asks for too much work (the costs of scrypt)")]
    [InlineData(2, 1, 1 << 24, "asks for too much work (the costs of scrypt)")]
    [InlineData(1 << 16, 1, 1, "damaged (the costs of scrypt)")]
    [InlineData(15, 8, 1, "damaged (the costs of scrypt)")]
    [InlineData(16, 0, 1, "damaged (the costs of scrypt)")]
    [InlineData(16, 8, 0, "damaged (the costs of scrypt)")]
    [InlineData(16, 8, 1, null)]
    public void A_file_may_not_ask_for_any_amount_of_scrypt(int cost, int blockSize, int parallelization, string? named)
    {
        var path = Write("ENCRYPTED PRIVATE KEY", "", Pbes2("1.3.6.1.4.1.11591.4.11", new byte[16], new byte[32], writer =>
        {
            writer.WriteOctetString(new byte[8]);
            writer.WriteInteger(cost);
            writer.WriteInteger(blockSize);
            writer.WriteInteger(parallelization);
        }));
        AssertRead(path, named);
    }

    [Theory]
    [InlineData("is of the type 1.3.101.110, which is not supported", "-algorithm", "X25519")]
    [InlineData("is of the type 1.3.101.113, which is not supported", "-algorithm", "ED448")]
    [InlineData("elliptic curve", "-algorithm", "ec", "-pkeyopt", "ec_paramgen_curve:secp256k1")]
    [InlineData(
        "elliptic curve",
        "-algorithm", "ec", "-pkeyopt", "ec_paramgen_curve:secp256k1", "-pkeyopt", "ec_param_enc:explicit")]
    public async Task Keys_that_SSH_does_not_have_are_named(string named, params string[] options)
    {
        var path = await OpensslAsync("key", ["genpkey", .. options]);
        AssertUnusable(path, named);
    }

    [Theory]
    [InlineData("302d020100300506032b65700421041f", 31)] // a byte too few
    [InlineData("302f020100300506032b657004230421", 33)]
    public void An_Ed25519_key_of_the_wrong_length_is_damaged(string start, int length)
    {
        byte[] der = [.. Convert.FromHexString(start), .. new byte[length]];
        AssertUnusable(Write("PRIVATE KEY", "", der), "damaged (an Ed25519 key of the wrong length)");
    }

    [Theory]
    [InlineData("DESX-CBC,0011223344556677", 16, "is encrypted with DESX-CBC, which is not supported")]
    [InlineData("AES-128-GCM,001122334455667788990011", 16, "is encrypted with AES-128-GCM, which is not supported")]
    [InlineData("AES-128-ECB", 16, "is encrypted with AES-128-ECB, which is not supported")]
    [InlineData("RC4", 16, "is encrypted with RC4, which is not supported")]
    [InlineData("AES-128-CBC", 16, "DEK-Info")]
    [InlineData("AES-128-CBC,00112233445566778899aabbccddeeXX", 16, "DEK-Info")]
    [InlineData("AES-128-CBC,0011223344556677", 16, "DEK-Info or length")]
    [InlineData("AES-128-CBC,00112233445566778899aabbccddeeff", 15, "DEK-Info or length")]
    [InlineData("AES-128-CBC,00112233445566778899aabbccddeeff", 0, "DEK-Info or length")]
    public void Old_encryption_is_checked_before_the_passphrase_is_asked(string encryption, int length, string named)
    {
        var headers = $"Proc-Type: 4,ENCRYPTED\nDEK-Info: {encryption}\n\n";
        AssertUnusable(Write("RSA PRIVATE KEY", headers, new byte[length]), named);
    }

    /// <summary>The parts of PBES2 that openssl does not make wrong by itself.</summary>
    [Theory]
    [InlineData("none", null)]
    [InlineData("no iterations", "its number of iterations")]
    [InlineData("many iterations", "asks for too much work (more than 10,000,000 iterations)")]
    [InlineData("endless iterations", "asks for too much work (more than 10,000,000 iterations)")]
    [InlineData("another hash", "the hash 1.2.840.113549.2.99")]
    [InlineData("a salt that is made", "its salt")]
    [InlineData("an IV of a wrong length", "its initialization vector")]
    [InlineData("no text", "the length of its text")]
    [InlineData("half a block", "the length of its text")]
    public void The_parameters_of_encrypted_PKCS8_are_checked(string damage, string? named)
    {
        var iv = new byte[damage == "an IV of a wrong length" ? 15 : 16];
        var text = new byte[damage switch { "no text" => 0, "half a block" => 24, _ => 32 }];
        var path = Write("ENCRYPTED PRIVATE KEY", "", Pbes2("1.2.840.113549.1.5.12", iv, text, writer =>
        {
            if (damage == "a salt that is made") writer.WriteInteger(1);
            else writer.WriteOctetString(new byte[8]);
            writer.WriteInteger(damage switch
            {
                "no iterations" => 0L,
                "many iterations" => int.MaxValue,
                "endless iterations" => 1L << 40,
                _ => 10,
            });
            writer.WriteInteger(32);
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(damage == "another hash" ? "1.2.840.113549.2.99" : "1.2.840.113549.2.7");
                writer.WriteNull();
            }
        }));
        AssertRead(path, named);
    }

    [Theory]
    [InlineData("PRIVATE KEY")]
    [InlineData("RSA PRIVATE KEY")]
    [InlineData("EC PRIVATE KEY")]
    public void Noise_behind_an_old_passphrase_is_a_wrong_passphrase(string label)
    {
        const string Headers = "Proc-Type: 4,ENCRYPTED\nDEK-Info: DES-EDE3-CBC,0011223344556677\n\n";
        var noise = new byte[64];
        new Random(5).NextBytes(noise);
        using var file = PrivateKeyFile.Read(Write(label, Headers, noise));
        Assert.True(file.IsEncrypted);
        for (var i = 0; i < 300; i++)
        {
            using var secret = new Secret($"{i}");
            Assert.Null(file.TryDecrypt(secret, TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public void A_file_that_is_too_long_for_a_key_is_not_read_on()
    {
        var path = _folder.File("key");
        using (var file = new FileStream(path, FileMode.CreateNew)) file.SetLength(64 * 1024 * 1024);
        TestFolder.CloseToOthers(path);
        AssertUnusable(path, "too long for a private key");
    }

    private static byte[] Pbes2(string derivation, byte[] iv, byte[] text, Action<AsnWriter> writeParameters)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier("1.2.840.113549.1.5.13");
                using (writer.PushSequence())
                {
                    using (writer.PushSequence())
                    {
                        writer.WriteObjectIdentifier(derivation);
                        using (writer.PushSequence()) writeParameters(writer);
                    }

                    using (writer.PushSequence())
                    {
                        writer.WriteObjectIdentifier("2.16.840.1.101.3.4.1.42");
                        writer.WriteOctetString(iv);
                    }
                }
            }

            writer.WriteOctetString(text);
        }

        return writer.Encode();
    }

    /// <summary>Whether what is wrong is said; or if nothing is, a passphrase is not taken for the right one.</summary>
    private static void AssertRead(string path, string? named)
    {
        if (named is not null)
        {
            AssertUnusable(path, named);
            return;
        }

        using var file = PrivateKeyFile.Read(path);
        Assert.True(file.IsEncrypted);
        using var secret = new Secret("wrong");
        Assert.Null(file.TryDecrypt(secret, TestContext.Current.CancellationToken));
    }

    private static void AssertUnusable(string path, params string[] named)
    {
        var error = Assert.Throws<SshException>(() =>
        {
            using var file = PrivateKeyFile.Read(path);
            using var key = file.TryDecrypt(null, TestContext.Current.CancellationToken);
        });
        Assert.Equal(SshError.KeyUnusable, error.Error);
        Assert.Contains($"'{path}'", error.Message, StringComparison.Ordinal);
        foreach (var text in named) Assert.Contains(text, error.Message, StringComparison.Ordinal);
    }

    private string Write(string label, string headers, byte[] content)
    {
        var path = _folder.Write(
            "written",
            $"-----BEGIN {label}-----\n{headers}{Convert.ToBase64String(content)}\n-----END {label}-----\n");
        TestFolder.CloseToOthers(path);
        return path;
    }

    private async Task<string> OpensslAsync(string name, params string[] arguments)
    {
        var made = await ProcessResult.RunAsync("openssl", arguments);
        Assert.True(made.ExitCode == 0, made.ErrorOutput);
        var path = _folder.Write(name, made.Output);
        TestFolder.CloseToOthers(path);
        return path;
    }
}
