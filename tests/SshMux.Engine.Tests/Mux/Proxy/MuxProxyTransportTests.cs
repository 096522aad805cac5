using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Forwarding;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Mux.Proxy;
using SshMux.Engine.Streams;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Mux.Proxy;

/// <summary>A whole connection of this process over any master in proxy mode.</summary>
public abstract class MuxProxyTransportTests(MuxSshd server)
{
    private readonly TestSshd _sshd = server.Sshd;

    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    protected abstract Task<ITestMaster> StartMasterAsync(TestSshd sshd);

    [Fact]
    public async Task A_command_runs_with_all_its_streams_and_its_exit_status()
    {
        await using var master = await StartMasterAsync(_sshd);
        await using var connection = await MuxProxyTransport.OpenConnectionAsync(master.Path);
        await using var process = await connection.StartAsync(
            new SessionRequest
            {
                Command = "cat; echo err >&2; echo $SSHMUX_A; exit 7",
                Environment = [new("SSHMUX_A", "ä b")],
            },
            Stop);
        await process.StandardInput.WriteAsync("hello\n"u8.ToArray(), Stop);
        await process.StandardInput.DisposeAsync();
        Assert.Equal("hello\nä b\n", await ReadAsync(process.StandardOutput));
        Assert.Equal("err\n", await ReadAsync(process.StandardError));
        Assert.Equal(7u, (await process.Exit).Status);
        await EndAsync(connection, master);
    }

