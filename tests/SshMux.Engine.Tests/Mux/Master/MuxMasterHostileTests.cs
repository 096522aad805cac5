using System.Net.Sockets;
using SshMux.Engine.Channels;
using SshMux.Engine.Mux.Master;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Mux.Master;

/// <summary>
/// Clients that break the protocol, stall or vanish: each harms only itself. Every test ends with a good client that is
/// served as if nothing had happened, and with channel and descriptor counts as they were.
/// </summary>
public sealed class MuxMasterHostileTests : IAsyncLifetime
{
    private readonly TestFolder _folder = new();
    private readonly RawClient.WatchedPipe _pipe = new();
    private SshConnection _connection = null!;
    private MuxMaster _master = null!;
    private RawClient _good = null!;

    private string Path => _folder.File("s");

    public async ValueTask InitializeAsync()
    {
        _connection = EchoServer.Connect();
        _master = await MuxMaster.StartAsync(
            _connection,
            new MuxMasterOptions { ControlPath = Path, StallLimit = TimeSpan.FromMilliseconds(300) });

        // It has a session of its own all the while.
        _good = await RawClient.GreetAsync(Path);
        await _good.OpenSessionAsync(_pipe.Read, _pipe.Write, _pipe.Write);
    }

    public async ValueTask DisposeAsync()
    {
        await _good.Messages.SendAsync(new MuxAliveCheck(99));
        Assert.Equal(new MuxAlive(99, (uint)Environment.ProcessId), await _good.ReceiveAsync());
        await Eventually.TrueAsync(() => _connection.ChannelCount == 1, "only the good client's channel is open");
        await Eventually.TrueAsync(() => _master.SessionCount == 1, "only the good client's session is counted");
        _good.Dispose();
        await Eventually.TrueAsync(() => _connection.ChannelCount == 0, "no channel is open");
        await Eventually.TrueAsync(() => _pipe.Count == 2, "no passed descriptor is open");
        await _master.DisposeAsync();
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
        _pipe.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("00")]
    [InlineData("0000")]
    [InlineData("00000008")]
    [InlineData("00000008 00000001 0000")]
    public async Task Half_a_hello_times_out(string hex)
    {
        using var client = await RawClient.ConnectAsync(Path);
        await client.SendBytesAsync(FromHex(hex));
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task Half_a_request_times_out_but_an_idle_client_does_not()
    {
        using var idle = await RawClient.GreetAsync(Path);
        using var client = await RawClient.GreetAsync(Path);
        await client.SendBytesAsync(FromHex("00000008 10000004"));
        await client.ExpectEndAsync();
        await idle.Messages.SendAsync(new MuxAliveCheck(1));
        Assert.IsType<MuxAlive>(await idle.ReceiveAsync());
    }

    [Theory]
    [InlineData("00000008 10000004 00000001")] // an alive check before hello
    [InlineData("00000008 00000001 00000003")] // version 3
    [InlineData("00000004 00000001")] // a hello without a version
    [InlineData("0000000c 00000001 00000004 000000ff")] // a hello with a broken extension
    [InlineData("00000000")]
    [InlineData("00040001 00000001")] // too long by a byte
    [InlineData("ffffffff")]
    public async Task A_wrong_start_is_dropped_without_a_word(string hex)
    {
        using var client = await RawClient.ConnectAsync(Path);
        await client.SendBytesAsync(FromHex(hex));
        await client.ExpectEndAsync();
    }

    [Theory]
    [InlineData("00000008 00000001 00000004")] // a second hello
    [InlineData("00000004 10000004")] // no request id
    [InlineData("0000000c 10000002 00000001 00000000")] // half a session request in a whole packet
    [InlineData("00000014 10000006 00000001 00000001 000000ff 00000000")] // a forward with a broken string
    [InlineData("0004b000 10000002")] // 300 KiB
    public async Task A_broken_request_is_dropped_without_a_word(string hex)
    {
        using var client = await RawClient.GreetAsync(Path);
        await client.SendBytesAsync(FromHex(hex));
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task A_NUL_in_the_command_is_dropped()
    {
        using var client = await RawClient.GreetAsync(Path);
        var packet = MuxCodec.Encode(RawClient.Session(1, "aXb"));
        packet[Array.LastIndexOf(packet, (byte)'X')] = 0;
        await client.SendBytesAsync(packet);
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task A_second_hello_ends_the_session_too()
    {
        using var client = await RawClient.GreetAsync(Path);
        await client.OpenSessionAsync(_pipe.Read, _pipe.Write, _pipe.Write);
        await client.Messages.SendAsync(new MuxHello(4, []));
        await client.ExpectEndAsync();
    }

    [Theory]
    [InlineData("00000004 20000001")] // no request id
    [InlineData("00000008 20000001 00000001")] // no name
    [InlineData("0000000c 20000001 00000001 000000ff")] // a name beyond the packet
    [InlineData("0000000e 20000001 00000001 00000002 6100")] // a NUL in the name
    public async Task A_malformed_request_for_information_ends_its_sender_only(string hex)
    {
        using var client = await RawClient.GreetAsync(Path);
        await client.SendBytesAsync(FromHex(hex));
        await client.ExpectEndAsync();
    }

    [Theory]
    [InlineData(0xdeadbeefu)]
    [InlineData(0x10000001u)]
    public async Task An_unknown_request_is_refused_and_the_connection_stays_usable(uint type)
    {
        using var client = await RawClient.GreetAsync(Path);
        await client.Messages.SendAsync(new MuxUnknownRequest(5, type));
        Assert.Equal(new MuxFailure(5, "unsupported request"), await client.ReceiveAsync());
        await client.Messages.SendAsync(new MuxOk(7));
        Assert.Equal(new MuxFailure(7, "unsupported request"), await client.ReceiveAsync());
        await client.Messages.SendAsync(new MuxAliveCheck(8));
        Assert.IsType<MuxAlive>(await client.ReceiveAsync());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Missing_descriptors_time_out(int count)
    {
        using var client = await RawClient.GreetAsync(Path);
        await client.Messages.SendAsync(
            RawClient.Session(1), Enumerable.Repeat(_pipe.Write, count).ToArray());
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task Three_descriptors_in_one_message_are_closed_and_the_client_dropped()
    {
        using var client = await RawClient.GreetAsync(Path);
        await client.Messages.SendAsync(RawClient.Session(1));
        ManyDescriptors.Send(client.Socket, _pipe.Write, _pipe.Write, _pipe.Write);
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task Descriptors_that_nobody_asked_for_are_closed()
    {
        using var client = await RawClient.GreetAsync(Path);
        Assert.True(DescriptorPassing.TrySend(client.Socket, _pipe.Write));
        await client.SendBytesAsync(new byte[3]);
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task Bytes_in_place_of_descriptors_are_an_error()
    {
        using var client = await RawClient.GreetAsync(Path);
        await client.Messages.SendAsync(RawClient.Session(1));
        await client.Messages.SendAsync(new MuxAliveCheck(2));
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task A_second_session_is_refused_and_the_first_goes_on()
    {
        using var client = await RawClient.GreetAsync(Path);
        using var second = new RawClient.WatchedPipe();
        await client.OpenSessionAsync(_pipe.Read, _pipe.Write, _pipe.Write);
        await client.Messages.SendAsync(RawClient.Session(2), second.Read, second.Write, second.Write);
        Assert.Equal(new MuxFailure(2, "Multiple sessions not supported"), await client.ReceiveAsync());
        await client.Messages.SendAsync(new MuxNewStdioForward(3, "x", 1), second.Read, second.Write);
        Assert.Equal(new MuxFailure(3, "Multiple sessions not supported"), await client.ReceiveAsync());
        Assert.Equal(2, second.Count);
        Assert.Equal(2, _connection.ChannelCount);
        await client.Messages.SendAsync(new MuxAliveCheck(4));
        Assert.IsType<MuxAlive>(await client.ReceiveAsync());
    }

    [Fact]
    public async Task A_client_may_vanish_at_any_byte()
    {
        var forward = new MuxForward(MuxForwardType.Local, _folder.File("f"), MuxProtocol.StreamLocalPort, "x", 1);
        foreach (var request in (MuxMessage[])[
            RawClient.Session(2, "true"),
            new MuxNewStdioForward(2, "x", 1),
            new MuxOpenForward(2, forward),
            new MuxCloseForward(2, forward),
        ])
        {
            var packets = new List<byte>();
            packets.AddRange(MuxCodec.Encode(new MuxHello(4, [])));
            packets.AddRange(MuxCodec.Encode(new MuxAliveCheck(1)));
            packets.AddRange(MuxCodec.Encode(request));
            for (var length = 0; length <= packets.Count; length++)
            {
                using var client = new RawSocket(await ControlSocket.ConnectAsync(Path, default));
                if (length > 0) await client.Socket.SendAsync(packets.GetRange(0, length).ToArray());
            }
        }
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, false)]
    [InlineData(3, true)]
    public async Task A_client_may_vanish_with_its_descriptors_under_way(int count, bool opened)
    {
        for (var round = 0; round < 20; round++)
        {
            using var client = await RawClient.GreetAsync(Path);
            await client.Messages.SendAsync(
                RawClient.Session(1), Enumerable.Repeat(_pipe.Write, count).ToArray());
            if (opened) Assert.IsType<MuxSessionOpened>(await client.ReceiveAsync());
        }
    }

    [Fact]
    public async Task A_client_that_never_reads_its_replies_stops_nobody_else()
    {
        using var client = await RawClient.GreetAsync(Path);
        var request = MuxCodec.Encode(new MuxAliveCheck(1));
        var flood = Enumerable.Repeat(request, 2000).SelectMany(packet => packet).ToArray();
        using var patience = new CancellationTokenSource(500);
        try
        {
            while (true) await client.Socket.SendAsync(flood, patience.Token);
        }
        catch (OperationCanceledException)
        {
            // The master takes no more requests from a client that takes no replies.
        }

        await _good.Messages.SendAsync(new MuxAliveCheck(2));
        Assert.IsType<MuxAlive>(await _good.ReceiveAsync());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_clients_own_end_is_no_descriptor_of_its_session(int place)
    {
        using var client = await RawClient.GreetAsync(Path);
        using var own = DescriptorHandle.Duplicate(client.Socket.SafeHandle);
        DescriptorHandle[] passed = [_pipe.Read, _pipe.Write, _pipe.Write];
        passed[place] = own;
        await client.Messages.SendAsync(RawClient.Session(1), passed);
        Assert.Contains("control connection", Assert.IsType<MuxFailure>(await client.ReceiveAsync()).Reason);
        await client.Messages.SendAsync(new MuxNewStdioForward(2, "x", 1), own, own);
        Assert.Contains("control connection", Assert.IsType<MuxFailure>(await client.ReceiveAsync()).Reason);
    }

    [Fact]
    public async Task Clients_that_pass_each_others_ends_do_not_keep_each_other()
    {
        using var first = await RawClient.GreetAsync(Path);
        using var second = await RawClient.GreetAsync(Path);
        foreach (var (client, other) in ((RawClient, RawClient)[])[(first, second), (second, first)])
        {
            using var end = DescriptorHandle.Duplicate(other.Socket.SafeHandle);
            await client.Messages.SendAsync(RawClient.Session(1), end, _pipe.Write, _pipe.Write);
            Assert.IsType<MuxFailure>(await client.ReceiveAsync());
        }
    }

    [Fact]
    public async Task A_unix_socket_that_leads_elsewhere_is_a_good_descriptor()
    {
        var path = _folder.File("other");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(listener.LocalEndPoint!, TestContext.Current.CancellationToken);
        File.Delete(path);
        using var end = DescriptorHandle.Duplicate(socket.SafeHandle);
        using var client = await RawClient.GreetAsync(Path);
        await client.OpenSessionAsync(end, end, end);
    }

    private static byte[] FromHex(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    private sealed record RawSocket(Socket Socket) : IDisposable
    {
        public void Dispose() => Socket.Dispose();
    }
}
