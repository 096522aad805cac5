using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using SshMux.Engine.Configuration;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Mux.Master;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Mux.Master;

/// <summary>The system's ssh, scp and sftp as clients of our master.</summary>
public class OpenSshOnOurMasterTests(MuxSshd server) : IClassFixture<MuxSshd>
{
    private readonly TestSshd _sshd = server.Sshd;

    [Fact]
    public async Task A_command_runs_and_its_exit_status_arrives()
    {
        await using var master = await OurMaster.StartAsync(_sshd);
        var result = await master.SshAsync("x", "echo hi; echo err >&2; exit 7");
        Assert.Equal((7, "hi\n", "err\n"), (result.ExitCode, result.Output, result.ErrorOutput));
        await master.ExpectNothingLeftAsync();
    }

    [Fact]
    public async Task Input_arrives_and_ends()
    {
        await using var master = await OurMaster.StartAsync(_sshd);
        var result = await master.SshAsync(["x", "cat"], "some\ninput\n");
        Assert.Equal((0, "some\ninput\n"), (result.ExitCode, result.Output));
        result = await master.SshAsync(["x"], "echo from a shell\nexit 3\n");
        Assert.Equal((3, "from a shell\n"), (result.ExitCode, result.Output));
    }

    [Fact]
    public async Task A_command_need_not_be_UTF_8()
    {
        await using var master = await OurMaster.StartAsync(_sshd);

        // .NET cannot pass such an argument, so a shell makes it.
        var result = await ProcessResult.RunAsync(
            "sh",
            [
                "-c", """exec ssh "$@" "printf %s '$(printf '\344')' | od -An -tx1" """, "sh",
                .. master.SshOptions, "x",
            ]);
        Assert.Equal((0, " e4\n"), (result.ExitCode, result.Output));
    }

    [Fact]
    public async Task Killed_by_a_signal_is_255_as_with_a_real_master()
    {
        await using var master = await OurMaster.StartAsync(_sshd);
        Assert.Equal(255, (await master.SshAsync("x", "kill -9 $$")).ExitCode);
    }

    [Fact]
    public async Task Variables_pass_as_SendEnv_and_SetEnv_of_the_master_say()
    {
        await using var master = await OurMaster.StartAsync(_sshd, new MuxMasterOptions
        {
            SendEnv = ["SSHMUX_?"],
            SetEnv = [new("SSHMUX_OWN", "of the master")],
        });
        var result = await master.SshAsync(
            "-o", "SetEnv=SSHMUX_A=1 SSHMUX_BB=2 SSHMUX_C=a=b", "x", "echo $SSHMUX_A,$SSHMUX_BB,$SSHMUX_C,$SSHMUX_OWN");
        Assert.Equal("1,,a=b,of the master\n", result.Output);
    }

    [Fact]
    public async Task A_subsystem_that_does_not_exist_is_told_on_standard_error()
    {
        await using var master = await OurMaster.StartAsync(_sshd);
        var result = await master.SshAsync("-s", "x", "nonsense");
        Assert.Equal(255, result.ExitCode);
        Assert.Equal("subsystem request failed\r\n", result.ErrorOutput);
        await master.ExpectNothingLeftAsync();
    }

    [Fact]
    public async Task Scp_and_sftp_copy_intact()
    {
        await using var master = await OurMaster.StartAsync(_sshd);
        using var folder = new TestFolder();
        var data = RandomNumberGenerator.GetBytes(5_000_000);
        await File.WriteAllBytesAsync(folder.File("a"), data);
        string[] options = ["-F", "none", "-o", $"ControlPath={master.Path}", "-o", "ProxyCommand=false"];
        var scp = await ProcessResult.RunAsync("scp", [.. options, folder.File("a"), $"x:{folder.File("b")}"]);
        Assert.Equal((0, ""), (scp.ExitCode, scp.ErrorOutput));
        var sftp = await ProcessResult.RunAsync(
            "sftp", [.. options, "-b", "-", "x"],
            $"get {folder.File("b")} {folder.File("c")}\n");
        Assert.Equal(0, sftp.ExitCode);
        Assert.Equal(data, await File.ReadAllBytesAsync(folder.File("c")));
        await master.ExpectNothingLeftAsync();
    }

