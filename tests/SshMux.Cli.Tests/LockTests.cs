using System.Diagnostics;
using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>A master that is locked with -O lock, and unlocked.</summary>
public class LockTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task Clients_are_refused_until_it_is_unlocked()
    {
        await using var master = await TestMaster.StartAsync(Peer.SshMux, server.Sshd);
        Assert.Equal((0, "Master locked.\r\n"), await AskAsync(master, "lock"));
        Assert.Equal((255, "sshmux: the master is locked already\n"), await AskAsync(master, "lock"));
        var (status, told) = await AskAsync(master, "check");
        Assert.Equal(0, status);
        Assert.Matches(
            "^Master running \\(pid=[0-9]+\\)\r\nthe master is locked since [-0-9T:]{19}, without a passphrase; what is asked for is refused\r\n$",
            told);
        foreach (var client in new[] { Peer.OpenSsh, Peer.SshMux })
        {
            var refused = await master.RunClientAsync(client, "x", "true");
            Assert.Equal(255, refused.ExitCode);
            Assert.Contains("the master is locked; -O unlock or Unlock-SshMaster unlocks it", refused.ErrorOutput, StringComparison.Ordinal);
        }

        var forward = await master.RunClientAsync(Peer.SshMux, "-O", "forward", "-L", $"{TestSshd.FreePort()}:localhost:7", "x");
        Assert.Equal(255, forward.ExitCode);
        Assert.Contains("forwarding request failed: the master is locked", forward.ErrorOutput, StringComparison.Ordinal);
        var proxy = await master.RunClientAsync(Peer.SshMux, "-O", "proxy", "x", "true");
        Assert.Equal(255, proxy.ExitCode);
        Assert.Contains("refused proxy mode: the master is locked", proxy.ErrorOutput, StringComparison.Ordinal);
        Assert.Equal((0, "Master unlocked.\r\n"), await AskAsync(master, "unlock"));
        Assert.Equal(0, (await master.RunClientAsync(Peer.OpenSsh, "x", "true")).ExitCode);
        Assert.Equal((255, "sshmux: the master refused: the master is not locked\n"), await AskAsync(master, "unlock"));
        Assert.Equal((0, ""), await AskAsync(master, "lock", "-q"));
    }

    [Fact]
    public async Task Clients_wait_until_it_is_unlocked()
    {
        await using var master = await TestMaster.StartAsync(Peer.SshMux, server.Sshd);
        Assert.Equal(0, (await AskAsync(master, "lock=wait")).Status);
        var theirs = master.RunClientAsync(Peer.OpenSsh, "x", "echo theirs");
        var ours = master.RunClientAsync(Peer.SshMux, "x", "echo ours");
        var clock = Stopwatch.StartNew();
        while ((await master.RunClientAsync(Peer.SshMux, "-O", "sessions", "x")).Output.Split("waiting").Length is not 3)
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), "both wait");
        }

        Assert.EndsWith("what is asked for waits\r\n", (await AskAsync(master, "check")).Told, StringComparison.Ordinal);
        Assert.Equal(0, (await AskAsync(master, "unlock")).Status);
        Assert.Equal((0, "theirs\n"), ((await theirs).ExitCode, (await theirs).Output));
        Assert.Equal((0, "ours\n"), ((await ours).ExitCode, (await ours).Output));
        Assert.Contains("the master is locked; waiting until it is unlocked", (await ours).ErrorOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_asks_for_the_passphrase_and_says_what_is_wrong_with_it()
    {
        await using var master = await TestMaster.StartAsync(Peer.SshMux, server.Sshd);
        var askpass = new AskpassScript(master.Folder);
        askpass.Answer("correct horse");
        Assert.Equal((0, "Master locked.\r\n"), await AskAsync(master, "lock=wait,passphrase", askpass));
        Assert.Equal(["|Enter lock passphrase: ", "|Again: "], askpass.Asked);
        Assert.Contains("with a passphrase; what is asked for waits", (await AskAsync(master, "check")).Told, StringComparison.Ordinal);
        askpass.Answer("wrong horse");
        Assert.Equal((255, "sshmux: the master refused: wrong passphrase\n"), await AskAsync(master, "unlock", askpass));
        Assert.Equal(3, askpass.Asked.Length);
        var (status, told) = await AskAsync(master, "unlock", "-oBatchMode=yes");
        Assert.Equal(255, status);
        Assert.StartsWith("sshmux: no passphrase was given; ", told, StringComparison.Ordinal);
        askpass.Answer("correct horse");
        Assert.Equal((0, "Master unlocked.\r\n"), await AskAsync(master, "unlock", askpass));

        // One that was mistyped locks nobody out.
        askpass.Run("date +%N");
        (status, told) = await AskAsync(master, "lock=passphrase", askpass);
        Assert.Equal((255, "sshmux: the passphrases are not the same; the master was not locked\n"), (status, told));
        Assert.Equal(0, (await master.RunClientAsync(Peer.OpenSsh, "x", "true")).ExitCode);
    }

    [Theory]
    [InlineData("lock=later", "-O lock=later: 'later' is not known; it can be wait, passphrase, or both with a comma between")]
    [InlineData("lock=", "-O lock=: '' is not known; it can be wait, passphrase, or both with a comma between")]
    [InlineData("unlock=wait", "-O unlock takes nothing after a '='")]
    public async Task A_wrong_word_is_an_error(string operation, string message)
    {
        var result = await SshMuxProgram.RunAsync("-F", "none", "-S", "/nowhere", "-O", operation, "x");
        Assert.Equal(255, result.ExitCode);
        Assert.Contains(message, result.ErrorOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_master_of_ssh_cannot_be_locked()
    {
        await using var master = await TestMaster.StartAsync(Peer.OpenSsh, server.Sshd);
        var (status, told) = await AskAsync(master, "lock");
        Assert.Equal(255, status);
        Assert.Contains("does not support a lock; masters of SshMux do, ssh's do not", told, StringComparison.Ordinal);
    }

    private static async Task<(int Status, string Told)> AskAsync(TestMaster master, string operation, params string[] more)
    {
        var result = await master.RunClientAsync(Peer.SshMux, [.. more, "-O", operation, "x"]);
        return (result.ExitCode, result.ErrorOutput);
    }

    private static async Task<(int Status, string Told)> AskAsync(TestMaster master, string operation, AskpassScript askpass)
    {
        var result = await master.RunClientAsync(Peer.SshMux, [.. askpass.Environment], "-O", operation, "x");
        return (result.ExitCode, result.ErrorOutput);
    }
}
