using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Mux.Client;

/// <summary>What our client can do with any master.</summary>
public abstract class MuxClientTests(MuxSshd server)
{
    private readonly TestSshd _sshd = server.Sshd;

    protected abstract Task<ITestMaster> StartMasterAsync(TestSshd sshd);

    [Fact]
    public async Task Alive_check_gives_the_masters_process_id()
    {
        await using var master = await StartMasterAsync(_sshd);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        Assert.Equal(master.ProcessId, await client.CheckAliveAsync());
        Assert.Equal(master.ProcessId, await client.CheckAliveAsync());
    }

    [Fact]
    public async Task A_command_runs_with_streams_in_this_process()
    {
        await using var master = await StartMasterAsync(_sshd);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        await using var process = await client.StartAsync(new SessionRequest
        {
            Command = "cat; echo err >&2; echo $SSHMUX_A; exit 7",
            Environment = [new("SSHMUX_A", "ä b")],
        });
        await process.StandardInput.WriteAsync("hello\n"u8.ToArray());
        await process.StandardInput.DisposeAsync();
        Assert.Equal("hello\nä b\n", await ReadAsync(process.StandardOutput));
        Assert.Equal("err\n", await ReadAsync(process.StandardError));
        Assert.Equal(7u, (await process.Exit).Status);
    }

