using System.Runtime.Versioning;

namespace SshMux.Engine.Tests.Authentication;

/// <summary>Every kind of container of a key logs in to a real sshd, after a wrong passphrase, too.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class KeyFormatLoginTests(SharedSshd shared) : IClassFixture<SharedSshd>, IDisposable
{
    private readonly LoginFixture _login = new(shared.Server);

    public void Dispose() => _login.Dispose();

    [Theory]
    [InlineData("ed25519", "ssh-keygen -Z chacha20-poly1305@openssh.com")]
    [InlineData("ed25519", "openssl pkcs8 -topk8")]
    [InlineData("ed25519", "openssl pkcs8 -topk8 -scrypt -scrypt_N 1024")]
    [InlineData("rsa 2048", "openssl pkcs8 -topk8 -v1 PBE-SHA1-3DES")]
    [InlineData("rsa 2048", "openssl rsa -traditional -camellia-256-cbc")]
    [InlineData("ecdsa 256", "openssl ec -aes-256-cfb")]
    [InlineData("ecdsa 384", "openssl ec -param_enc explicit -aes256")]
    [InlineData("ed25519", "puttygen -O private --ppk-param version=2")]
    [InlineData("rsa 2048", "puttygen -O private --ppk-param version=2")]
    [InlineData("ed25519", "puttygen -O private")]
    [InlineData("ecdsa 256", "puttygen -O private")]
    [InlineData("ecdsa 521", "puttygen -O private")]
    [InlineData("rsa 2048", "puttygen -O private")]
    [InlineData("rsa 2048", "puttygen -O private-sshcom")]
    public async Task It_logs_in(string type, string command)
    {
        var (plain, encrypted) = (_login.Folder.File("plain"), _login.Folder.File("encrypted"));
        await KeyFileMaker.WriteAsync(encrypted, type, command, "secret");
        await AuthorizeAsync(type);
        var user = new ScriptedInteraction("wrong", "secret");
        var accepted = await _login.AcceptedAsync(user, $"IdentityFile={encrypted}");
        Assert.Contains(KindOf(type), accepted, StringComparison.Ordinal);
        Assert.Equal(2, user.Prompts.Count);
        Assert.All(user.Prompts, prompt => Assert.Equal(encrypted, prompt.Target));

        // openssl needs a cipher to encrypt, and does so only if there is one.
        if (command.StartsWith("openssl", StringComparison.Ordinal) && !command.EndsWith("-topk8", StringComparison.Ordinal)) return;
        await KeyFileMaker.WriteAsync(plain, type, command);
        await _login.AcceptedAsync($"IdentityFile={plain}");
    }

    [Theory]
    [InlineData("puttygen -O private", false)]
    [InlineData("puttygen -O private-sshcom", true)]
    public async Task The_passphrase_is_asked_only_if_the_server_takes_the_key_where_that_is_known(string command, bool asked)
    {
        var path = _login.Folder.File("key");
        await KeyFileMaker.WriteAsync(path, "rsa 3072", command, "secret");
        var user = new ScriptedInteraction("secret");
        await _login.FailAsync(user, $"IdentityFile={path}");
        Assert.Equal(asked, user.Prompts.Count > 0);

        // What the file does not show, the public key beside it does.
        await File.WriteAllTextAsync(
            path + ".pub", await KeyFileMaker.PublicLineAsync("rsa 3072"), TestContext.Current.CancellationToken);
        user = new ScriptedInteraction("secret");
        await _login.FailAsync(user, $"IdentityFile={path}");
        Assert.Empty(user.Prompts);
    }

    [Theory]
    [InlineData("key.ppk-cert.pub")]
    [InlineData("key-cert.pub")]
    public async Task A_certificate_beside_a_key_of_PuTTY_is_used(string name)
    {
        // As with ssh, the key itself is offered first; another test may have authorized it.
        await File.WriteAllTextAsync(shared.Server.AuthorizedKeys, "", TestContext.Current.CancellationToken);
        var authority = await _login.KeyAsync("authority");
        await _login.AuthorizeAsync(authority, "cert-authority ");
        var path = _login.Folder.File("key.ppk");
        await KeyFileMaker.WriteAsync(path, "ecdsa 384", "puttygen -O private");
        await File.WriteAllTextAsync(
            path + ".pub", await KeyFileMaker.PublicLineAsync("ecdsa 384"), TestContext.Current.CancellationToken);
        var certificate = await _login.CertifyAsync(authority, path);
        if (!certificate.EndsWith(name, StringComparison.Ordinal)) File.Move(certificate, _login.Folder.File(name));
        var accepted = await _login.AcceptedAsync($"IdentityFile={path}");
        Assert.Contains("ECDSA-CERT", accepted, StringComparison.Ordinal);
    }

    private static string KindOf(string type) => type.Split(' ')[0].ToUpperInvariant();

    private async Task AuthorizeAsync(string type) => await File.AppendAllTextAsync(
        shared.Server.AuthorizedKeys,
        await KeyFileMaker.PublicLineAsync(type),
        TestContext.Current.CancellationToken);
}
