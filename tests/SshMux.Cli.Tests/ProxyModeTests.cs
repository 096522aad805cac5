using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Authentication;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>-O proxy, with each program as master and as client.</summary>
public class ProxyModeTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    public static TheoryData<Peer, Peer> Pairs => MultiplexTests.Pairs;

    [Theory, MemberData(nameof(Pairs))]
    public async Task A_command_runs_with_its_streams_and_exit_status(Peer master, Peer client)
    {
        var shared = await server.MasterAsync(master);
        var result = await ProcessResult.RunAsync(
            TestMaster.ProgramOf(client), Arguments(shared, "x", "cat; echo err >&2; exit 7"), "hi\n");
        Assert.Equal(new ProcessResult(7, "hi\n", "err\n"), result);
        await ExpectAliveAsync(shared);
    }

    [Theory, MemberData(nameof(Pairs))]
    public async Task Much_data_arrives_whole_in_both_directions(Peer master, Peer client)
    {
        var shared = await server.MasterAsync(master);
        var input = new string('x', 20_000_000) + "end";
        var result = await ProcessResult.RunAsync(
            TestMaster.ProgramOf(client), Arguments(shared, "x", "cat"), input);
        Assert.Equal((0, ""), (result.ExitCode, result.ErrorOutput));
        Assert.True(input == result.Output, "standard output differs");
    }

    [Theory, MemberData(nameof(Pairs))]
    public async Task A_subsystem_starts_and_a_signal_gives_255(Peer master, Peer client)
    {
        var shared = await server.MasterAsync(master);
        Assert.Equal(new ProcessResult(0, "", ""), await RunAsync(shared, client, "-n", "-s", "x", "sftp"));
        Assert.Equal(255, (await RunAsync(shared, client, "x", "kill -9 $$")).ExitCode);
    }

    [Theory, MemberData(nameof(Pairs))]
    public async Task A_terminal_is_this_processes_own(Peer master, Peer client)
    {
        var shared = await server.MasterAsync(master);
        await using var terminal = TestTerminal.Start(
            TestMaster.ProgramOf(client), Arguments(shared, "-t", "x", "tty; stty size; exit 5"));
        await terminal.WaitForAsync("/dev/pts/");
        await terminal.WaitForAsync("24 80");
        Assert.Equal(5, await terminal.WaitForExitAsync());
    }

    [Theory, MemberData(nameof(Pairs))]
    public async Task Forwards_of_both_kinds_are_the_clients_and_end_with_it(Peer master, Peer client)
    {
        await using var own = await TestMaster.StartAsync(master, server.Sshd);
        int local = TestSshd.FreePort(), remote = TestSshd.FreePort();
        var start = new ProcessStartInfo(TestMaster.ProgramOf(client)) { RedirectStandardError = true };
        foreach (var argument in Arguments(
            own,
            "-N",
            "-L", $"127.0.0.1:{local}:127.0.0.1:{server.Sshd.Port}",
            "-R", $"127.0.0.1:{remote}:127.0.0.1:{server.Sshd.Port}",
            "x"))
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        _ = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        try
        {
            await Wait.UntilAsync(() => IsListening(local) && IsListening(remote), "both ends listen");
            Assert.Equal("SSH-", await ReadBannerAsync(local));
            Assert.Equal("SSH-", await ReadBannerAsync(remote));
        }
        finally
        {
            // Not SIGKILL, which a master of OpenSSH may not survive.
            await ProcessResult.RunAsync("kill", [$"{process.Id}"]);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await Wait.UntilAsync(() => !IsListening(local) && !IsListening(remote), "no end listens");
        await ExpectAliveAsync(own);
    }

    [Theory]
    [InlineData(Peer.OpenSsh)]
    [InlineData(Peer.SshMux)]
    public async Task Our_master_does_not_mind_clients_that_are_killed(Peer client)
    {
        await using var own = await TestMaster.StartAsync(Peer.SshMux, server.Sshd);
        for (var round = 0; round < 3; round++)
        {
            var start = new ProcessStartInfo(TestMaster.ProgramOf(client)) { RedirectStandardOutput = true };
            foreach (var argument in Arguments(own, "x", "exec yes")) start.ArgumentList.Add(argument);
            using var process = Process.Start(start)!;
            await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await ExpectAliveAsync(own);
        Assert.Equal(7, (await RunAsync(own, client, "x", "exit 7")).ExitCode);
    }

    [Theory]
    [InlineData(Peer.OpenSsh)]
    [InlineData(Peer.SshMux)]
    public async Task The_agent_is_the_masters_and_X11_is_refused(Peer client)
    {
        using var agent = await TestAgent.StartAsync(server.Sshd.UserKey);
        await using var own = await TestMaster.StartAsync(
            Peer.SshMux, server.Sshd, "-o", $"ForwardAgent={agent.Socket}");
        var result = await ProcessResult.RunAsync(
            "env",
            [
                $"SSH_AUTH_SOCK={agent.Socket}", "DISPLAY=:99", TestMaster.ProgramOf(client),
                .. Arguments(own, "-A", "-Y", "-o", "XAuthLocation=/nonexistent", "x", "ssh-add -l; echo d=$DISPLAY"),
            ]);
        Assert.Equal(0, result.ExitCode);
        Assert.EndsWith("test (ED25519)\nd=\n", result.Output, StringComparison.Ordinal);
        await ExpectAliveAsync(own);
    }

    [Fact]
    public async Task Refused_connections_do_not_end_a_master_of_OpenSSH()
    {
        await using var own = await TestMaster.StartAsync(Peer.OpenSsh, server.Sshd);
        int local = TestSshd.FreePort(), dead = TestSshd.FreePort();
        var start = new ProcessStartInfo(SshMuxProgram.Path) { RedirectStandardError = true };
        foreach (var argument in Arguments(own, "-N", "-L", $"127.0.0.1:{local}:127.0.0.1:{dead}", "x"))
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        _ = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await Wait.UntilAsync(() => IsListening(local), "the forward listens");
        Assert.Equal("", await ReadBannerAsync(local));
        await ProcessResult.RunAsync("kill", [$"{process.Id}"]);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        await ExpectAliveAsync(own);
    }

    [Fact]
    public async Task Without_a_master_there_is_no_other_way()
    {
        using var folder = new TestFolder();
        var result = await SshMuxProgram.RunAsync("-F", "none", "-S", folder.File("m"), "-O", "proxy", "x", "true");
        Assert.Equal(255, result.ExitCode);
        Assert.StartsWith(
            $"sshmux: Control socket connect({folder.File("m")}): No such file or directory",
            result.ErrorOutput,
            StringComparison.Ordinal);
        result = await SshMuxProgram.RunAsync("-F", "none", "-O", "proxy", "x", "true");
        Assert.Equal(255, result.ExitCode);
        Assert.Contains("No ControlPath specified", result.ErrorOutput, StringComparison.Ordinal);
    }

    private static string[] Arguments(TestMaster master, params string[] more) =>
        master.ClientArguments(["-O", "proxy", .. more]);

    private static Task<ProcessResult> RunAsync(TestMaster master, Peer client, params string[] more) =>
        master.RunClientAsync(client, ["-O", "proxy", .. more]);

    private static async Task ExpectAliveAsync(TestMaster master)
    {
        var result = await master.RunClientAsync(Peer.OpenSsh, "x", "exit 3");
        Assert.True(result.ExitCode == 3, $"{result.ErrorOutput} {master.Messages}");
        Assert.False(master.Process.HasExited);
    }

    private static bool IsListening(int port) => File.ReadAllLines("/proc/net/tcp")
        .Any(line => line.Contains($":{port:X4} 00000000:0000 0A", StringComparison.Ordinal));

    private static async Task<string> ReadBannerAsync(int port)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, port);
        var banner = new byte[4];
        var received = await tcp.GetStream().ReadAtLeastAsync(banner, 4, throwOnEndOfStream: false);
        return Encoding.ASCII.GetString(banner, 0, received);
    }
}
