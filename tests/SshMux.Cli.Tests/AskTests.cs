using System.Diagnostics;
using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>ControlMaster ask: the master's user allows each use; and SSH_ASKPASS for everything else.</summary>
public class AskTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    public static readonly TheoryData<Peer, Peer> Pairs = new(
        (Peer.OpenSsh, Peer.OpenSsh), (Peer.OpenSsh, Peer.SshMux),
        (Peer.SshMux, Peer.OpenSsh), (Peer.SshMux, Peer.SshMux));

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task A_use_is_allowed(Peer masterPeer, Peer client)
    {
        var (master, askpass) = await StartAsync(masterPeer, "yes", "-o", "ControlMaster=ask");
        await using var disposing = master;
        var result = await master.RunClientAsync(client, "x", "echo hi; exit 3");
        Assert.Equal((3, "hi\n"), (result.ExitCode, result.Output));
        Assert.Equal("confirm|Allow shared connection to 127.0.0.1? ", Assert.Single(askpass.Asked));

        var port = TestSshd.FreePort();
        result = await master.RunClientAsync(client, "-O", "forward", "-L", $"{port}:localhost:7", "x");
        Assert.Equal(0, result.ExitCode);
        Assert.Equal($"confirm|Open local forward LOCALHOST:{port} -> localhost:7 on 127.0.0.1?", askpass.Asked[1]);

        using var echo = new EchoServer();
        result = await master.RunClientAsync(client, "-W", $"127.0.0.1:{echo.Port}", "x");
        Assert.Equal(0, result.ExitCode);

        // Before 9.6 or so OpenSSH asked without the brackets.
        Assert.Equal(
            $"confirm|Allow forward to 127.0.0.1:{echo.Port}? ",
            askpass.Asked[2].Replace("[127.0.0.1]", "127.0.0.1", StringComparison.Ordinal));

        // An empty answer is a yes, too.
        askpass.Answer("");
        result = await master.RunClientAsync(client, "-O", "exit", "x");
        Assert.Equal(0, result.ExitCode);
        Assert.Equal("confirm|Terminate shared connection to 127.0.0.1? ", askpass.Asked[3]);
        await master.WaitForExitAsync();
        Assert.Equal(4, askpass.Asked.Length);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task A_use_is_refused(Peer masterPeer, Peer client)
    {
        var (master, askpass) = await StartAsync(masterPeer, "no", "-o", "ControlMaster=ask");
        await using var disposing = master;

        // Then the client tries a connection of its own, which this one cannot have.
        var result = await master.RunClientAsync(client, "x", "echo hi");
        Assert.Equal((255, ""), (result.ExitCode, result.Output));
        Assert.Contains("Permission denied", result.ErrorOutput, StringComparison.Ordinal);

        result = await master.RunClientAsync(
            client, "-O", "forward", "-L", $"{TestSshd.FreePort()}:localhost:7", "x");
        Assert.Equal(255, result.ExitCode);
        Assert.Contains("Permission denied", result.ErrorOutput, StringComparison.Ordinal);

        foreach (var operation in new[] { "proxy", "exit", "stop" })
        {
            result = await master.RunClientAsync(client, "-O", operation, "x");
            Assert.Equal(255, result.ExitCode);
            Assert.Contains("Permission denied", result.ErrorOutput, StringComparison.Ordinal);
        }

        Assert.Equal(0, (await master.RunClientAsync(client, "-O", "check", "x")).ExitCode);
        Assert.StartsWith(
            "confirm|Disable further multiplexing on shared connection to ", askpass.Asked[^1],
            StringComparison.Ordinal);
        Assert.Contains("confirm|Allow multiplex proxy connection?", askpass.Asked);
        Assert.Equal(5, askpass.Asked.Length);

        // A program that fails allows nothing.
        askpass.Run("echo yes; exit 1");
        result = await master.RunClientAsync(client, "-O", "exit", "x");
        Assert.Equal(255, result.ExitCode);
    }

    [Fact]
    public async Task A_refused_client_makes_a_connection_of_its_own()
    {
        var (master, askpass) = await StartAsync(Peer.SshMux, "no", "-o", "ControlMaster=autoask");
        await using var disposing = master;
        var result = await SshMuxProgram.RunAsync(
            "-F", server.Sshd.SshConfig, "-S", master.ControlPath, "x", "echo hi");
        Assert.Equal((0, "hi\n"), (result.ExitCode, result.Output));
        Assert.Contains("going on with a connection of our own", result.ErrorOutput, StringComparison.Ordinal);
        Assert.Single(askpass.Asked);
    }

    [Fact]
    public async Task Without_a_way_to_ask_nothing_is_allowed()
    {
        var (master, askpass) = await StartAsync(Peer.SshMux, "yes", never: true, "-o", "ControlMaster=ask");
        await using var disposing = master;
        var result = await master.RunClientAsync(Peer.SshMux, "x", "echo hi");
        Assert.Equal(255, result.ExitCode);
        Assert.Empty(askpass.Asked);
    }

    [Fact]
    public async Task A_question_does_not_keep_others_and_ends_with_its_client_and_with_the_master()
    {
        var (master, askpass) = await StartAsync(Peer.SshMux, "yes", "-o", "ControlMaster=ask");
        await using var disposing = master;
        var ids = master.Folder.File("ids");
        askpass.Run($"echo $$ >> {ids}; exec sleep 1000");

        using var client = Start(master, "x", "echo hi");
        await Wait.UntilAsync(() => File.Exists(ids) && File.ReadAllLines(ids).Length == 1, "the user is asked");
        Assert.Equal(0, (await master.RunClientAsync(Peer.OpenSsh, "-O", "check", "x")).ExitCode);
        var first = File.ReadAllLines(ids)[0];
        client.Kill();
        await Wait.UntilAsync(() => !Directory.Exists($"/proc/{first}"), "the question ends with its client");

        using var stopping = Start(master, "-O", "exit", "x");
        await Wait.UntilAsync(() => File.ReadAllLines(ids).Length == 2, "the user is asked");
        var second = File.ReadAllLines(ids)[1];
        await ProcessResult.RunAsync("kill", ["-TERM", $"{master.Process.Id}"]);
        await master.WaitForExitAsync();
        await Wait.UntilAsync(() => !Directory.Exists($"/proc/{second}"), "the question ends with the master");
        await stopping.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(255, stopping.ExitCode);
    }

    [Theory]
    [InlineData("force", "", true)]
    [InlineData("", ":9", true)] // no terminal here
    [InlineData("prefer", ":9", true)]
    [InlineData("", "", false)]
    [InlineData("prefer", "", false)]
    [InlineData("never", ":9", false)]
    public async Task A_passphrase_and_a_host_key_are_asked_for_by_the_program(
        string require, string display, bool asks)
    {
        using var folder = new TestFolder();
        var askpass = new AskpassScript(folder);
        askpass.Run("case $1 in *continue*) echo yes;; *) echo open;; esac");
        var key = folder.File("locked");
        await TestSshd.KeygenAsync(key, "ed25519", "open");
        File.AppendAllText(server.Sshd.AuthorizedKeys, File.ReadAllText(key + ".pub"));
        var result = await ProcessResult.RunAsync("setsid",
        [
            "-w", "env", $"SSH_ASKPASS={folder.File("askpass")}", $"SSH_ASKPASS_REQUIRE={require}",
            $"DISPLAY={display}", "WAYLAND_DISPLAY=",
            SshMuxProgram.Path, "-F", "none", "-p", $"{server.Sshd.Port}", "-i", key,
            "-o", $"UserKnownHostsFile={folder.File("known")}", "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none",
            "127.0.0.1", "echo hi",
        ]);
        Assert.Equal(asks ? (0, "hi\n") : (255, ""), (result.ExitCode, result.Output));
        if (!asks)
        {
            Assert.Empty(askpass.Asked);
            return;
        }

        var text = string.Join('\n', askpass.Asked);
        Assert.StartsWith("|The authenticity of host ", text, StringComparison.Ordinal);
        Assert.Contains($"|Enter passphrase for key '{key}'", text, StringComparison.Ordinal);
    }

    private static Process Start(TestMaster master, params string[] arguments)
    {
        var start = new ProcessStartInfo(SshMuxProgram.Path, master.ClientArguments(arguments));
        start.RedirectStandardError = true;
        return Process.Start(start)!;
    }

    private Task<(TestMaster Master, AskpassScript Askpass)> StartAsync(
        Peer peer, string answer, params string[] more) => StartAsync(peer, answer, never: false, more);

    private async Task<(TestMaster Master, AskpassScript Askpass)> StartAsync(
        Peer peer, string answer, bool never, params string[] more)
    {
        var folder = new TestFolder();
        var askpass = new AskpassScript(folder, answer);
        var environment = askpass.Environment;
        if (never) environment["SSH_ASKPASS_REQUIRE"] = "never";
        return (await TestMaster.StartAsync(peer, server.Sshd, folder, [.. environment], more), askpass);
    }
}
