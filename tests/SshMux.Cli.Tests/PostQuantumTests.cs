using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>The key exchange that a server of an OpenSSH gets by default, and the warning where it is not post-quantum.</summary>
public sealed class PostQuantumTests : IAsyncLifetime
{
    private const string Warning =
        "** WARNING: connection is not using a post-quantum key exchange algorithm.\n" +
        "** This session may be vulnerable to \"store now, decrypt later\" attacks.\n" +
        "** The server may need to be upgraded. See https://openssh.com/pq.html\n";

    private static readonly string[][] Silencing =
    [
        ["-q"], ["-o", "LogLevel=ERROR"], ["-o", "WarnWeakCrypto=no"], ["-o", "WarnWeakCrypto=no-pq-kex"],
        ["-o", "KexAlgorithms=curve25519-sha256"],
    ];

    private TestSshd _without = null!;

    public async ValueTask InitializeAsync() =>
        _without = await TestSshd.StartAsync("KexAlgorithms curve25519-sha256,ecdh-sha2-nistp256");

    public async ValueTask DisposeAsync() => await _without.DisposeAsync();

    [Fact]
    public async Task An_sshd_before_9_9_gets_sntrup761()
    {
        await using var sshd = await TestSshd.StartAsync();
        var said = await ErrorsOfAsync(SshMuxProgram.Path, sshd, "-v");
        Assert.SkipUnless(
            said.Contains("SSH-2.0-OpenSSH_8.", StringComparison.Ordinal)
                || (said.Contains("SSH-2.0-OpenSSH_9.", StringComparison.Ordinal)
                    && !said.Contains("SSH-2.0-OpenSSH_9.9", StringComparison.Ordinal)),
            "the sshd of this system has ML-KEM");
        Assert.Contains("kex: algorithm: sntrup761x25519-sha512", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_newer_one_gets_ML_KEM()
    {
        Assert.SkipUnless(NewerOpenSsh.IsThere, NewerOpenSsh.Missing);
        await using var sshd = await NewerOpenSsh.StartSshdAsync();
        var said = await ErrorsOfAsync(SshMuxProgram.Path, sshd, "-v");
        Assert.Contains("kex: algorithm: mlkem768x25519-sha256", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_either_the_user_is_told_once()
    {
        Assert.Equal(Warning, await ErrorsOfAsync(SshMuxProgram.Path, _without));
        foreach (var options in Silencing) Assert.Equal("", await ErrorsOfAsync(SshMuxProgram.Path, _without, options));
    }

    [Fact]
    public async Task A_newer_ssh_says_the_same()
    {
        Assert.SkipUnless(NewerOpenSsh.IsThere, NewerOpenSsh.Missing);
        foreach (var options in (string[][])[[], .. Silencing, ["-o", "WarnWeakCrypto=yes"]])
        {
            Assert.Equal(
                (await ErrorsOfAsync(NewerOpenSsh.Ssh, _without, options)).ReplaceLineEndings("\n"),
                await ErrorsOfAsync(SshMuxProgram.Path, _without, options));
        }
    }

    [Fact]
    public async Task Who_comes_over_a_master_is_not_told_again()
    {
        await using var master = await TestMaster.StartAsync(Peer.SshMux, _without);
        Assert.Equal(Warning, master.Messages.ReplaceLineEndings("\n"));
        var result = await master.RunClientAsync(Peer.SshMux, "x", "echo hi");
        Assert.Equal(new ProcessResult(0, "hi\n", ""), result);
        Assert.Equal(Warning, master.Messages.ReplaceLineEndings("\n"));
    }

    private static async Task<string> ErrorsOfAsync(string program, TestSshd sshd, params string[] options)
    {
        var result = await ProcessResult.RunAsync(program, ["-F", sshd.SshConfig, .. options, "x", "true"]);
        Assert.Equal(0, result.ExitCode);
        return result.ErrorOutput;
    }
}
