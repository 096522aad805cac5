using System.Runtime.Versioning;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Authentication;

/// <summary>Logins with user certificates at a real sshd that trusts an authority and no key.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class CertificateLoginTests(CertificateLoginTests.Server server)
    : IClassFixture<CertificateLoginTests.Server>, IDisposable
{
    private readonly LoginFixture _login = new(server.Sshd);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _login.Dispose();

    [Theory]
    [InlineData("ed25519", "ED25519-CERT")]
    [InlineData("ecdsa", "ECDSA-CERT")]
    [InlineData("rsa", "RSA-CERT")]
    public async Task The_certificate_beside_the_key_logs_in(string type, string accepted)
    {
        var key = await _login.KeyAsync("key", type);
        await _login.CertifyAsync(server.Authority, key);
        var line = await _login.AcceptedAsync($"IdentityFile={key}");
        Assert.Contains(accepted, line, StringComparison.Ordinal);
        Assert.Contains("ID test id", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("RFC4716")]
    [InlineData("PEM")]
    public async Task A_passphrase_is_asked_for_once_and_after_the_server_took_the_certificate(string format)
    {
        var key = await _login.KeyAsync("key", "rsa", "secret", "-m", format);
        var refused = await _login.KeyAsync("refused", "rsa", "secret", "-m", format);
        await _login.CertifyAsync(server.Authority, key);

        // Without its public key, a PEM file can only be told by its name.
        if (format == "PEM") File.Delete(key + ".pub");
        var user = new ScriptedInteraction("secret", "secret");
        var line = await _login.AcceptedAsync(user, $"IdentityFile={refused}", $"IdentityFile={key}");
        Assert.Contains("RSA-CERT", line, StringComparison.Ordinal);
        Assert.Equal($"Enter passphrase for key '{key}': ", Assert.Single(user.Prompts).Text);
    }

    [Fact]
    public async Task CertificateFile_names_the_certificates_and_nothing_beside_the_keys_counts_then()
    {
        var key = await _login.KeyAsync("key");
        var moved = _login.Folder.File("elsewhere");
        File.Move(await _login.CertifyAsync(server.Authority, key), moved);
        var error = await _login.FailAsync($"IdentityFile={key}");
        Assert.Contains($"refused {key}", error.Message, StringComparison.Ordinal);
        await _login.AcceptedAsync($"IdentityFile={key}", $"CertificateFile={moved}");

        // OpenSSH also finds it without the end of its name.
        File.Move(moved, moved + ".pub");
        await _login.AcceptedAsync($"IdentityFile={key}", $"CertificateFile={moved}");

        File.Move(moved + ".pub", key + "-cert.pub");
        var other = await _login.KeyAsync("other");
        var useless = await _login.CertifyAsync(other, other);
        error = await _login.FailAsync($"IdentityFile={key}", $"CertificateFile={useless}");
        Assert.Contains($"private key of the certificate '{useless}'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_in_the_agent_signs_for_a_certificate_in_a_file()
    {
        var key = await _login.KeyAsync("key", "rsa");
        var certificate = await _login.CertifyAsync(server.Authority, key);
        using var agent = await TestAgent.StartAsync();
        var moved = _login.Folder.File("moved");
        File.Move(certificate, moved);
        await agent.AddAsync(key);
        File.Delete(key);
        var line = await _login.AcceptedAsync(
            $"IdentityAgent={agent.Socket}", $"IdentityFile={key}.pub", $"CertificateFile={moved}");
        Assert.Contains("RSA-CERT", line, StringComparison.Ordinal);
        Assert.Contains(_login.Log.Lines, text => text.StartsWith(
            $"signing with {moved}: rsa-sha2-512-cert-v01@openssh.com", StringComparison.Ordinal));

        // As ssh: IdentitiesOnly (in the configuration of these tests) keeps the agent's key out, which signs.
        await _login.FailAsync($"IdentityAgent={agent.Socket}", $"CertificateFile={moved}");
        await _login.AcceptedAsync($"IdentityAgent={agent.Socket}", $"CertificateFile={moved}", "IdentitiesOnly=no");
    }

    [Fact]
    public async Task A_certificate_in_the_agent_logs_in()
    {
        var key = await _login.KeyAsync("key", "rsa");
        await _login.CertifyAsync(server.Authority, key);
        using var agent = await TestAgent.StartAsync(key);
        string[] options = [$"IdentityAgent={agent.Socket}", "IdentitiesOnly=no"];
        Assert.Contains("RSA-CERT", await _login.AcceptedAsync(options), StringComparison.Ordinal);
        options = [$"IdentityAgent={agent.Socket}", $"IdentityFile={key}"];
        Assert.Contains("RSA-CERT", await _login.AcceptedAsync(options), StringComparison.Ordinal);

        // With a certificate alone, the private key is not needed.
        var certificate = $"IdentityFile={key}-cert.pub";
        File.Delete(key);
        await _login.AcceptedAsync($"IdentityAgent={agent.Socket}", certificate);
    }

    [Fact]
    public async Task PubkeyAcceptedAlgorithms_chooses_the_signature()
    {
        var key = await _login.KeyAsync("key", "rsa");
        await _login.CertifyAsync(server.Authority, key);
        const string sha256 = "rsa-sha2-256-cert-v01@openssh.com";
        const string sha512 = "rsa-sha2-512-cert-v01@openssh.com";
        foreach (var (list, expected) in new[]
        {
            (sha256, sha256), ($"{sha256},{sha512}", sha256), ($"{sha512},{sha256}", sha512), ($"-{sha512}", sha256),
            ($"^{sha256}", sha256),
        })
        {
            using var login = new LoginFixture(server.Sshd);
            await login.AcceptedAsync($"IdentityFile={key}", $"PubkeyAcceptedAlgorithms={list}");
            Assert.Contains(login.Log.Lines, text => text.StartsWith(
                $"signing with {key}-cert.pub: {expected} ", StringComparison.Ordinal));
        }

        var error = await _login.FailAsync($"IdentityFile={key}", "PubkeyAcceptedAlgorithms=ssh-ed25519");
        Assert.Contains("no signature algorithm", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_wrong_with_a_refused_certificate_is_said()
    {
        var key = await _login.KeyAsync("key");
        var certificate = await _login.CertifyAsync(server.Authority, key, "-V", "20200101:20200102");
        var error = await _login.FailAsync($"IdentityFile={key}");
        Assert.Contains($"{certificate} (it expired at 2020-01-0", error.Message, StringComparison.Ordinal);

        await _login.CertifyAsync(server.Authority, key, "-n", "somebody");
        error = await _login.FailAsync($"IdentityFile={key}");
        Assert.Contains($"{certificate} (it is for somebody)", error.Message, StringComparison.Ordinal);

        await _login.CertifyAsync(server.Authority, key, "-h");
        error = await _login.FailAsync($"IdentityFile={key}");
        Assert.Contains($"'{certificate}' is a certificate for hosts", error.Message, StringComparison.Ordinal);

        var text = await File.ReadAllTextAsync(certificate, Token);
        await File.WriteAllTextAsync(certificate, text.Replace("AAAAC", "BAAAC", StringComparison.Ordinal), Token);
        await _login.FailAsync($"IdentityFile={key}", $"CertificateFile={certificate}");
        error = await _login.FailAsync($"IdentityFile={key}", "CertificateFile=/nothing/here");
        Assert.Contains("no certificate in '/nothing/here'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_of_a_private_key_that_is_too_short_is_not_used()
    {
        var key = await _login.KeyAsync("key", "rsa", "", "-b", "2048");
        await _login.CertifyAsync(server.Authority, key);
        var error = await _login.FailAsync($"IdentityFile={key}", "RequiredRSASize=3072");
        Assert.Contains($"{key}-cert.pub is an RSA key of fewer than 3072", error.Message, StringComparison.Ordinal);
    }

    /// <summary>A server that lets in whom the authority certifies.</summary>
    public sealed class Server : IAsyncLifetime
    {
        private readonly TestFolder _folder = new();

        internal TestSshd Sshd { get; private set; } = null!;

        internal string Authority => _folder.File("ca");

        public async ValueTask InitializeAsync()
        {
            await TestSshd.KeygenAsync(Authority, "ed25519");
            Sshd = await TestSshd.StartAsync($"TrustedUserCAKeys {Authority}.pub");
        }

        public async ValueTask DisposeAsync()
        {
            await Sshd.DisposeAsync();
            _folder.Dispose();
        }
    }
}