    [Fact]
    public async Task Many_sessions_at_once_move_their_data_intact()
    {
        await using var master = await StartMasterAsync(_sshd);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            var data = RandomNumberGenerator.GetBytes(3_000_000);
            await using var process = await client.StartAsync(new SessionRequest { Command = "cat" });
            var sending = Task.Run(async () =>
            {
                await process.StandardInput.WriteAsync(data);
                await process.StandardInput.DisposeAsync();
            });
            using var received = new MemoryStream();
            await process.StandardOutput.CopyToAsync(received);
            await sending;
            Assert.Equal(0u, (await process.Exit).Status);
            Assert.True(data.AsSpan().SequenceEqual(received.ToArray()));
        }));
        Assert.Equal(master.ProcessId, await client.CheckAliveAsync());
        await client.DisposeAsync();
        await master.ExpectNothingLeftAsync();
    }

    [Fact]
    public async Task A_command_has_a_terminal_without_an_echo_and_its_output_is_as_the_terminal_makes_it()
    {
        await using var master = await StartMasterAsync(_sshd);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        await using var process = await client.StartAsync(new SessionRequest
        {
            Command = "stty size; echo $TERM; cat",
            Pty = PtyRequest.Unattended("vt100", new TerminalSize(133, 44)),
        });
        await process.StandardInput.WriteAsync("hello\r\x04"u8.ToArray());
        await process.StandardInput.DisposeAsync();
        using var reader = new StreamReader(process.StandardOutput);
        Assert.Equal("44 133\r\nvt100\r\nhello\r\n", await reader.ReadToEndAsync());
        Assert.Equal(0u, (await process.Exit).Status);
    }

    [Fact]
    public async Task A_subsystem_starts()
    {
        await using var master = await StartMasterAsync(_sshd);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        await using var process = await client.StartAsync(new SessionRequest { Command = "sftp", Subsystem = true });
        await process.StandardInput.WriteAsync(Convert.FromHexString("000000050100000003")); // SSH_FXP_INIT 3
        var reply = new byte[5];
        await process.StandardOutput.ReadExactlyAsync(reply);
        Assert.Equal(2, reply[4]); // SSH_FXP_VERSION
    }

    [Fact]
    public async Task The_passed_descriptors_are_the_ones_used_and_stay_open_here()
    {
        await using var master = await StartMasterAsync(_sshd);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        using var folder = new TestFolder();
        using var input = DescriptorHandle.Open(folder.Write("in", "from a file"), FileAccess.Read);
        folder.Write("out", "");
        using var output = DescriptorHandle.Open(folder.File("out"), FileAccess.Write);
        await using var session = await client.OpenSessionAsync(
            new MuxSessionRequest { Command = "cat; exit 3" }, new SessionDescriptors(input, output, output));
        Assert.Equal(master.ProcessId, session.MasterProcessId);
        Assert.Equal(3, (await session.Ended).ExitCode);
        Assert.Equal("from a file", File.ReadAllText(folder.File("out")));
        Assert.False(input.IsClosed);
    }

    [Fact]
    public async Task The_master_is_alive_during_a_session_and_says_so_on_the_sessions_connection()
    {
        await using var master = await StartMasterAsync(_sshd);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        using var nothing = DescriptorHandle.Open("/dev/null", FileAccess.ReadWrite);
        var (here, there) = DescriptorPair.CreateSocket();
        using (here)
        {
            await using var session = await client.OpenSessionAsync(
                new MuxSessionRequest { Command = "cat" }, new SessionDescriptors(there, nothing, nothing));
            there.Dispose();
            Assert.Equal(master.ProcessId, await session.CheckAliveAsync());
            Assert.Equal(master.ProcessId, await client.CheckAliveAsync());
            here.Shutdown(SocketShutdown.Send);
            Assert.Equal(new MuxSessionEnd(0), await session.Ended);
        }
    }

    [Fact]
    public async Task A_command_killed_by_a_signal_has_no_exit_status_and_the_exit_code_255()
    {
        await using var master = await StartMasterAsync(_sshd);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        using var nothing = DescriptorHandle.Open("/dev/null", FileAccess.ReadWrite);
        await using var session = await client.OpenSessionAsync(
            new MuxSessionRequest { Command = "kill -9 $$" }, new SessionDescriptors(nothing, nothing, nothing));
        var end = await session.Ended;
        Assert.Null(end.ExitStatus);
        Assert.Equal(255, end.ExitCode);
    }

    [Fact]
    public async Task Killed_by_a_signal_is_told_from_a_dead_master_even_when_the_socket_is_gone()
    {
        await using var master = await StartMasterAsync(_sshd);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        await using var process = await client.StartAsync(new SessionRequest { Command = "read x; kill -9 $$" });
        await client.StopListeningAsync();
        await process.StandardInput.WriteAsync("\n"u8.ToArray());
        Assert.Equal((null, "no exit status came; a signal probably killed the command"), (
            (await process.Exit).Status, (await process.Exit).Message));
    }

    [Fact]
    public async Task Disposing_a_session_ends_the_remote_program()
    {
        await using var master = await StartMasterAsync(_sshd);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        var process = await client.StartAsync(new SessionRequest { Command = "echo $$; exec cat" });
        using var reader = new StreamReader(process.StandardOutput);
        var id = await reader.ReadLineAsync();
        await process.DisposeAsync();
        Assert.Equal(SshError.Stopped, (await Assert.ThrowsAsync<SshException>(() => process.Exit)).Error);
        await Eventually.TrueAsync(() => !Directory.Exists($"/proc/{id}"), "the remote program ends");
        await client.DisposeAsync();
        await master.ExpectNothingLeftAsync();
    }

    [Fact]
    public async Task Cancelling_while_a_session_opens_is_immediate_and_does_not_kill_the_master()
    {
        await using var master = await StartMasterAsync(_sshd);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        for (var round = 0; round < 10; round++)
        {
            using var cancelled = new CancellationTokenSource();
            var starting = client.StartAsync(new SessionRequest { Command = TestSshd.RunUntilDisconnected }, cancelled.Token);
            await cancelled.CancelAsync();
            try
            {
                await (await starting).DisposeAsync(); // it was faster
            }
            catch (OperationCanceledException)
            {
                Assert.True(starting.IsCanceled);
            }
        }

        Assert.Equal(master.ProcessId, await client.CheckAliveAsync());
    }

    [Fact]
    public async Task A_refused_session_says_what_the_master_said()
    {
        await using var sshd = await MuxSshd.StartAsync("MaxSessions 1");
        await using var master = await StartMasterAsync(sshd);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        await using var first = await client.StartAsync(new SessionRequest { Command = "cat" });
        var e = await Assert.ThrowsAsync<SshException>(
            () => client.StartAsync(new SessionRequest { Command = "cat" }));
        Assert.Equal((SshError.MuxRefused, "the master refused: Session open refused by peer"), (e.Error, e.Message));
    }

    [Fact]
    public async Task A_stdio_forward_is_a_stream_with_half_close()
    {
        await using var master = await StartMasterAsync(_sshd);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        await using var stream = await client.OpenStreamAsync("127.0.0.1", port);
        using var peer = await listener.AcceptTcpClientAsync();
        await stream.WriteAsync("ping"u8.ToArray());
        stream.CompleteWriting();
        Assert.Equal("ping", await ReadAsync(peer.GetStream()));
        await peer.GetStream().WriteAsync("pong"u8.ToArray());
        peer.Close();
        Assert.Equal("pong", await ReadAsync(stream));
    }

    [Fact]
    public async Task A_stdio_forward_to_a_dead_port_is_refused()
    {
        await using var master = await StartMasterAsync(_sshd);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        var e = await Assert.ThrowsAsync<SshException>(() => client.OpenStreamAsync("127.0.0.1", TestSshd.FreePort()));
        Assert.Equal(SshError.MuxRefused, e.Error);
    }

    [Fact]
    public async Task Forwards_open_again_and_close_once()
    {
        await using var master = await StartMasterAsync(_sshd);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        var port = TestSshd.FreePort();
        var local = ForwardSpec.ParseLocal($"{port}:127.0.0.1:{_sshd.Port}");
        Assert.Null(await client.OpenForwardAsync(local));
        Assert.Null(await client.OpenForwardAsync(local));
        using (var tcp = new TcpClient())
        {
            await tcp.ConnectAsync(IPAddress.Loopback, port);
            var banner = new byte[4];
            await tcp.GetStream().ReadExactlyAsync(banner);
            Assert.Equal("SSH-"u8, banner);
        }

        await client.CloseForwardAsync(local);
        var e = await Assert.ThrowsAsync<SshException>(() => client.CloseForwardAsync(local));
        Assert.Equal((SshError.MuxRefused, "the master refused: port not forwarded"), (e.Error, e.Message));
    }

    [Fact]
    public async Task Terminate_takes_the_end_of_the_stream_for_success()
    {
        await using var master = await StartMasterAsync(_sshd);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        await client.TerminateAsync();
        await master.Ended;
        Assert.False(File.Exists(master.Path));
        var e = await Assert.ThrowsAsync<SshException>(() => client.CheckAliveAsync());
        Assert.True(e.Error is SshError.MasterGone or SshError.ControlSocketMissing, e.Message);
    }

    [Fact]
    public async Task Stop_listening_removes_the_socket_and_lets_the_session_finish()
    {
        await using var master = await StartMasterAsync(_sshd);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        await using var process = await client.StartAsync(new SessionRequest { Command = "cat; exit 5" });
        await client.StopListeningAsync();
        Assert.False(File.Exists(master.Path));
        await process.StandardInput.WriteAsync("still here"u8.ToArray());
        await process.StandardInput.DisposeAsync();
        Assert.Equal("still here", await ReadAsync(process.StandardOutput));
        Assert.Equal(5u, (await process.Exit).Status);
    }

    protected static async Task<string> ReadAsync(Stream stream)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8, leaveOpen: true);
        return await reader.ReadToEndAsync();
    }
}
