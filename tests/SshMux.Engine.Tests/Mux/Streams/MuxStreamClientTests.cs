using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Mux.Master;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Streams;
using SshMux.Engine.Tests.Mux.Client;
using SshMux.Engine.Tests.Support;
using static SshMux.Engine.Tests.Mux.Proxy.RawProxyClient;

namespace SshMux.Engine.Tests.Mux.Streams;

/// <summary>Our client of our master over streams, with a real sshd behind it.</summary>
public sealed class MuxStreamClientTests(MuxSshd server) : IClassFixture<MuxSshd>, IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private MuxMaster _master = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() =>
        _master = await MuxMaster.StartAsync(token => OurMaster.ConnectAsync(server.Sshd, token), new(), Stop);

    public ValueTask DisposeAsync() => _master.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Two_commands_run_at_once_and_a_forward_is_opened_meanwhile(bool pipes)
    {
        var (client, served) = await ConnectAsync(pipes);
        await using var first = await client.StartAsync(new() { Command = "cat; exit 3" }, Stop);
        await using var second = await client.StartAsync(new() { Command = "cat; echo err >&2; exit 4" }, Stop);

        // Neither can end before the other has begun: each gets what the other said.
        await first.StandardInput.WriteAsync("one\n"u8.ToArray(), Stop);
        await second.StandardInput.WriteAsync(await ReadAsync(first, 4), Stop);
        using var target = new TcpTestServer();
        var port = await client.OpenForwardAsync(ForwardSpec.ParseRemote($"127.0.0.1:0:127.0.0.1:{target.Port}"), Stop);
        using (var tcp = new TcpClient())
        {
            await tcp.ConnectAsync(IPAddress.Loopback, port!.Value, Stop);
            await ExpectEchoAsync(tcp.GetStream());
        }

        Assert.Equal(Environment.ProcessId, await client.CheckAliveAsync(Stop));
        await first.StandardInput.WriteAsync(await ReadAsync(second, 4), Stop);
        Assert.Equal("one\n"u8.ToArray(), await ReadAsync(first, 4));
        first.StandardInput.Close();
        second.StandardInput.Close();
        Assert.Equal("err\n", await new StreamReader(second.StandardError).ReadToEndAsync(Stop));
        Assert.Equal((3u, 4u), ((await first.Exit).Status, (await second.Exit).Status));
        await client.CloseForwardAsync(ForwardSpec.ParseRemote($"127.0.0.1:0:127.0.0.1:{target.Port}"), Stop);
        await EndAsync(client, served);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Twenty_megabytes_go_both_ways_on_two_channels_at_once(bool pipes)
    {
        var (client, served) = await ConnectAsync(pipes);
        await Task.WhenAll(EchoAsync(client), EchoAsync(client));
        await EndAsync(client, served);
    }

    [Fact]
    public async Task A_connection_that_the_server_makes_is_a_stream()
    {
        using var target = new TcpTestServer();
        using var folder = new TestFolder();
        var (client, served) = await ConnectAsync();
        await using (var stream = await client.OpenStreamAsync("127.0.0.1", target.Port, Stop))
        {
            await ExpectEchoAsync(stream);
        }

        var e = await Assert.ThrowsAsync<SshException>(() => client.OpenStreamAsync(folder.File("none"), Stop));
        Assert.Equal(SshError.ChannelOpenRefused, e.Error);
        var local = await client.OpenForwardAsync(
            ForwardSpec.ParseLocal($"127.0.0.1:{TestSshd.FreePort()}:127.0.0.1:{target.Port}"), Stop);
        Assert.Null(local);
        e = await Assert.ThrowsAsync<SshException>(
            () => client.CloseForwardAsync(ForwardSpec.ParseLocal("1:127.0.0.1:1"), Stop));
        Assert.Equal(SshError.MuxRefused, e.Error);
        await EndAsync(client, served);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_end_of_the_stream_ends_the_channels_and_leaves_nothing(bool pipes)
    {
        var ends = await StreamEnds.OpenAsync(pipes);
        var served = MuxStreamClients.ServeAsync(_master, ends.MasterInput, ends.MasterOutput);
        var client = await MuxStreamClient.ConnectAsync(ends.ClientInput, ends.ClientOutput, cancellationToken: Stop);
        await using var process = await client.StartAsync(new() { Command = "echo $$; exec cat" }, Stop);
        var line = await new StreamReader(process.StandardOutput).ReadLineAsync(Stop);
        await ends.ClientOutput.DisposeAsync();
        var reason = await served.WaitAsync(Patience, Stop);
        Assert.Equal(SshError.Stopped, reason.Error);
        Assert.Equal(0, _master.Connection.ChannelCount);
        await Eventually.TrueAsync(() => !Directory.Exists($"/proc/{line}"), "the program has ended");
        Assert.Equal(SshError.MasterGone, (await client.Ended.WaitAsync(Patience, Stop)).Error);
        await Assert.ThrowsAsync<SshException>(() => process.Exit.WaitAsync(Patience, Stop));
        await client.DisposeAsync();
        Assert.False(_master.Ended.IsCompleted);
    }

    [Fact]
    public async Task What_was_said_before_the_end_reaches_its_program()
    {
        using var folder = new TestFolder();
        using var client = await RawStreamClient.EnterProxyModeAsync(_master);
        var channel = await client.OpenSessionAsync();
        await client.SendBytesAsync(
            RawStreamClient.Frame([98, .. Number(channel), .. Text("exec"), 1, .. Text($"cat > {folder.File("all")}")]));
        await client.ReceiveMessageAsync(99);
        var piece = new string('x', 32_000);
        for (var i = 0; i < 50; i++) await client.SendDataAsync(channel, piece);
        client.EndSending();
        Assert.Equal(SshError.Stopped, (await client.ExpectEndAsync()).Error);
        await _master.StopAsync();
        await Eventually.TrueAsync(
            () => new FileInfo(folder.File("all")).Length == 50 * piece.Length, "the program has got all");
    }

    [Fact]
    public async Task Terminate_is_answered_before_everything_ends()
    {
        var (client, served) = await ConnectAsync();
        await using var process = await client.StartAsync(new() { Command = "cat" }, Stop);
        await client.TerminateAsync(Stop);
        var reason = await _master.Ended.WaitAsync(Patience, Stop);
        Assert.Equal("a client asked the master to exit", reason.Message);
        await served.WaitAsync(Patience, Stop);
        await client.Ended.WaitAsync(Patience, Stop);
        await client.TerminateAsync(Stop);
        await client.DisposeAsync();
    }

    [Fact]
    public async Task The_loss_of_the_server_ends_the_client()
    {
        var (client, served) = await ConnectAsync();
        await using var process = await client.StartAsync(new() { Command = "cat" }, Stop);
        _master.Connection.Close(new SshException(SshError.ConnectionLost, "lost"));
        await _master.Ended.WaitAsync(Patience, Stop);
        await served.WaitAsync(Patience, Stop);
        Assert.Equal(SshError.MasterGone, (await client.Ended.WaitAsync(Patience, Stop)).Error);
        var e = await Assert.ThrowsAsync<SshException>(() => client.CheckAliveAsync(Stop));
        Assert.Equal(SshError.MasterGone, e.Error);
        await client.DisposeAsync();
    }

    [Fact]
    public async Task A_stream_may_be_served_beside_a_control_socket()
    {
        await using var master = await OurMaster.StartAsync(server.Sshd);
        var ends = await StreamEnds.OpenAsync();
        var served = MuxStreamClients.ServeAsync(master.Master, ends.MasterInput, ends.MasterOutput);
        var client = await MuxStreamClient.ConnectAsync(ends.ClientInput, ends.ClientOutput, cancellationToken: Stop);
        await using var process = await client.StartAsync(new() { Command = "cat" }, Stop);
        Assert.Equal("over the socket\n", (await master.SshAsync("x", "echo over the socket")).Output);
        await client.DisposeAsync();
        await served.WaitAsync(Patience, Stop);
        Assert.Equal(0, (await master.SshAsync("x", "true")).ExitCode);
    }

    [Fact]
    public async Task A_master_for_sockets_alone_is_told_from_one_for_streams()
    {
        await using var master = await OurMaster.StartAsync(server.Sshd);
        await using var stream = new NetworkStream(await ControlSocket.ConnectAsync(master.Path, Stop), ownsSocket: true);
        var e = await Assert.ThrowsAsync<SshException>(
            () => MuxStreamClient.ConnectAsync(stream, stream, name: "its end", cancellationToken: Stop));
        Assert.Equal(SshError.NotSupported, e.Error);
        Assert.Contains("the master at its end does not serve streams", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_is_no_master_is_an_error_that_says_so()
    {
        Assert.Equal(SshError.ConnectionTimeout, await FailAsync(_ => { }));
        Assert.Equal(SshError.MasterGone, await FailAsync(ends => ends.MasterOutput.Dispose()));
        Assert.Equal(SshError.MuxProtocolError, await FailAsync(ends => ends.MasterOutput.Write("HTTP/1.1 400 "u8)));
        Assert.Equal(
            SshError.MuxProtocolError, await FailAsync(ends => ends.MasterOutput.Write(MuxCodec.Encode(new MuxOk(1)))));
        Assert.Equal(
            SshError.NotSupported, await FailAsync(ends => ends.MasterOutput.Write(MuxCodec.Encode(FakeMaster.Hello))));
    }

    [Fact]
    public async Task What_nobody_asked_for_ends_the_connection_with_that_reason()
    {
        var ends = await StreamEnds.OpenAsync();
        var hello = new MuxHello(MuxProtocol.Version, [new("stream@sshmux", "1"u8.ToArray())]);
        byte[] said = [.. MuxCodec.Encode(hello), .. MuxCodec.Encode(new MuxProxyReply(0))];
        await ends.MasterOutput.WriteAsync(said, Stop);
        await using var client = await MuxStreamClient.ConnectAsync(
            ends.ClientInput, ends.ClientOutput, cancellationToken: Stop);
        var checking = client.CheckAliveAsync(Stop);
        await ends.MasterOutput.WriteAsync(MuxCodec.Encode(new MuxOk(77)), Stop);
        var reason = await client.Ended.WaitAsync(Patience, Stop);
        Assert.Equal(SshError.MuxProtocolError, reason.Error);
        Assert.Contains("nobody asked for", reason.Message, StringComparison.Ordinal);
        Assert.Equal(SshError.MuxProtocolError, (await Assert.ThrowsAsync<SshException>(() => checking)).Error);
    }

    [Fact]
    public async Task A_client_that_never_reads_its_channels_is_dropped()
    {
        await using var master = await MuxMaster.StartAsync(
            token => OurMaster.ConnectAsync(server.Sshd, token), new() { MuxProxyQueueLimit = 4 * 1024 * 1024 }, Stop);
        using var client = await RawStreamClient.EnterProxyModeAsync(master);
        var channel = await client.OpenSessionAsync(window: 0x7fffffff);
        await client.SendBytesAsync(RawStreamClient.Frame([98, .. Number(channel), .. Text("exec"), 0, .. Text("yes")]));
        var reason = await client.Served.WaitAsync(Patience, Stop);
        Assert.Equal(SshError.MuxProtocolError, reason.Error);
        Assert.Contains("does not read", reason.Message, StringComparison.Ordinal);
        Assert.False(master.Ended.IsCompleted);
    }

    [Fact]
    public async Task A_user_who_refuses_is_told_to_the_client()
    {
        await using var master = await MuxMaster.StartAsync(
            EchoServer.Connect(), new() { AskPermission = (_, _) => Task.FromResult(false) }, Stop);
        var ends = await StreamEnds.OpenAsync();
        var served = MuxStreamClients.ServeAsync(master, ends.MasterInput, ends.MasterOutput);
        var e = await Assert.ThrowsAsync<SshException>(
            () => MuxStreamClient.ConnectAsync(ends.ClientInput, ends.ClientOutput, cancellationToken: Stop));
        Assert.Equal(SshError.MuxRefused, e.Error);
        await served.WaitAsync(Patience, Stop);
    }

    private static async Task<SshError> FailAsync(Action<StreamEnds> say)
    {
        var ends = await StreamEnds.OpenAsync();
        say(ends);
        var options = new MuxClientOptions { HelloTimeout = TimeSpan.FromSeconds(2) };
        var e = await Assert.ThrowsAsync<SshException>(
            () => MuxStreamClient.ConnectAsync(ends.ClientInput, ends.ClientOutput, options, cancellationToken: Stop));
        await ends.MasterInput.DisposeAsync();
        return e.Error;
    }

    private static async Task<byte[]> ReadAsync(RemoteProcess process, int count)
    {
        var buffer = new byte[count];
        await process.StandardOutput.ReadExactlyAsync(buffer, Stop);
        return buffer;
    }

    private static async Task ExpectEchoAsync(Stream stream)
    {
        await stream.WriteAsync("echo"u8.ToArray(), Stop);
        var echo = new byte[4];
        await stream.ReadExactlyAsync(echo, Stop);
        Assert.Equal("echo"u8.ToArray(), echo);
    }

    private static async Task EchoAsync(MuxStreamClient client)
    {
        var data = RandomNumberGenerator.GetBytes(20 * 1024 * 1024);
        await using var process = await client.StartAsync(new() { Command = "cat" }, Stop);
        var writing = Task.Run(async () =>
        {
            await process.StandardInput.WriteAsync(data, Stop);
            await process.StandardInput.DisposeAsync();
        });
        var echo = new MemoryStream();
        await process.StandardOutput.CopyToAsync(echo, Stop);
        await writing;
        Assert.True(data.AsSpan().SequenceEqual(echo.ToArray()));
        Assert.Equal(0u, (await process.Exit).Status);
    }

    private async Task<(MuxStreamClient Client, Task<SshException> Served)> ConnectAsync(bool pipes = false)
    {
        var ends = await StreamEnds.OpenAsync(pipes);
        var served = MuxStreamClients.ServeAsync(_master, ends.MasterInput, ends.MasterOutput);
        return (await MuxStreamClient.ConnectAsync(ends.ClientInput, ends.ClientOutput, cancellationToken: Stop), served);
    }

    private async Task EndAsync(MuxStreamClient client, Task<SshException> served)
    {
        await client.DisposeAsync().AsTask().WaitAsync(Patience, Stop);
        Assert.Equal(SshError.Stopped, (await served.WaitAsync(Patience, Stop)).Error);
        Assert.Equal((0, 0), (_master.SessionCount, _master.Connection.ChannelCount));
    }
}
