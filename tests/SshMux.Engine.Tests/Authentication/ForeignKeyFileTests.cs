using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Authentication.KeyFiles;
using SshMux.Engine.Authentication.Keys;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Authentication;

/// <summary>Files of PuTTY and ssh.com that are damaged, ask for too much, or are of a kind that is not read.</summary>
[Trait("System", "any")]
[UnsupportedOSPlatform("windows")]
public sealed class ForeignKeyFileTests : IDisposable
{
    private readonly TestFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    /// <summary>A pattern, what stands in its place, and what is said then.</summary>
    [Theory]
    [InlineData("File-3", "File-1", "version of PuTTY's format that is not supported")]
    [InlineData("File-3", "File-4", "puttygen PATH -o NEW")]
    [InlineData("File-3", "File-2", "it has no Private-Lines")]
    [InlineData("ssh-ed25519\n", "ssh-dss\n", "is a DSA key")]
    [InlineData("ssh-ed25519\n", "ssh-ed448\n", "is of the type ssh-ed448")]
    [InlineData("ssh-ed25519\n", "ssh-rsa\n", "its public key is of another type")]
    [InlineData("ssh-ed25519\n", "ssh-ed25519-cert-v01@openssh.com\n", "--remove-certificate")]
    [InlineData("aes256-cbc", "aes512-cbc", "is encrypted with aes512-cbc")]
    [InlineData("Comment: test", "Remark: test", "it has no Comment")]
    [InlineData("Comment: test", "Comment: \u00ff", null)]
    [InlineData("Public-Lines: 2", "Public-Lines: 1", "damaged")]
    [InlineData("Public-Lines: 2", "Public-Lines: 2000000000", "it ends early")]
    [InlineData("Public-Lines: 2", "Public-Lines: -2", "its Public-Lines")]
    [InlineData("AAAAC3N", "AAA*C3N", "its Public-Lines")]
    [InlineData("AAAAC3N", "AAAAD3N", "damaged")]
    [InlineData("Argon2id", "Argon3", "uses the key derivation Argon3")]
    [InlineData("Memory: 64", "Memory: 64x", "its Argon2-Memory")]
    [InlineData("Memory: 64", "Memory: 0", "its Argon2-Memory")]
    [InlineData("Memory: 64", "Memory: 2000000000", "asks for too much work")]
    [InlineData("Passes: 2", "Passes: 2000000000", "asks for too much work")]
    [InlineData("Parallelism: 1", "Parallelism: 2000000000", "puttygen PATH --reencrypt -o NEW")]
    [InlineData("Parallelism: 1", "Parallelism: 99999999999999999999", "its Argon2-Parallelism")]
    [InlineData("Salt: ", "Salt: x", "its Argon2-Salt")]
    [InlineData("Private-Lines: 1", "Private-Lines: 0", "its Private-Lines")]
    [InlineData("Private-MAC: ", "Private-MAC: 0", "its Private-MAC")]
    [InlineData("Private-MAC: .*", "Private-MAC: 00", null)]
    [InlineData("Private-MAC: .*\n", "", "it ends early")]
    public async Task Every_part_of_a_file_of_PuTTY_is_checked(string pattern, string replacement, string? named)
    {
        var path = _folder.File("key");
        await KeyFileMaker.WriteAsync(path, "ed25519", "puttygen -O private --ppk-param memory=64,passes=2", "secret");
        var content = await File.ReadAllTextAsync(path, Token);
        var damaged = Regex.Replace(content, pattern, replacement, RegexOptions.None, TimeSpan.FromSeconds(9));
        Assert.NotEqual(content, damaged);
        KeyFileMaker.WritePrivate(path, damaged);
        AssertUnusable(path, named);
    }

    [Fact]
    public async Task Damage_of_a_plain_file_is_damage()
    {
        foreach (var (type, command) in new[]
        {
            ("rsa 2048", "puttygen -O private"), ("rsa 2048", "puttygen -O private --ppk-param version=2"),
            ("rsa 2048", "puttygen -O private-sshcom"),
        })
        {
            var path = _folder.File("key");
            await KeyFileMaker.WriteAsync(path, type, command);
            var lines = await File.ReadAllLinesAsync(path, Token);
            var number = lines.Length - 6;
            lines[number] = new string('A', lines[number].Length);
            KeyFileMaker.WritePrivate(path, string.Join('\n', lines) + "\n");
            AssertUnusable(path, "damaged");
        }
    }

    /// <summary>SSH.NET's pattern takes time that doubles with each line, if what is to follow the lines does not.</summary>
    [Fact]
    public async Task Many_lines_without_what_is_to_follow_do_not_take_longer()
    {
        var path = _folder.File("key");
        await KeyFileMaker.WriteAsync(path, "rsa 3072", "puttygen -O private", "secret");
        var content = await File.ReadAllTextAsync(path, Token);
        KeyFileMaker.WritePrivate(path, content.Replace("Private-MAC", "Private-Mac", StringComparison.Ordinal));
        AssertUnusable(path, "it has no Private-MAC");
    }

