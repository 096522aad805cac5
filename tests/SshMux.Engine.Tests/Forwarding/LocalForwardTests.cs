using System.Net;
using System.Net.Sockets;
using System.Text;
using SshMux.Engine.Channels;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Forwarding;
using SshMux.Engine.Platform.Sockets;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Forwarding;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public class LocalForwardTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Listens_on_loopback_in_both_families_and_echoes()
    {
        await using var forward = await StartAsync(EchoServer.Connect(), "0:web:80");
        Assert.True(forward.Port > 0);
        Assert.Equal(
            [new IPEndPoint(IPAddress.Loopback, forward.Port!.Value), new IPEndPoint(IPAddress.IPv6Loopback, forward.Port.Value)],
            forward.EndPoints);
        foreach (var endPoint in forward.EndPoints) await ExchangeAsync(endPoint, 300_000);
        await Descriptors.UntilAsync(() => forward.ConnectionCount == 0, "connections are over");
    }

    [Theory]
    [InlineData("*:0:web:80", false)]
    [InlineData("0:web:80", true)]
    public async Task Listens_on_all_addresses(string text, bool gatewayPorts)
    {
        await using var forward = await StartAsync(
            EchoServer.Connect(), text, new ForwardOptions { GatewayPorts = gatewayPorts });
        Assert.Equal(
            [IPAddress.Any, IPAddress.IPv6Any], forward.EndPoints.Select(endPoint => ((IPEndPoint)endPoint).Address));
        await ExchangeAsync(new IPEndPoint(IPAddress.Loopback, forward.Port!.Value), 1000);
    }

    [Fact]
    public async Task Listens_on_one_address()
    {
        await using var forward = await StartAsync(
            EchoServer.Connect(), "127.0.0.1:0:web:80", new ForwardOptions { GatewayPorts = true });
        Assert.Equal([new IPEndPoint(IPAddress.Loopback, forward.Port!.Value)], forward.EndPoints);
    }

    [Fact]
    public async Task Listens_on_a_unix_socket()
    {
        using var folder = new TestFolder();
        var path = folder.File("s");
        var forward = await StartAsync(EchoServer.Connect(), $"{path}:web:80");
        Assert.Null(forward.Port);
        await ExchangeAsync(new UnixDomainSocketEndPoint(path), 300_000);

        var taken = folder.Write("taken", "");
        var failure = await Assert.ThrowsAsync<SshException>(() => StartAsync(EchoServer.Connect(), $"{taken}:web:80"));
        Assert.Equal(SshError.ForwardFailed, failure.Error);
        Assert.Contains(taken, failure.Message, StringComparison.Ordinal);
        Assert.Contains("StreamLocalBindUnlink", failure.Message, StringComparison.Ordinal);

        await using var second = await StartAsync(
            EchoServer.Connect(), $"{path}:web:80", new ForwardOptions { StreamLocalBindUnlink = true });
        await forward.DisposeAsync();
        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task Names_the_target_and_the_originator()
    {
        var connection = ScriptedConnection.Connect(out var server);
        await using var forward = await StartAsync(connection, "127.0.0.1:0:web.example:8443");
        using var client = await ConnectAsync(forward.EndPoints[0]);
        await Descriptors.UntilAsync(() => server.Waiting != 0, "the channel is asked for");
        var open = new SshReader(server.Expect(MessageNumber.ChannelOpen));
        open.ReadByte();
        Assert.Equal("direct-tcpip", open.ReadUtf8String());
        open.ReadBytes(12);
        Assert.Equal(("web.example", 8443u), (open.ReadUtf8String(), open.ReadUInt32()));
        Assert.Equal("127.0.0.1", open.ReadUtf8String());
        Assert.Equal((uint)((IPEndPoint)client.LocalEndPoint!).Port, open.ReadUInt32());
    }

    [Fact]
    public async Task A_unix_socket_is_a_target_too()
    {
        var connection = ScriptedConnection.Connect(out var server);
        await using var forward = await StartAsync(connection, "127.0.0.1:0:/run/web.sock");
        using var client = await ConnectAsync(forward.EndPoints[0]);
        await Descriptors.UntilAsync(() => server.Waiting != 0, "the channel is asked for");
        var open = new SshReader(server.Expect(MessageNumber.ChannelOpen));
        open.ReadByte();
        Assert.Equal("direct-streamlocal@openssh.com", open.ReadUtf8String());
        open.ReadBytes(12);
        Assert.Equal("/run/web.sock", open.ReadUtf8String());
    }

    [Fact]
    public async Task A_refusal_closes_the_connection_and_nothing_else()
    {
        var connection = ScriptedConnection.Connect(out var server);
        await using var forward = await StartAsync(connection, "127.0.0.1:0:web:80");
        for (var i = 0; i < 3; i++)
        {
            using var client = await ConnectAsync(forward.EndPoints[0]);
            await Descriptors.UntilAsync(() => server.Waiting != 0, "the channel is asked for");
            server.Expect(MessageNumber.ChannelOpen);
            server.SayRefused(0, OpenFailureReason.ConnectFailed, "nobody there");
            Assert.Equal(0, await client.ReceiveAsync(new byte[10], Stop));
        }

        await Descriptors.UntilAsync(() => forward.ConnectionCount == 0, "connections are over");
    }

    [Theory]
    [InlineData(null, 0b110_000_000)]
    [InlineData(0b001_001_001, 0b110_110_110)]
    public async Task A_unix_socket_has_just_the_permissions_that_are_asked_for_whatever_the_umask(int? mask, int mode)
    {
        Assert.SkipUnless(SystemSockets.AreDescriptors, "its folder protects it there");
        using var folder = new TestFolder();
        var path = folder.File("s");
        var options = mask is { } of ? new ForwardOptions { StreamLocalBindMask = (UnixFileMode)of } : new ForwardOptions();
        await using var forward = await StartAsync(EchoServer.Connect(), $"{path}:web:80", options);
        Assert.Equal((UnixFileMode)mode, File.GetUnixFileMode(path));
        await ExchangeAsync(new UnixDomainSocketEndPoint(path), 1000);
    }

    [Fact]
    public async Task An_address_in_use_is_named_with_the_remedy()
    {
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        other.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        other.Listen();
        var port = ((IPEndPoint)other.LocalEndPoint!).Port;
        var failure = await Assert.ThrowsAsync<SshException>(() => StartAsync(EchoServer.Connect(), $"{port}:web:80"));
        Assert.Equal(SshError.ForwardFailed, failure.Error);
        Assert.Equal(
            $"cannot listen on port {port}: another program listens there already; choose another port, or 0 to have a "
            + "free one chosen",
            failure.Message);
    }

    [Fact]
    public async Task An_address_that_another_forward_of_ours_has_is_named_with_that_forward()
    {
        await using var first = await StartAsync(EchoServer.Connect(), "127.0.0.1:0:web:80");
        var port = first.Port;
        foreach (var listen in (string[])["127.0.0.1:", "*:", ""])
        {
            var failure = await Assert.ThrowsAsync<SshException>(
                () => StartAsync(EchoServer.Connect(), $"{listen}{port}:db:5432"));
            Assert.Contains(
                "the forward 127.0.0.1:0:web:80 listens there already; end that one first",
                failure.Message,
                StringComparison.Ordinal);
        }

        await first.DisposeAsync();
        await using var second = await StartAsync(EchoServer.Connect(), $"127.0.0.1:{port}:db:5432");
    }

    [Fact]
    public async Task A_socket_that_another_forward_of_ours_has_is_named_with_that_forward()
    {
        using var folder = new TestFolder();
        await using var first = await StartAsync(EchoServer.Connect(), $"{folder.File("s")}:web:80");
        var failure = await Assert.ThrowsAsync<SshException>(
            () => StartAsync(EchoServer.Connect(), $"{folder.File("s")}:db:5432"));
        Assert.Contains($"the forward {folder.File("s")}:web:80 listens there already", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("192.0.2.1:0:web:80")]
    [InlineData("no.such.host.invalid:0:web:80")]
    public async Task A_foreign_address_is_refused(string text)
    {
        var failure = await Assert.ThrowsAsync<SshException>(() => StartAsync(EchoServer.Connect(), text));
        Assert.Equal(SshError.ForwardFailed, failure.Error);
        Assert.Contains("is no address of this machine", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ending_stops_the_listener_and_lets_connections_finish()
    {
        var forward = await StartAsync(EchoServer.Connect(), "127.0.0.1:0:web:80");
        var endPoint = forward.EndPoints[0];
        using var client = await ConnectAsync(endPoint);
        await client.SendAsync("before"u8.ToArray(), Stop);
        Assert.Equal("before", await ReceiveAsync(client, 6));
        await forward.DisposeAsync();
        await Assert.ThrowsAsync<SocketException>(() => ConnectAsync(endPoint));
        await client.SendAsync("after"u8.ToArray(), Stop);
        Assert.Equal("after", await ReceiveAsync(client, 5));
        client.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await client.ReceiveAsync(new byte[1], Stop));
        await Descriptors.UntilAsync(() => forward.ConnectionCount == 0, "the connection is over");
        await forward.DisposeAsync();
    }

    [Fact]
    public async Task Many_connections_at_once_arrive_whole()
    {
        await using var forward = await StartAsync(EchoServer.Connect(), "127.0.0.1:0:web:80");
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => ExchangeAsync(forward.EndPoints[0], 500_000 + i)));
        await Descriptors.UntilAsync(() => forward.ConnectionCount == 0, "connections are over");
    }

    private static Task<LocalForward> StartAsync(
        SshConnection connection, string text, ForwardOptions? options = null) =>
        LocalForward.StartAsync(connection, ForwardSpec.ParseLocal(text), options ?? new ForwardOptions(), Stop);

    private static async Task<Socket> ConnectAsync(EndPoint endPoint)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(endPoint, Stop);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<string> ReceiveAsync(Socket socket, int count)
    {
        var buffer = new byte[count];
        for (var received = 0; received < count;)
        {
            var more = await socket.ReceiveAsync(buffer.AsMemory(received), Stop);
            Assert.NotEqual(0, more);
            received += more;
        }

        return Encoding.ASCII.GetString(buffer);
    }

    /// <summary>Sends data, ends that direction, and expects all of it back and then the end.</summary>
    private static async Task ExchangeAsync(EndPoint endPoint, int count)
    {
        var data = Descriptors.RandomBytes(count, count);
        using var client = await ConnectAsync(endPoint);
        using var stream = new NetworkStream(client);
        var sending = Task.Run(
            async () =>
            {
                await stream.WriteAsync(data, Stop);
                client.Shutdown(SocketShutdown.Send);
            },
            Stop);
        var back = new MemoryStream();
        await stream.CopyToAsync(back, Stop);
        await sending;
        Assert.Equal(data, back.ToArray());
    }
}
