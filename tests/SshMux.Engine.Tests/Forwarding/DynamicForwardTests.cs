using System.Net.Sockets;
using SshMux.Engine.Channels;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Forwarding;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Forwarding;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public class DynamicForwardTests
{
    private static readonly byte[] Granted5 = [5, 0, 0, 1, 0, 0, 0, 0, 0, 0];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("04 01 01bb 01020304 00", "1.2.3.4", 443, "005A000000000000")]
    [InlineData("04 01 0050 00000001 7573657200 6578616d706c652e636f6d00", "example.com", 80, "005A000000000000")]
    [InlineData("05 01 00 05 01 00 03 03 776562 0050", "web", 80, "050005000001000000000000")]
    [InlineData("05 01 00 05 01 00 04 00000000000000000000000000000001 0016", "::1", 22, "050005000001000000000000")]
    public async Task The_server_is_asked_for_the_clients_target_and_the_answer_comes_before_the_data(
        string request, string host, int port, string reply)
    {
        var connection = ScriptedConnection.Connect(out var server);
        await using var forward = await StartAsync(connection);
        using var client = await ConnectAsync(forward);

        // Byte by byte, and with data that does not wait for the answer.
        foreach (var part in Convert.FromHexString(request.Replace(" ", "", StringComparison.Ordinal)))
        {
            await client.SendAsync(new[] { part }, Stop);
        }

        await client.SendAsync("early"u8.ToArray(), Stop);
        await Descriptors.UntilAsync(() => server.Waiting != 0, "the channel is asked for");
        var id = Opened(server, host, port);
        server.Say(MessageNumber.ChannelOpenConfirmation, (ref SshWriter w) =>
        {
            w.WriteUInt32(id);
            w.WriteUInt32(7);
            w.WriteUInt32(1000);
            w.WriteUInt32(1000);
        });
        server.SayData(id, "late"u8.ToArray());
        var received = await ReceiveAsync(client, reply.Length / 2 + 4);
        Assert.Equal(reply + Convert.ToHexString("late"u8), Convert.ToHexString(received));
        await Descriptors.UntilAsync(() => server.Waiting != 0, "the data is sent");
        var data = new SshReader(server.Expect(MessageNumber.ChannelData));
        data.ReadBytes(5);
        Assert.Equal("early"u8.ToArray(), data.ReadString().ToArray());
    }

    [Theory]
    [InlineData(1, "administratively prohibited", 2)]
    [InlineData(2, "Connection refused", 5)]
    [InlineData(2, "Network is unreachable", 3)]
    [InlineData(2, "No route to host", 4)]
    [InlineData(2, "Name or service not known", 4)]
    [InlineData(2, "Connection timed out", 6)]
    [InlineData(2, "something else", 1)]
    [InlineData(4, "", 1)]
    public async Task A_refusal_is_told_in_SOCKS_words(uint reason, string text, byte code)
    {
        var connection = ScriptedConnection.Connect(out var server);
        await using var forward = await StartAsync(connection);
        foreach (var version in new[] { 4, 5 })
        {
            using var client = await ConnectAsync(forward);

            // What the client has sent without waiting must not cost it the answer.
            byte[] request = version == 4
                ? [4, 1, 0, 80, 1, 2, 3, 4, 0, 1, 2, 3]
                : [5, 1, 0, 5, 1, 0, 1, 1, 2, 3, 4, 0, 80, 1, 2, 3];
            await client.SendAsync(request, Stop);
            await Descriptors.UntilAsync(() => server.Waiting != 0, "the channel is asked for");
            var id = Opened(server, "1.2.3.4", 80);
            server.SayRefused(id, (OpenFailureReason)reason, text);
            byte[] expected = version == 4 ? [0, 91, 0, 0, 0, 0, 0, 0] : [5, 0, 5, code, 0, 1, 0, 0, 0, 0, 0, 0];
            Assert.Equal(expected, await ReceiveToEndAsync(client));
        }

        await Descriptors.UntilAsync(() => forward.ConnectionCount == 0, "connections are over");
    }

    [Fact]
    public async Task What_is_not_SOCKS_is_closed_and_what_cannot_be_done_is_told()
    {
        await using var forward = await StartAsync(EchoServer.Connect());
        Assert.Equal((byte[])[], await TellAsync(forward, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray()));
        Assert.Equal((byte[])[], await TellAsync(forward, [0]));
        Assert.Equal((byte[])[5, 255], await TellAsync(forward, [5, 1, 2]));
        Assert.Equal((byte[])[0, 91, 0, 0, 0, 0, 0, 0], await TellAsync(forward, [4, 2, 0, 80, 1, 2, 3, 4, 0, 9, 9]));
        Assert.Equal(
            (byte[])[5, 0, 5, 7, 0, 1, 0, 0, 0, 0, 0, 0],
            await TellAsync(forward, [5, 1, 0, 5, 2, 0, 1, 1, 2, 3, 4, 0, 80]));
        await ExchangeAsync(forward, 100_000);
        await Descriptors.UntilAsync(() => forward.ConnectionCount == 0, "connections are over");
    }

    [Fact]
    public async Task A_client_that_is_slow_or_leaves_early_is_dropped_and_keeps_nobody_waiting()
    {
        await using var forward = await StartAsync(EchoServer.Connect(), TimeSpan.FromSeconds(4));
        using var silent = await ConnectAsync(forward);
        using var slow = await ConnectAsync(forward);
        await slow.SendAsync(new byte[] { 5, 1 }, Stop);
        using (var gone = await ConnectAsync(forward)) await gone.SendAsync(new byte[] { 4, 1, 0 }, Stop);
        await ExchangeAsync(forward, 10_000);
        Assert.Equal((byte[])[], await ReceiveToEndAsync(silent));
        Assert.Equal((byte[])[], await ReceiveToEndAsync(slow));
        await Descriptors.UntilAsync(() => forward.ConnectionCount == 0, "connections are over");
    }

    [Fact]
    public async Task Many_clients_at_once_move_their_data_whole()
    {
        await using var forward = await StartAsync(EchoServer.Connect());
        await Task.WhenAll(Enumerable.Range(0, 30).Select(i => ExchangeAsync(forward, 400_000 + i)));
        await Descriptors.UntilAsync(() => forward.ConnectionCount == 0, "connections are over");
    }

    private static Task<DynamicForward> StartAsync(SshConnection connection, TimeSpan? timeLimit = null)
    {
        var options = new ForwardOptions();
        if (timeLimit is { } limit) options = options with { SocksTimeLimit = limit };
        return DynamicForward.StartAsync(connection, ForwardSpec.ParseDynamic("127.0.0.1:0"), options, Stop);
    }

    private static uint Opened(ScriptedConnection server, string host, int port)
    {
        var open = new SshReader(server.Expect(MessageNumber.ChannelOpen));
        open.ReadByte();
        Assert.Equal("direct-tcpip", open.ReadUtf8String());
        var id = open.ReadUInt32();
        open.ReadBytes(8);
        Assert.Equal((host, (uint)port), (open.ReadUtf8String(), open.ReadUInt32()));
        return id;
    }

    private static async Task<Socket> ConnectAsync(DynamicForward forward)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(forward.EndPoints[0], Stop);
        return socket;
    }

    private static async Task<byte[]> TellAsync(DynamicForward forward, byte[] data)
    {
        using var client = await ConnectAsync(forward);
        await client.SendAsync(data, Stop);
        return await ReceiveToEndAsync(client);
    }

    private static async Task<byte[]> ReceiveToEndAsync(Socket client)
    {
        var all = new MemoryStream();
        await using var stream = new NetworkStream(client);
        await stream.CopyToAsync(all, Stop);
        return all.ToArray();
    }

    private static async Task<byte[]> ReceiveAsync(Socket client, int count)
    {
        var buffer = new byte[count];
        await using var stream = new NetworkStream(client);
        await stream.ReadExactlyAsync(buffer, Stop);
        return buffer;
    }

    /// <summary>
    /// Connects through SOCKS 5, sends data, ends that direction, and expects all of it back and then the end.
    /// </summary>
    private static async Task ExchangeAsync(DynamicForward forward, int count)
    {
        var data = Descriptors.RandomBytes(count, count);
        using var client = await ConnectAsync(forward);
        await client.SendAsync(new byte[] { 5, 1, 0, 5, 1, 0, 3, 1, (byte)'w', 0, 80 }, Stop);
        Assert.Equal((byte[])[5, 0, .. Granted5], await ReceiveAsync(client, 2 + Granted5.Length));
        // .NET takes a socket for unconnected once one direction is shut: the stream to read from must be there by then.
        var receiving = ReceiveToEndAsync(client);
        await using (var stream = new NetworkStream(client)) await stream.WriteAsync(data, Stop);
        client.Shutdown(SocketShutdown.Send);
        Assert.Equal(data, await receiving);
    }
}