    [Theory]
    [InlineData("---- END.*", "", "it has no last line")]
    [InlineData("\nP2/56w", "\n*2/56w", "not base64")]
    [InlineData("\nP2/56w", "\nP2/57w", "it does not begin like a key")]
    [InlineData("\nP2/56w(.|\n)*\n---- END", "\nP2/56w==\n---- END", "damaged")]
    [InlineData("Comment: .*", "Subject: me\nComment: \"a \\\nb\"\nX-more: yes", null)]
    public async Task Every_part_of_a_file_of_ssh_com_is_checked(string pattern, string replacement, string? named)
    {
        var path = _folder.File("key");
        await KeyFileMaker.WriteAsync(path, "rsa 2048", "puttygen -O private-sshcom", "secret");
        var content = await File.ReadAllTextAsync(path, Token);
        var changed = Regex.Replace(content, pattern, replacement, RegexOptions.None, TimeSpan.FromSeconds(9));
        Assert.NotEqual(content, changed);
        KeyFileMaker.WritePrivate(path, changed);
        AssertUnusable(path, named);
        if (named is not null) return;
        using var file = PrivateKeyFile.Read(path);
        using var secret = new Secret("secret");
        using var key = file.TryDecrypt(secret, Token);
        Assert.Equal("a b", key!.Comment);
    }

    [Theory]
    [InlineData("if-modn{sign{rsa-pkcs1-sha1}}", "aes256-cbc", "is encrypted with aes256-cbc")]
    [InlineData("dl-modp{sign{dsa-nist-sha1}}", "none", "is a DSA key")]
    [InlineData("ec-modp{sign{ecdsa}}", "none", "is a DSA key")]
    [InlineData("ed25519", "none", "is of the type ed25519")]
    [InlineData("if-modn{sign{rsa-pkcs1-sha1}}", "3des-cbc", "the length of its key")]
    [InlineData("if-modn{sign{rsa-pkcs1-sha1}}", "none", "damaged")]
    public void Keys_of_ssh_com_that_are_not_read_are_named(string type, string cipher, string named)
    {
        var content = new byte[500];
        var writer = new SshMux.Engine.Wire.SshWriter(content);
        writer.WriteUInt32(0x3f6ff9eb);
        writer.WriteUInt32(0);
        writer.WriteString(type);
        writer.WriteString(cipher);
        writer.WriteString(new byte[9]);
        var lines = Convert.ToBase64String(writer.Written);
        KeyFileMaker.WritePrivate(
            _folder.File("key"),
            $"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n{lines}\n---- END SSH2 ENCRYPTED PRIVATE KEY ----\n");
        AssertUnusable(_folder.File("key"), named);
    }

    [Fact]
    public async Task A_comment_that_is_not_UTF8_is_said()
    {
        var path = _folder.File("key");
        await KeyFileMaker.WriteAsync(path, "ed25519", "puttygen -O private");
        var content = await File.ReadAllBytesAsync(path, Token);
        content[content.AsSpan().IndexOf("test"u8)] = 0xe4;
        await File.WriteAllBytesAsync(path, content, Token);
        AssertUnusable(path, "puttygen PATH -C NAME -o NEW");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Zeros_at_the_end_of_an_Ed25519_key_are_part_of_it(bool encrypted)
    {
        var path = _folder.File("key");
        var expected = await WriteKeyThatEndsWithZeroAsync(path, encrypted);
        using var file = PrivateKeyFile.Read(path);
        using var secret = new Secret("secret");
        using var key = file.TryDecrypt(encrypted ? secret : null, Token);
        Assert.Equal(expected, key!.PublicKey.ToArray());
    }

    private async Task<byte[]> WriteKeyThatEndsWithZeroAsync(string path, bool encrypted)
    {
        byte[] seed = [.. Enumerable.Range(1, 31).Select(i => (byte)i), 0];
        using var key = new Ed25519PrivateKey(seed);
        var publicKey = key.PublicKey.ToArray();
        byte[] body = [0, 0, 0, 0, 0, 0, 0, 0, .. publicKey, 0, 0, 0, 64, .. seed, .. publicKey[^32..], 0, 0, 0, 0];
        byte[] padded = [.. body, .. Enumerable.Range(1, (8 - (body.Length % 8)) % 8).Select(i => (byte)i)];
        byte[] whole =
        [
            .. "openssh-key-v1\0"u8, 0, 0, 0, 4, .. "none"u8, 0, 0, 0, 4, .. "none"u8, 0, 0, 0, 0, 0, 0, 0, 1,
            0, 0, 0, (byte)publicKey.Length, .. publicKey, 0, 0, 0, (byte)padded.Length, .. padded,
        ];
        var source = _folder.File("source");
        KeyFileMaker.WritePrivate(
            source,
            "-----BEGIN OPENSSH PRIVATE KEY-----\n" +
            $"{Convert.ToBase64String(whole, Base64FormattingOptions.InsertLineBreaks)}\n-----END OPENSSH PRIVATE KEY-----\n");
        string[] options = encrypted ? ["--new-passphrase", _folder.Write("passphrase", "secret\n")] : [];
        var made = await ProcessResult.RunAsync("puttygen", [source, "-q", "-O", "private", "-o", path, .. options]);
        Assert.True(made.ExitCode == 0, made.ErrorOutput);
        return publicKey;
    }

    /// <summary>That it cannot be used, and what is said; null: the passphrase seems to be wrong.</summary>
    private static void AssertUnusable(string path, string? named)
    {
        try
        {
            using var file = PrivateKeyFile.Read(path);
            using var secret = new Secret(named is null ? "wrong" : "secret");
            using var key = file.TryDecrypt(file.IsEncrypted ? secret : null, Token);
            Assert.Null(key);
            Assert.Null(named);
        }
        catch (SshException e)
        {
            Assert.Equal(SshError.KeyUnusable, e.Error);
            Assert.StartsWith($"the private key '{path}' ", e.Message, StringComparison.Ordinal);
            Assert.NotNull(named);
            Assert.Contains(named.Replace("PATH", path, StringComparison.Ordinal), e.Message, StringComparison.Ordinal);
        }
    }
}
