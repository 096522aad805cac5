using SshMux.Engine.Tests.Support;
using SshMux.Engine.Tests.Transport;
using SshMux.Engine.Transport;

namespace SshMux.Engine.Tests.Authentication;

/// <summary>
/// ssh-mldsa44-ed25519 with an sshd that has it: keys of hosts and users, and their certificates. The configuration is
/// read by the system's ssh, which may not know it.
/// </summary>
public sealed class MlDsaLoginTests : IDisposable
{
    private const string Type = "ssh-mldsa44-ed25519";

    private readonly TestFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(Type)]
    [InlineData(Type + "-cert")]
    public async Task A_host_key_is_verified(string algorithm)
    {
        await using var sshd = await StartAsync();
        var algorithms = await AlgorithmMatrixTests.TryAsync(sshd, new SshTransportOptions
        {
            VerifyHostKey = (_, _) => default,
            HostKeyAlgorithms = [algorithm],
        });
        Assert.Equal(algorithm, algorithms.HostKey);
    }

    [Fact]
    public async Task A_host_of_which_only_such_a_key_is_known_shows_it()
    {
        await using var sshd = await StartAsync();
        var known = _folder.Write("known", $"[127.0.0.1]:{sshd.Port} {await PublicAsync("host")}");
        await AssertHostAsync(sshd, known);

        known = _folder.Write("known", $"@cert-authority * {await PublicAsync("ca")}");
        await AssertHostAsync(sshd, known);

        // Another one of that type is a change.
        await NewerOpenSsh.KeygenAsync(_folder.File("other"), "mldsa44-ed25519");
        known = _folder.Write("known", $"[127.0.0.1]:{sshd.Port} {await PublicAsync("other")}");
        var error = await Assert.ThrowsAsync<SshException>(() => AssertHostAsync(sshd, known));
        Assert.Equal(SshError.HostKeyChanged, error.Error);
        Assert.Contains("Offending MLDSA44-ED25519 key", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("secret")]
    public async Task A_user_key_logs_in(string passphrase)
    {
        await using var sshd = await StartAsync();
        using var login = new LoginFixture(sshd);
        var key = _folder.File("key");
        await NewerOpenSsh.KeygenAsync(key, "mldsa44-ed25519", passphrase);
        var error = await login.FailAsync(
            new ScriptedInteraction(passphrase, passphrase, passphrase), $"IdentityFile={key}");
        Assert.Contains($"he server refused {key}", error.Message, StringComparison.Ordinal);
        await login.AuthorizeAsync(key);
        var line = await login.AcceptedAsync(new ScriptedInteraction(passphrase), $"IdentityFile={key}");
        Assert.Contains("MLDSA44-ED25519", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_users_certificate_logs_in()
    {
        await using var sshd = await StartAsync();
        using var login = new LoginFixture(sshd);
        var key = _folder.File("key");
        await NewerOpenSsh.KeygenAsync(key, "mldsa44-ed25519");
        await NewerOpenSsh.CertifyAsync(_folder.File("ca"), key, "-n", sshd.UserName);
        var line = await login.AcceptedAsync($"IdentityFile={key}");
        Assert.Contains("MLDSA44-ED25519-CERT", line, StringComparison.Ordinal);
    }

    private async Task<TestSshd> StartAsync()
    {
        Assert.SkipUnless(NewerOpenSsh.IsThere, NewerOpenSsh.Missing);
        string host = _folder.File("host"), ca = _folder.File("ca");
        await NewerOpenSsh.KeygenAsync(host, "mldsa44-ed25519");
        await TestSshd.KeygenAsync(ca, "ed25519");
        await NewerOpenSsh.CertifyAsync(ca, host, "-h", "-n", "127.0.0.1");
        return await NewerOpenSsh.StartSshdAsync(
            $"""
            HostKey {host}
            HostCertificate {host}-cert.pub
            TrustedUserCAKeys {ca}.pub
            """);
    }

    private Task<string> PublicAsync(string name) => File.ReadAllTextAsync(_folder.File(name + ".pub"), Token);

    private static async Task AssertHostAsync(TestSshd sshd, string known)
    {
        using var login = new LoginFixture(sshd);
        await login.AcceptedAsync(
            $"IdentityFile={sshd.UserKey}", $"UserKnownHostsFile={known}", "GlobalKnownHostsFile=none",
            "StrictHostKeyChecking=yes");
    }
}