    [Fact]
    public async Task Many_channels_at_once_move_their_data_intact()
    {
        await using var master = await StartMasterAsync(_sshd);
        await using var connection = await MuxProxyTransport.OpenConnectionAsync(master.Path);
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => EchoAsync(connection, 3_500_000)));
        await EndAsync(connection, master);
    }

    [Fact]
    public async Task Two_connections_and_a_session_share_a_master()
    {
        await using var master = await StartMasterAsync(_sshd);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        await using var process = await client.StartAsync(new SessionRequest { Command = "cat" });
        await using var one = await MuxProxyTransport.OpenConnectionAsync(master.Path);
        await using var two = await MuxProxyTransport.OpenConnectionAsync(master.Path);
        await Task.WhenAll(EchoAsync(one, 2_000_000), EchoAsync(two, 2_000_000), EchoAsync(one, 2_000_000));
        await process.StandardInput.WriteAsync("still here"u8.ToArray(), Stop);
        await process.StandardInput.DisposeAsync();
        Assert.Equal("still here", await ReadAsync(process.StandardOutput));
        await client.DisposeAsync();
        await one.DisposeAsync();
        await EchoAsync(two, 100_000);
        await EndAsync(two, master);
    }

    [Fact]
    public async Task A_subsystem_starts()
    {
        await using var master = await StartMasterAsync(_sshd);
        await using var connection = await MuxProxyTransport.OpenConnectionAsync(master.Path);
        await using var process = await connection.StartAsync(
            new SessionRequest { Command = "sftp", Subsystem = true }, Stop);
        await process.StandardInput.WriteAsync(Convert.FromHexString("000000050100000003"), Stop); // SSH_FXP_INIT 3
        var reply = new byte[5];
        await process.StandardOutput.ReadExactlyAsync(reply, Stop);
        Assert.Equal(2, reply[4]); // SSH_FXP_VERSION
        await process.DisposeAsync();
        await EndAsync(connection, master);
    }

    [Fact]
    public async Task A_local_forward_runs_over_it()
    {
        await using var master = await StartMasterAsync(_sshd);
        await using var connection = await MuxProxyTransport.OpenConnectionAsync(master.Path);
        await using var forward = await LocalForward.StartAsync(
            connection,
            ForwardSpec.ParseLocal($"127.0.0.1:0:127.0.0.1:{_sshd.Port}"),
            new ForwardOptions(),
            Stop);
        Assert.Equal("SSH-", await ReadBannerAsync(forward.Port!.Value));
        await forward.DisposeAsync();
        await EndAsync(connection, master);
    }

    [Fact]
    public async Task A_remote_forward_comes_to_the_one_who_asked()
    {
        await using var master = await StartMasterAsync(_sshd);
        await using var other = await MuxProxyTransport.OpenConnectionAsync(master.Path);
        await using var connection = await MuxProxyTransport.OpenConnectionAsync(master.Path);
        var port = TestSshd.FreePort();
        connection.AcceptChannels("forwarded-tcpip", incoming => incoming.Accept(new Greeter("SSH-ours")));
        other.AcceptChannels("forwarded-tcpip", incoming => incoming.Accept(new Greeter("SSH-others")));
        Assert.True(await connection.RequestAsync("tcpip-forward", Endpoint("127.0.0.1", port)));

        // The answer may be this side's, before the server has the request.
        await Eventually.TrueAsync(() => IsListening(port), "the server listens");
        using (var tcp = new TcpClient())
        {
            await tcp.ConnectAsync(IPAddress.Loopback, port, Stop);
            Assert.Equal("SSH-ours", await ReadAsync(tcp.GetStream()));
        }

        await other.DisposeAsync();
        await EndAsync(connection, master);
        await Eventually.TrueAsync(() => !IsListening(port), "the forward ends with its connection");
    }

    [Fact]
    public async Task A_refused_channel_says_why_and_leaves_the_master_alive()
    {
        await using var master = await StartMasterAsync(_sshd);
        await using (var connection = await MuxProxyTransport.OpenConnectionAsync(master.Path))
        {
            for (var i = 0; i < 3; i++)
            {
                var e = await Assert.ThrowsAsync<SshException>(
                    () => connection.OpenStreamAsync("127.0.0.1", TestSshd.FreePort(), Stop));
                Assert.Equal(SshError.ChannelOpenRefused, e.Error);
                Assert.Contains("refused", e.Message, StringComparison.Ordinal);
            }

            await EchoAsync(connection, 1000);
        }

        await ExpectAliveAsync(master);
    }

    [Fact]
    public async Task Going_while_channels_are_being_opened_leaves_the_master_alive()
    {
        await using var master = await StartMasterAsync(_sshd);
        for (var round = 0; round < 5; round++)
        {
            var connection = await MuxProxyTransport.OpenConnectionAsync(master.Path);
            var opening = connection.StartAsync(new SessionRequest { Command = "cat" }, Stop);
            var opening2 = connection.OpenStreamAsync("127.0.0.1", _sshd.Port, Stop);
            await connection.DisposeAsync();

            // The server may have been faster; what matters is that nobody waits for ever.
            await Task.WhenAll(opening, opening2).ContinueWith(_ => { }, TaskScheduler.Default);
        }

        await ExpectAliveAsync(master);
        await ExpectNothingLeftAsync(master);
    }

    [Fact]
    public async Task Going_in_the_middle_of_a_transfer_ends_the_remote_program()
    {
        await using var master = await StartMasterAsync(_sshd);
        var connection = await MuxProxyTransport.OpenConnectionAsync(master.Path);
        var process = await connection.StartAsync(new SessionRequest { Command = "echo $$; exec yes" }, Stop);
        using var reader = new StreamReader(process.StandardOutput);
        var id = await reader.ReadLineAsync(Stop);
        await EndAsync(connection, master);
        await Eventually.TrueAsync(() => !Directory.Exists($"/proc/{id}"), "the remote program ends");
    }

    [Fact]
    public async Task The_connection_can_be_asked_whether_it_is_alive()
    {
        await using var master = await StartMasterAsync(_sshd);
        await using var connection = await MuxProxyTransport.OpenConnectionAsync(master.Path);
        await connection.CheckAliveAsync(Stop);
        await connection.CheckAliveAsync(Stop);
        await EchoAsync(connection, 1000);
    }

    [Fact]
    public async Task The_end_of_the_master_is_named_as_the_reason()
    {
        await using var master = await StartMasterAsync(_sshd);
        await using var connection = await MuxProxyTransport.OpenConnectionAsync(master.Path);
        await using var process = await connection.StartAsync(new SessionRequest { Command = "cat" }, Stop);
        await using (var client = await MuxClient.ConnectAsync(master.Path)) await client.TerminateAsync();
        var reason = await connection.Ended;
        Assert.Equal(SshError.MasterGone, reason.Error);
        Assert.Contains(master.Path, reason.Message, StringComparison.Ordinal);
        Assert.Equal(SshError.MasterGone, (await Assert.ThrowsAsync<SshException>(() => process.Exit)).Error);
    }

    protected abstract Task ExpectNothingLeftAsync(ITestMaster master);

    /// <summary>Sends data through cat, and demands the same data back.</summary>
    private protected static async Task EchoAsync(SshConnection connection, int length)
    {
        var data = RandomNumberGenerator.GetBytes(length);
        await using var process = await connection.StartAsync(new SessionRequest { Command = "cat" }, Stop);
        var sending = Task.Run(
            async () =>
            {
                await process.StandardInput.WriteAsync(data, Stop);
                await process.StandardInput.DisposeAsync();
            },
            Stop);
        using var received = new MemoryStream();
        await process.StandardOutput.CopyToAsync(received, Stop);
        await sending;
        Assert.Equal(0u, (await process.Exit).Status);
        Assert.True(data.AsSpan().SequenceEqual(received.ToArray()));
    }

    protected static async Task ExpectAliveAsync(ITestMaster master)
    {
        await using var client = await MuxClient.ConnectAsync(master.Path, Stop);
        Assert.Equal(master.ProcessId, await client.CheckAliveAsync(Stop));

        // The master has seen the end of those that went before this one came.
        await using var process = await client.StartAsync(new SessionRequest { Command = "exit 3" }, Stop);
        Assert.Equal(3u, (await process.Exit).Status);
        Assert.Equal(master.ProcessId, await client.CheckAliveAsync(Stop));
    }

    protected static byte[] Endpoint(string host, int port) =>
        [0, 0, 0, (byte)host.Length, .. Encoding.ASCII.GetBytes(host), 0, 0, (byte)(port >> 8), (byte)port];

    protected static bool IsListening(int port) => File.ReadAllLines("/proc/net/tcp")
        .Any(line => line.Contains($":{port:X4} 00000000:0000 0A", StringComparison.Ordinal));

    protected static async Task<string> ReadBannerAsync(int port)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, port, Stop);
        var banner = new byte[4];
        await tcp.GetStream().ReadExactlyAsync(banner, Stop);
        return Encoding.ASCII.GetString(banner);
    }

    protected static async Task<string> ReadAsync(Stream stream)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8, leaveOpen: true);
        return await reader.ReadToEndAsync(Stop);
    }

    private async Task EndAsync(SshConnection connection, ITestMaster master)
    {
        await connection.DisposeAsync();
        await ExpectAliveAsync(master);
        await ExpectNothingLeftAsync(master);
    }

    /// <summary>Says something to whoever connects, and closes.</summary>
    private sealed class Greeter(string text) : IChannelHandler
    {
        public void OnOpened(SshMux.Engine.Channels.Channel channel)
        {
            channel.TrySend(Encoding.ASCII.GetBytes(text));
            channel.SendEof();
            channel.Close();
        }

        public void OnData(ReadOnlySpan<byte> data)
        {
        }

        public void OnExtendedData(ReadOnlySpan<byte> data)
        {
        }

        public void OnEof()
        {
        }

        public void OnWritable()
        {
        }

        public void OnExit(CommandExit exit)
        {
        }

        public void OnClosed(SshException? reason)
        {
        }
    }
}