    [Fact]
    public async Task Many_clients_at_once_move_their_data_intact_and_a_killed_one_leaves_the_others_well()
    {
        await using var master = await OurMaster.StartAsync(_sshd);
        using var folder = new TestFolder();
        var data = RandomNumberGenerator.GetBytes(8_000_000);
        await File.WriteAllBytesAsync(folder.File("in"), data);
        using var victim = StartSsh(master, "cat /dev/zero");
        var victimOutput = victim.StandardOutput.BaseStream;
        await victimOutput.ReadExactlyAsync(new byte[1_000_000]);
        var copies = Task.WhenAll(Enumerable.Range(0, 10).Select(i => ProcessResult.RunAsync(
            "sh",
            [
                "-c", $"exec ssh \"$@\" < {folder.File("in")} > {folder.File($"out{i}")}", "sh",
                .. master.SshOptions, "x", "cat",
            ])));
        await victimOutput.ReadExactlyAsync(new byte[1_000_000]);
        victim.Kill();
        foreach (var result in await copies) Assert.Equal((0, ""), (result.ExitCode, result.ErrorOutput));
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(data, await File.ReadAllBytesAsync(folder.File($"out{i}")));
        }

        await master.ExpectNothingLeftAsync();
    }

    [Fact]
    public async Task A_reader_that_goes_away_ends_the_remote_program()
    {
        await using var master = await OurMaster.StartAsync(_sshd);
        var result = await ProcessResult.RunAsync(
            "sh", ["-c", "ssh \"$@\" | head -n 1", "sh", .. master.SshOptions, "x", "yes"]);
        Assert.Equal("y\n", result.Output);
        await master.ExpectNothingLeftAsync();
    }

    [Fact]
    public async Task Stdio_forwards_connect_and_refusals_are_told()
    {
        await using var master = await OurMaster.StartAsync(_sshd);
        var banner = await master.SshAsync("-W", $"127.0.0.1:{_sshd.Port}", "x");
        Assert.StartsWith("SSH-2.0-", banner.Output, StringComparison.Ordinal);
        var port = TestSshd.FreePort();
        var refused = await master.SshAsync("-W", $"127.0.0.1:{port}", "x");
        Assert.Equal(255, refused.ExitCode);
        Assert.Contains(
            $"Stdio forwarding request failed: the server refused to open a connection to 127.0.0.1 port {port}",
            refused.ErrorOutput,
            StringComparison.Ordinal);
        await master.ExpectNothingLeftAsync();
    }

    [Fact]
    public async Task Control_commands_check_stop_and_exit()
    {
        await using var master = await OurMaster.StartAsync(_sshd);
        var check = await master.SshAsync("-O", "check", "x");
        Assert.Equal((0, $"Master running (pid={Environment.ProcessId})\r\n"), (check.ExitCode, check.ErrorOutput));

        using var session = StartSsh(master, "read line; echo still here; exit 4");
        await Eventually.TrueAsync(() => master.Master.SessionCount == 1, "the session is open");
        var stop = await master.SshAsync("-O", "stop", "x");
        Assert.Equal((0, "Stop listening request sent.\r\n"), (stop.ExitCode, stop.ErrorOutput));
        Assert.False(File.Exists(master.Path));
        Assert.False(master.Ended.IsCompleted);
        Assert.Null(master.Master.ControlPath);
        await session.StandardInput.WriteLineAsync();
        Assert.Equal("still here\n", await session.StandardOutput.ReadToEndAsync());
        await session.WaitForExitAsync();
        Assert.Equal(4, session.ExitCode);
        var reason = await master.Master.Ended.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(SshError.Stopped, reason.Error);
    }

    [Fact]
    public async Task Exit_is_confirmed_and_ends_everything()
    {
        await using var master = await OurMaster.StartAsync(_sshd);
        using var session = StartSsh(master, TestSshd.RunUntilDisconnected);
        await Eventually.TrueAsync(() => master.Master.SessionCount == 1, "the session is open");
        using var client = await RawClient.GreetAsync(master.Path);
        await client.Messages.SendAsync(new MuxTerminate(3));
        Assert.Equal(new MuxOk(3), await client.ReceiveAsync());
        await client.ExpectEndAsync();
        await session.WaitForExitAsync();
        Assert.Equal(255, session.ExitCode);
        var reason = await master.Master.Ended.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal((SshError.Stopped, "a client asked the master to exit"), (reason.Error, reason.Message));
        Assert.False(File.Exists(master.Path));

        await using var second = await OurMaster.StartAsync(_sshd);
        var exit = await second.SshAsync("-O", "exit", "x");
        Assert.Equal((0, "Exit request sent.\r\n"), (exit.ExitCode, exit.ErrorOutput));
        await second.Ended.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Local_forwards_open_again_move_data_and_close()
    {
        await using var master = await OurMaster.StartAsync(_sshd);
        using var folder = new TestFolder();
        var port = TestSshd.FreePort();
        var spec = $"{port}:127.0.0.1:{_sshd.Port}";
        foreach (var listen in new[] { spec, spec, $"{folder.File("u")}:127.0.0.1:{_sshd.Port}" })
        {
            var forward = await master.SshAsync("-O", "forward", "-L", listen, "x");
            Assert.Equal((0, ""), (forward.ExitCode, forward.ErrorOutput));
        }

        Assert.Equal(2, master.Master.Forwards.Count);
        using (var tcp = new TcpClient())
        {
            await tcp.ConnectAsync(IPAddress.Loopback, port);
            var banner = new byte[4];
            await tcp.GetStream().ReadExactlyAsync(banner);
            Assert.Equal("SSH-"u8, banner);
        }

        var cancel = await master.SshAsync("-O", "cancel", "-L", spec, "x");
        Assert.Equal((0, ""), (cancel.ExitCode, cancel.ErrorOutput));
        cancel = await master.SshAsync("-O", "cancel", "-L", spec, "x");
        Assert.Contains("port not forwarded", cancel.ErrorOutput, StringComparison.Ordinal);
        var taken = await master.SshAsync("-O", "forward", "-L", $"{_sshd.Port}:127.0.0.1:1", "x");
        Assert.Equal(255, taken.ExitCode);
        await master.ExpectNothingLeftAsync();
    }

    [Fact]
    public async Task A_refused_session_lets_ssh_fall_back_to_its_own_connection()
    {
        await using var sshd = await MuxSshd.StartAsync("MaxSessions 1");
        await using var master = await OurMaster.StartAsync(
            sshd, new MuxMasterOptions { Overflow = SessionOverflow.Refuse });
        using var first = StartSsh(master, "cat");
        await Eventually.TrueAsync(() => master.Master.Connection.ChannelCount == 1, "the session is open");
        var second = await ProcessResult.RunAsync("ssh", ["-F", sshd.SshConfig, "-S", master.Path, "x", "echo alone"]);
        Assert.Equal((0, "alone\n"), (second.ExitCode, second.Output));
        Assert.Contains("Session open refused by peer", second.ErrorOutput, StringComparison.Ordinal);
        first.StandardInput.Close();
        await first.WaitForExitAsync();
        Assert.Equal(0, first.ExitCode);

        // sshd counts a session until it next tidies up, which a new one can outrun.
        var deadline = Environment.TickCount64 + 30_000;
        while ((await master.SshAsync("x", "echo again")).Output != "again\n")
        {
            Assert.True(Environment.TickCount64 < deadline, "the server takes no session again");
        }
    }

    [Fact]
    public async Task A_server_that_goes_ends_the_sessions_and_removes_the_socket()
    {
        await using var sshd = await MuxSshd.StartAsync();
        await using var master = await OurMaster.StartAsync(sshd);
        using var session = StartSsh(master, $"echo before; {TestSshd.RunUntilDisconnected}");
        Assert.Equal("before", await session.StandardOutput.ReadLineAsync());
        sshd.KillConnections();
        await session.WaitForExitAsync();
        Assert.Equal(255, session.ExitCode);
        var reason = await master.Master.Ended.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(SshError.ConnectionLost, reason.Error);
        Assert.False(File.Exists(master.Path));
    }

    [Fact]
    public async Task Idle_sessions_cost_no_threads()
    {
        await using var master = await OurMaster.StartAsync(_sshd);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        var processes = new List<Engine.Streams.RemoteProcess>();
        for (var i = 0; i < 3; i++) processes.Add(await client.StartAsync(new() { Command = "cat" }));
        var few = Process.GetCurrentProcess().Threads.Count;
        for (var i = 0; i < 60; i++) processes.Add(await client.StartAsync(new() { Command = "cat" }));

        // Other tests run too, and the thread pool breathes; a thread for each session would show all the same.
        Assert.True(Process.GetCurrentProcess().Threads.Count < few + 30);
        foreach (var process in processes) await process.DisposeAsync();
        await master.ExpectNothingLeftAsync();
    }

    private static Process StartSsh(OurMaster master, string command) => Process.Start(
        new ProcessStartInfo("ssh", [.. master.SshOptions, "x", command])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
}
