using System.Globalization;
using System.Net;
using System.Net.Sockets;
using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>What a master tells without being asked is shown by the command that has a session there.</summary>
public sealed class NoticeTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Theory]
    [InlineData(true)]
    [InlineData(false, "-q")]
    [InlineData(false, "-o", "LogLevel=QUIET")]
    public async Task A_connection_that_cannot_be_forwarded_is_a_line_on_standard_error(bool isShown, params string[] options)
    {
        var shared = await server.MasterAsync(Peer.SshMux);
        var spec = Spec(out var port);
        var result = await shared.RunClientAsync(
            Peer.SshMux, [.. options, "-L", spec, "x", $"curl -s http://127.0.0.1:{port}/; sleep 1; echo end"]);
        Assert.Equal((0, "end\n"), (result.ExitCode, result.Output));
        if (isShown) Assert.Matches($"^sshmux: local forward {spec}: [^\r\n]*Connection refused[^\r\n]*\n$", result.ErrorOutput);
        else Assert.Equal("", result.ErrorOutput);
    }

    [Fact]
    public async Task Who_did_not_ask_for_the_forward_is_told_when_the_other_has_gone_and_ssh_never()
    {
        await using var master = await TestMaster.StartAsync(Peer.SshMux, server.Sshd);
        var spec = Spec(out var port);
        Assert.Equal(0, (await master.RunClientAsync(Peer.SshMux, "-O", "forward", "-L", spec, "x")).ExitCode);
        var go = master.Folder.File("go");
        string[] command = ["x", $"until [ -e '{go}' ]; do sleep 0.05; done"];
        var ours = master.RunClientAsync(Peer.SshMux, command);
        var theirs = master.RunClientAsync(Peer.OpenSsh, command);
        await WaitForSessionsAsync(master, 2);
        await TryAsync(port);
        await Task.Delay(500, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(go, "", TestContext.Current.CancellationToken);
        Assert.StartsWith($"sshmux: local forward {spec}: ", (await ours).ErrorOutput, StringComparison.Ordinal);
        Assert.Equal(new ProcessResult(0, "", ""), await theirs);
    }

    [Fact]
    public async Task On_a_raw_terminal_the_line_begins_and_ends_where_it_should()
    {
        var shared = await server.MasterAsync(Peer.SshMux);
        var spec = Spec(out var port);
        await using var terminal = TestTerminal.Start(
            SshMuxProgram.Path, shared.ClientArguments("-t", "-L", spec, "x", "echo ready; read line; exit 3"));
        await terminal.WaitForAsync("ready");
        await TryAsync(port);
        await terminal.WaitForAsync($"sshmux: local forward {spec}: ");
        await terminal.WaitForAsync("Connection refused)\r\n");
        terminal.Type("\r");
        Assert.Equal(3, await terminal.WaitForExitAsync());
    }

    [Theory]
    [InlineData(true, "a client asked the master to exit")]
    [InlineData(false, "the master was stopped")]
    public async Task A_session_is_told_why_its_master_ends(bool isAsked, string reason)
    {
        await using var master = await TestMaster.StartAsync(Peer.SshMux, server.Sshd);
        var running = master.RunClientAsync(Peer.SshMux, "x", "sleep 100");
        await WaitForSessionsAsync(master, 1);
        if (isAsked)
        {
            var exit = await master.RunClientAsync(Peer.SshMux, "-O", "exit", "x");
            Assert.Equal("Exit request sent.\r\n", exit.ErrorOutput);
        }
        else
        {
            await ProcessResult.RunAsync("kill", ["-TERM", $"{master.Process.Id}"]);
        }

        var result = await running;
        Assert.Equal(255, result.ExitCode);
        Assert.StartsWith($"sshmux: the master ends: {reason}\n", result.ErrorOutput, StringComparison.Ordinal);
    }

    /// <summary>A local forward to where nobody listens.</summary>
    private static string Spec(out int port)
    {
        port = TestSshd.FreePort();
        return string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}:127.0.0.1:{TestSshd.FreePort()}");
    }

    private static async Task TryAsync(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port);
    }

    private static async Task WaitForSessionsAsync(TestMaster master, int count)
    {
        var deadline = Environment.TickCount64 + 30_000;
        while (true)
        {
            var list = (await master.RunClientAsync(Peer.SshMux, "-O", "sessions", "x")).Output;
            if (list.Split('\n').Count(line => line.Contains(" open ", StringComparison.Ordinal)) == count) return;
            Assert.True(Environment.TickCount64 < deadline, $"not {count} sessions: {list}");
            await Task.Delay(20);
        }
    }
}
