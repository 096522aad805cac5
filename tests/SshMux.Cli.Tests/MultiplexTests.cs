using System.Net;
using System.Net.Sockets;
using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>What goes over a master, with each program as master and as client.</summary>
public class MultiplexTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    public static TheoryData<Peer, Peer> Pairs => new()
    {
        { Peer.OpenSsh, Peer.SshMux },
        { Peer.SshMux, Peer.OpenSsh },
        { Peer.SshMux, Peer.SshMux },
    };

    [Theory, MemberData(nameof(Pairs))]
    public async Task A_command_runs_with_its_output_and_exit_status(Peer master, Peer client)
    {
        var shared = await server.MasterAsync(master);
        var result = await shared.RunClientAsync(client, "x", "echo hi; exit 7");
        Assert.Equal(new ProcessResult(7, "hi\n", ""), result);
    }

    [Theory, MemberData(nameof(Pairs))]
    public async Task Standard_input_output_and_error_stay_apart_and_arrive_whole(Peer master, Peer client)
    {
        var shared = await server.MasterAsync(master);
        var input = new string('x', 3_000_000) + "end";
        var result = await ProcessResult.RunAsync(
            TestMaster.ProgramOf(client), shared.ClientArguments("x", "tee /dev/stderr"), input);
        Assert.Equal(0, result.ExitCode);
        Assert.True(input == result.Output, "standard output differs");
        Assert.True(input == result.ErrorOutput, "standard error differs");
    }

    [Theory, MemberData(nameof(Pairs))]
    public async Task A_program_killed_by_a_signal_gives_255(Peer master, Peer client)
    {
        var shared = await server.MasterAsync(master);
        var result = await shared.RunClientAsync(client, "x", "kill -9 $$");
        Assert.Equal((255, ""), (result.ExitCode, result.Output));
    }

    [Theory, MemberData(nameof(Pairs))]
    public async Task Standard_input_is_left_alone_with_n(Peer master, Peer client)
    {
        var shared = await server.MasterAsync(master);
        var result = await ProcessResult.RunAsync(
            TestMaster.ProgramOf(client), shared.ClientArguments("-n", "x", "cat; echo end"), "not for cat");
        Assert.Equal(new ProcessResult(0, "end\n", ""), result);
    }

    [Theory, MemberData(nameof(Pairs))]
    public async Task Admitted_environment_variables_arrive(Peer master, Peer client)
    {
        var shared = await server.MasterAsync(master);
        var result = await ProcessResult.RunAsync("env",
        [
            "SSHMUX_A=a b", "SSHMUX_B=c", "OTHER=d", TestMaster.ProgramOf(client),
            .. shared.ClientArguments("-o", "SendEnv=SSHMUX_?", "-o", "SetEnv=SSHMUX_C=e", "x"),
            "echo \"$SSHMUX_A/$SSHMUX_B/$SSHMUX_C/$OTHER\"",
        ]);
        Assert.Equal(new ProcessResult(0, "a b/c/e/\n", ""), result);
    }

    [Theory, MemberData(nameof(Pairs))]
    public async Task The_master_admits_variables_too_and_adds_its_own(Peer master, Peer client)
    {
        using var folder = new TestFolder();
        var settings = await File.ReadAllTextAsync(server.Sshd.SshConfig);
        var config = folder.Write("config", settings.Replace(
            "SendEnv SSHMUX_*", "SendEnv SSHMUX_A SSHMUX_C*\n  SetEnv SSHMUX_C2=master", StringComparison.Ordinal));
        await using var own = await TestMaster.StartAsync(master, server.Sshd, "-F", config);
        var result = await ProcessResult.RunAsync("env",
        [
            "SSHMUX_A=1", "SSHMUX_B=2", "SSHMUX_C1=3", TestMaster.ProgramOf(client),
            .. own.ClientArguments(
                "-o", "SendEnv=SSHMUX_?", "-o", "SetEnv=SSHMUX_C2=client SSHMUX_C3=4 SSHMUX_D=5", "x"),
            "echo \"$SSHMUX_A/$SSHMUX_B/$SSHMUX_C1/$SSHMUX_C2/$SSHMUX_C3/$SSHMUX_D\"",
        ]);
        Assert.Equal(new ProcessResult(0, "1///master/4/\n", ""), result);
    }

    [Theory, MemberData(nameof(Pairs))]
    public async Task A_subsystem_runs(Peer master, Peer client)
    {
        var shared = await server.MasterAsync(master);
        var file = shared.Folder.Write($"sftp-{client}", "content");
        var batch = shared.Folder.Write($"batch-{client}", $"get {file} {file}.copy\n");
        var result = await ProcessResult.RunAsync("sftp",
        [
            "-q", "-F", "none", "-S", TestMaster.ProgramOf(client), "-b", batch,
            "-o", $"ControlPath={shared.ControlPath}", "-o", "ProxyCommand=false", "x",
        ]);
        Assert.Equal((0, ""), (result.ExitCode, result.ErrorOutput));
        Assert.Equal("content", await File.ReadAllTextAsync($"{file}.copy"));
    }

    [Theory, MemberData(nameof(Pairs))]
    public async Task Scp_copies_both_ways(Peer master, Peer client)
    {
        var shared = await server.MasterAsync(master);
        var content = new byte[5_000_000];
        Random.Shared.NextBytes(content);
        var file = shared.Folder.File($"scp-{client}");
        await File.WriteAllBytesAsync(file, content);
        foreach (var (from, to) in new[] { (file, $"x:{file}.there"), ($"x:{file}.there", $"{file}.back") })
        {
            var result = await ProcessResult.RunAsync("scp",
            [
                "-q", "-F", "none", "-S", TestMaster.ProgramOf(client),
                "-o", $"ControlPath={shared.ControlPath}", "-o", "ProxyCommand=false", from, to,
            ]);
            Assert.Equal(new ProcessResult(0, "", ""), result);
        }

        Assert.Equal(content, await File.ReadAllBytesAsync($"{file}.back"));
    }

    [Theory, MemberData(nameof(Pairs))]
    public async Task A_stdio_forward_carries_data_both_ways(Peer master, Peer client)
    {
        var shared = await server.MasterAsync(master);
        using var echo = new EchoServer();
        var result = await ProcessResult.RunAsync(
            TestMaster.ProgramOf(client),
            shared.ClientArguments("-W", $"127.0.0.1:{echo.Port}", "x"),
            "there and back");
        Assert.Equal(new ProcessResult(0, "there and back", ""), result);
    }

    [Theory, MemberData(nameof(Pairs))]
    public async Task A_refused_stdio_forward_gives_255(Peer master, Peer client)
    {
        var shared = await server.MasterAsync(master);
        var result = await shared.RunClientAsync(client, "-W", $"127.0.0.1:{TestSshd.FreePort()}", "x");
        Assert.Equal((255, ""), (result.ExitCode, result.Output));
        Assert.NotEmpty(result.ErrorOutput);
    }

    [Theory, MemberData(nameof(Pairs))]
    public async Task Check_names_the_masters_process(Peer master, Peer client)
    {
        var shared = await server.MasterAsync(master);
        var result = await shared.RunClientAsync(client, "-O", "check", "x");
        Assert.Equal(new ProcessResult(0, "", $"Master running (pid={shared.Process.Id})\r\n"), result);
    }

    [Theory, MemberData(nameof(Pairs))]
    public async Task A_forward_opens_carries_data_and_closes(Peer master, Peer client)
    {
        var shared = await server.MasterAsync(master);
        using var echo = new EchoServer();
        var port = TestSshd.FreePort();
        var spec = $"127.0.0.1:{port}:127.0.0.1:{echo.Port}";
        var opened = await shared.RunClientAsync(client, "-O", "forward", "-L", spec, "x");
        Assert.Equal(new ProcessResult(0, "", ""), opened);

        using (var connection = new TcpClient())
        {
            await connection.ConnectAsync(IPAddress.Loopback, port);
            var stream = connection.GetStream();
            await stream.WriteAsync("ping"u8.ToArray());
            connection.Client.Shutdown(SocketShutdown.Send);
            using var reader = new StreamReader(stream);
            Assert.Equal("ping", await reader.ReadToEndAsync());
        }

        var closed = await shared.RunClientAsync(client, "-O", "cancel", "-L", spec, "x");
        Assert.Equal(new ProcessResult(0, "", ""), closed);
        using var refused = new TcpClient();
        await Assert.ThrowsAsync<SocketException>(() => refused.ConnectAsync(IPAddress.Loopback, port));
    }

    [Fact]
    public async Task The_port_that_was_chosen_for_port_0_is_told()
    {
        var shared = await server.MasterAsync(Peer.SshMux);
        var result = await shared.RunClientAsync(Peer.SshMux, "-O", "forward", "-L", "0:127.0.0.1:9", "x");
        Assert.Equal(0, result.ExitCode);
        Assert.Matches("^[0-9]+\n$", result.Output);
        Assert.Equal(
            $"Allocated port {result.Output.TrimEnd()} for local forward 0:127.0.0.1:9\n", result.ErrorOutput);
    }

    [Theory, MemberData(nameof(Pairs))]
    public async Task A_forward_that_is_not_open_cannot_be_cancelled(Peer master, Peer client)
    {
        var shared = await server.MasterAsync(master);
        var result = await shared.RunClientAsync(client, "-O", "cancel", "-L", "1:127.0.0.1:9", "x");
        Assert.Contains("forwarding request failed: port not forwarded", result.ErrorOutput, StringComparison.Ordinal);
        if (client == Peer.SshMux) Assert.Equal(255, result.ExitCode); // OpenSSH's says 0 all the same
    }

    [Theory, MemberData(nameof(Pairs))]
    public async Task Stop_lets_running_sessions_end_and_then_ends_the_master(Peer master, Peer client)
    {
        await using var own = await TestMaster.StartAsync(master, server.Sshd);
        var gate = own.Folder.File("gate");
        var running = own.RunClientAsync(
            client, "x", $"touch {gate}.up; while [ ! -e {gate} ]; do sleep 0.05; done; echo end");
        await Wait.UntilAsync(() => File.Exists($"{gate}.up"), "the session runs");

        var stopped = await own.RunClientAsync(client, "-O", "stop", "x");
        Assert.Equal(new ProcessResult(0, "", "Stop listening request sent.\r\n"), stopped);
        Assert.False(File.Exists(own.ControlPath));
        Assert.False(own.Process.HasExited);
        File.WriteAllText(gate, "");
        Assert.Equal(new ProcessResult(0, "end\n", ""), await running);

        // OpenSSH's -N master stays for its forwards; ours has nothing left to do.
        if (master == Peer.SshMux) await own.WaitForExitAsync();
    }

    [Theory, MemberData(nameof(Pairs))]
    public async Task Exit_ends_the_master_and_removes_the_socket(Peer master, Peer client)
    {
        await using var own = await TestMaster.StartAsync(master, server.Sshd);
        var ended = await own.RunClientAsync(client, "-O", "exit", "x");
        Assert.Equal(new ProcessResult(0, "", "Exit request sent.\r\n"), ended);
        await own.WaitForExitAsync();
        Assert.False(File.Exists(own.ControlPath));
    }

    [Theory, MemberData(nameof(Pairs))]
    public async Task Exit_ends_running_sessions(Peer master, Peer client)
    {
        await using var own = await TestMaster.StartAsync(master, server.Sshd);
        var mark = own.Folder.File("up");
        var running = own.RunClientAsync(client, "x", $"touch {mark}; {TestSshd.RunUntilDisconnected}");
        await Wait.UntilAsync(() => File.Exists(mark), "the session runs");
        Assert.Equal(0, (await own.RunClientAsync(client, "-O", "exit", "x")).ExitCode);
        Assert.Equal(255, (await running).ExitCode);
        await own.WaitForExitAsync();
    }

    [Fact]
    public async Task Exit_is_answered_before_the_master_ends()
    {
        await using var own = await TestMaster.StartAsync(Peer.SshMux, server.Sshd);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(own.ControlPath));
        await socket.SendAsync(Convert.FromHexString("000000080000000100000004" + "000000081000000500000007"));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await using var stream = new NetworkStream(socket);
        using var received = new MemoryStream();
        await stream.CopyToAsync(received, limit.Token);
        Assert.EndsWith("000000088000000100000007", Convert.ToHexString(received.ToArray()), StringComparison.Ordinal);
        await own.WaitForExitAsync();
    }
}
