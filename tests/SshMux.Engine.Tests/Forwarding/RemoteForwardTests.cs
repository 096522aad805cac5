using System.Net;
using System.Net.Sockets;
using SshMux.Engine.Channels;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Forwarding;
using SshMux.Engine.Tests.Mux;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Forwarding;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public class RemoteForwardTests(MuxSshd server) : IClassFixture<MuxSshd>
{
    private readonly TestSshd _sshd = server.Sshd;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_server_listens_and_this_machine_connects()
    {
        await using var connection = await OurMaster.ConnectAsync(_sshd, Stop);
        using var target = new TcpTestServer();
        await using var forward = await StartAsync(connection, $"0:127.0.0.1:{target.Port}");
        Assert.True(forward.Port > 0);
        await Task.WhenAll(Enumerable.Range(0, 10).Select(i => ExchangeAsync(Loopback(forward.Port), 300_000 + i)));
        Assert.Equal(10, target.Count);
        await Descriptors.UntilAsync(() => forward.ConnectionCount == 0, "connections are over");
        await Descriptors.UntilAsync(() => connection.ChannelCount == 0, "channels are closed");
    }

    [Fact]
    public async Task Unix_sockets_on_either_side()
    {
        await using var connection = await OurMaster.ConnectAsync(_sshd, Stop);
        using var folder = new TestFolder();
        using var target = TcpTestServer.OnPath(folder.File("target"));
        await using var toPath = await StartAsync(connection, $"0:{folder.File("target")}");
        await ExchangeAsync(Loopback(toPath.Port), 200_000);
        await using var both = await StartAsync(connection, $"{folder.File("listen")}:{folder.File("target")}");
        Assert.Null(both.Port);
        await ExchangeAsync(new UnixDomainSocketEndPoint(folder.File("listen")), 200_000);
        using var tcp = new TcpTestServer();
        await using var fromPath = await StartAsync(connection, $"{folder.File("listen2")}:localhost:{tcp.Port}");
        await ExchangeAsync(new UnixDomainSocketEndPoint(folder.File("listen2")), 200_000);

        var taken = await Assert.ThrowsAsync<SshException>(
            () => StartAsync(connection, $"{folder.File("target")}:localhost:{tcp.Port}"));
        Assert.Equal(SshError.ForwardFailed, taken.Error);
        Assert.StartsWith(
            $"remote port forwarding failed for listen path {folder.File("target")}",
            taken.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_in_use_is_named_and_one_that_is_closed_is_free_again()
    {
        await using var connection = await OurMaster.ConnectAsync(_sshd, Stop);
        using var target = new TcpTestServer();
        var first = await StartAsync(connection, $"0:127.0.0.1:{target.Port}");
        var port = first.Port!.Value;
        var failure = await Assert.ThrowsAsync<SshException>(() => StartAsync(connection, $"{port}:127.0.0.1:1"));
        Assert.Equal(SshError.ForwardFailed, failure.Error);
        Assert.StartsWith(
            $"remote port forwarding failed for listen port {port}: ", failure.Message, StringComparison.Ordinal);

        using var client = await ConnectAsync(Loopback(port));
        await client.SendAsync("before"u8.ToArray(), Stop);
        Assert.Equal("before"u8.ToArray(), await ReceiveAsync(client, 6));
        await first.DisposeAsync();
        await Assert.ThrowsAsync<SocketException>(() => ConnectAsync(Loopback(port)));

        // What it carries goes on.
        await client.SendAsync("after"u8.ToArray(), Stop);
        Assert.Equal("after"u8.ToArray(), await ReceiveAsync(client, 5));
        await using var again = await StartAsync(connection, $"{port}:127.0.0.1:{target.Port}");
        Assert.Equal(port, again.Port);
        await ExchangeAsync(Loopback(port), 1000);
    }

    [Fact]
    public async Task A_target_that_does_not_answer_closes_the_connection_and_nothing_else()
    {
        await using var connection = await OurMaster.ConnectAsync(_sshd, Stop);
        using var folder = new TestFolder();
        string[] targets =
        [
            $"127.0.0.1:{TestSshd.FreePort()}", "no.such.host.invalid:1", $"{new string('a', 300)}:1", folder.File("none"),
        ];
        foreach (var target in targets)
        {
            await using var forward = await StartAsync(connection, $"0:{target}");
            using var client = await ConnectAsync(Loopback(forward.Port));
            Assert.Equal(0, await client.ReceiveAsync(new byte[10], Stop));
            await Descriptors.UntilAsync(() => forward.ConnectionCount == 0, "connections are over");
        }

        await Descriptors.UntilAsync(() => connection.ChannelCount == 0, "channels are closed");
    }

    [Fact]
    public async Task Without_a_target_the_client_says_it_with_SOCKS()
    {
        await using var connection = await OurMaster.ConnectAsync(_sshd, Stop);
        using var target = new TcpTestServer();
        using var six = TcpTestServer.OnIPv6();
        await using var forward = await StartAsync(connection, "0");
        byte[] port = [(byte)(target.Port >> 8), (byte)target.Port];
        byte[] sixPort = [(byte)(six.Port >> 8), (byte)six.Port];
        foreach (var atOnce in new[] { true, false })
        {
            byte[] granted5 = [5, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0];
            byte[] granted4 = [0, 90, 0, 0, 0, 0, 0, 0];
            await SocksAsync([4, 1, .. port, 127, 0, 0, 1, 0], granted4);
            await SocksAsync([4, 1, .. port, 0, 0, 0, 1, 0, .. "localhost"u8, 0], granted4);
            await SocksAsync([5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, .. port], granted5);
            await SocksAsync([5, 2, 1, 0, 5, 1, 0, 3, 9, .. "localhost"u8, .. port], granted5);
            await SocksAsync([5, 1, 0, 5, 1, 0, 4, .. IPAddress.IPv6Loopback.GetAddressBytes(), .. sixPort], granted5);

            async Task SocksAsync(byte[] request, byte[] reply)
            {
                using var client = await ConnectAsync(Loopback(forward.Port));
                var data = Descriptors.RandomBytes(100_000, 1);
                if (atOnce)
                {
                    request = [.. request, .. data[..10]];
                    await client.SendAsync(request, Stop);
                }
                else
                {
                    foreach (var part in request) await client.SendAsync(new[] { part }, Stop);
                    await client.SendAsync(data.AsMemory(0, 10), Stop);
                }

                Assert.Equal(reply, await ReceiveAsync(client, reply.Length));
                await EchoAsync(client, data, sent: 10);
            }
        }

        await Descriptors.UntilAsync(() => forward.ConnectionCount == 0, "connections are over");
        await Descriptors.UntilAsync(() => connection.ChannelCount == 0, "channels are closed");
    }

    [Fact]
    public async Task SOCKS_clients_are_told_what_fails_and_what_is_not_permitted()
    {
        await using var connection = await OurMaster.ConnectAsync(_sshd, Stop);
        using var target = new TcpTestServer();
        var dead = TestSshd.FreePort();
        var options = new ForwardOptions
        {
            PermitRemoteOpen = PermitRemoteOpen.Parse($"127.0.0.1:{target.Port} 127.0.0.1:{dead}"),
            SocksTimeLimit = TimeSpan.FromSeconds(3),
        };
        await using var forward = await StartAsync(connection, "127.0.0.1:0", options);
        byte[] port = [(byte)(target.Port >> 8), (byte)target.Port];
        await TellAsync(
            [5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, (byte)(dead >> 8), (byte)dead], [5, 0, 5, 5, 0, 1, 0, 0, 0, 0, 0, 0]);
        await TellAsync([5, 1, 0, 5, 1, 0, 3, 9, .. "localhost"u8, .. port], [5, 0, 5, 2, 0, 1, 0, 0, 0, 0, 0, 0]);
        await TellAsync([4, 1, .. port, 127, 0, 0, 2, 0], [0, 91, 0, 0, 0, 0, 0, 0]);
        await TellAsync([5, 1, 2], [5, 255]);
        await TellAsync("GET / HTTP/1.0\r\n\r\n"u8.ToArray(), []);
        await TellAsync([5, 1, 0], [5, 0]); // and nothing more within the time
        await Descriptors.UntilAsync(() => forward.ConnectionCount == 0, "connections are over");
        await Descriptors.UntilAsync(() => connection.ChannelCount == 0, "channels are closed");
        Assert.Equal(0, target.Count);

        async Task TellAsync(byte[] request, byte[] reply)
        {
            using var client = await ConnectAsync(Loopback(forward.Port));
            await client.SendAsync(request, Stop);
            var all = new MemoryStream();
            await using var stream = new NetworkStream(client);
            await stream.CopyToAsync(all, Stop);
            Assert.Equal(reply, all.ToArray());
        }
    }

    [Fact]
    public async Task Addresses_go_to_the_server_in_its_words_and_only_its_listeners_are_served()
    {
        var connection = ScriptedConnection.Connect(out var server);
        using var target = new TcpTestServer();
        foreach (var (spec, host, port) in new[]
        {
            ("0:127.0.0.1:1", "localhost", 0u), (":81:127.0.0.1:1", "", 81u), ("*:82:127.0.0.1:1", "", 82u),
            ("10.0.0.1:83:127.0.0.1:1", "10.0.0.1", 83u), ("[::]:84:127.0.0.1:1", "::", 84u),
        })
        {
            var starting = StartAsync(connection, spec);
            var request = new SshReader(server.Expect(MessageNumber.GlobalRequest));
            request.ReadByte();
            Assert.Equal("tcpip-forward", request.ReadUtf8String());
            Assert.True(request.ReadBoolean());
            Assert.Equal((host, port), (request.ReadUtf8String(), request.ReadUInt32()));
            request.ExpectEnd("the request");
            server.Say(MessageNumber.RequestSuccess, (ref SshWriter w) =>
            {
                if (port == 0) w.WriteUInt32(4000);
            });
            Assert.Equal(port == 0 ? 4000 : (int)port, (await starting).Port);
        }

        // In the same breath as the answer; the port alone will do where it says enough.
        Assert.True(IsConfirmed("localhost", 4000));
        Assert.True(IsConfirmed("127.0.0.1", 4000));
        Assert.True(IsConfirmed("", 81));
        Assert.False(IsConfirmed("", 85));
        Assert.False(IsConfirmed("localhost", 70000));

        bool IsConfirmed(string host, uint port)
        {
            server.Say(MessageNumber.ChannelOpen, (ref SshWriter w) =>
            {
                w.WriteString("forwarded-tcpip");
                w.WriteUInt32(3);
                w.WriteUInt32(1000);
                w.WriteUInt32(1000);
                w.WriteString(host);
                w.WriteUInt32(port);
                w.WriteString("10.0.0.2");
                w.WriteUInt32(999);
            });

            // Nobody listens at the target: who is served gets another reason than who is not.
            SpinWait.SpinUntil(() => server.Waiting != 0, TimeSpan.FromSeconds(30));
            var refusal = new SshReader(server.Expect(MessageNumber.ChannelOpenFailure));
            refusal.ReadBytes(5);
            return refusal.ReadUInt32() == (uint)OpenFailureReason.ConnectFailed;
        }
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 0, 1, 0, 0 })]
    [InlineData(new byte[] { 0, 0, 0, 0 })]
    public async Task A_server_that_names_no_port_has_refused(byte[] answer)
    {
        var connection = ScriptedConnection.Connect(out var server);
        var starting = StartAsync(connection, "0:127.0.0.1:1");
        server.Expect(MessageNumber.GlobalRequest);
        server.Say(MessageNumber.RequestSuccess, (ref SshWriter w) => w.WriteBytes(answer));
        Assert.Equal(SshError.ForwardFailed, (await Assert.ThrowsAsync<SshException>(() => starting)).Error);
    }

    [Fact]
    public async Task The_end_of_the_connection_ends_what_waits_for_the_server()
    {
        var connection = ScriptedConnection.Connect(out var server);
        var starting = StartAsync(connection, "1:127.0.0.1:1");
        using var cancelled = new CancellationTokenSource();
        var abandoned = RemoteForward.StartAsync(
            connection, ForwardSpec.ParseRemote("2:127.0.0.1:1"), new ForwardOptions(), cancelled.Token);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => abandoned);
        server.Expect(MessageNumber.GlobalRequest);
        server.Expect(MessageNumber.GlobalRequest);
        server.Say(MessageNumber.RequestSuccess, (ref SshWriter _) => { });
        server.Say(MessageNumber.RequestSuccess, (ref SshWriter _) => { });
        var forward = await starting;

        // The one that nobody wants any more is taken back.
        await Descriptors.UntilAsync(() => server.Waiting != 0, "the forward is cancelled");
        var cancel = new SshReader(server.Expect(MessageNumber.GlobalRequest));
        cancel.ReadByte();
        Assert.Equal("cancel-tcpip-forward", cancel.ReadUtf8String());
        cancel.ReadBoolean();
        Assert.Equal(("localhost", 2u), (cancel.ReadUtf8String(), cancel.ReadUInt32()));

        var closing = forward.DisposeAsync().AsTask();
        var last = StartAsync(connection, "3:127.0.0.1:1");
        connection.Close(new SshException(SshError.ConnectionLost, "gone"));
        await closing;
        Assert.Equal(SshError.ConnectionLost, (await Assert.ThrowsAsync<SshException>(() => last)).Error);
    }

    private static Task<RemoteForward> StartAsync(
        SshConnection connection, string text, ForwardOptions? options = null) =>
        RemoteForward.StartAsync(connection, ForwardSpec.ParseRemote(text), options ?? new ForwardOptions(), Stop);

    private static IPEndPoint Loopback(int? port) => new(IPAddress.Loopback, port!.Value);

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

    private static async Task<byte[]> ReceiveAsync(Socket socket, int count)
    {
        var buffer = new byte[count];
        await using var stream = new NetworkStream(socket);
        await stream.ReadExactlyAsync(buffer, Stop);
        return buffer;
    }

    private static async Task ExchangeAsync(EndPoint endPoint, int count)
    {
        using var client = await ConnectAsync(endPoint);
        await EchoAsync(client, Descriptors.RandomBytes(count, count), sent: 0);
    }

    /// <summary>Sends the rest of the data, ends that direction, and expects all of it back and then the end.</summary>
    private static async Task EchoAsync(Socket client, byte[] data, int sent)
    {
        await using var stream = new NetworkStream(client);
        var sending = Task.Run(
            async () =>
            {
                await stream.WriteAsync(data.AsMemory(sent), Stop);
                client.Shutdown(SocketShutdown.Send);
            },
            Stop);
        var back = new MemoryStream();
        await stream.CopyToAsync(back, Stop);
        await sending;
        Assert.Equal(data, back.ToArray());
    }
}
