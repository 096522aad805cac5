using System.Net;
using System.Net.Sockets;
using System.Text;
using SshMux.Engine.Channels;
using SshMux.Engine.Platform.Sockets;
using SshMux.Engine.Streams;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Streams;

public sealed class StreamChannelTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly SshConnection _connection;
    private readonly ScriptedConnection _server;
    private Socket _peer = null!;
    private StreamChannel _ends = null!;

    public StreamChannelTests() => _connection = ScriptedConnection.Connect(out _server);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(listener.LocalEndPoint!, Stop);
        _peer = await listener.AcceptAsync(Stop);
        var stream = new PortableSockets().Open(socket);
        _ends = new StreamChannel(stream, stream.ShutDownSending);
    }

    public async ValueTask DisposeAsync()
    {
        _peer.Dispose();
        _ends.Abort();
        await _connection.DisposeAsync();
    }

    [Fact]
    public async Task What_comes_goes_on_behind_the_preface_and_both_ends_close_it()
    {
        _ends.Preface = "first "u8.ToArray();
        await OpenAsync();
        _server.SayData(0, "then"u8.ToArray());
        Assert.Equal("first then", await ReceiveAsync(10));
        _peer.Send("back"u8);
        Assert.EndsWith("back", await ExpectDataAsync(), StringComparison.Ordinal);

        _server.Say(MessageNumber.ChannelEof, 0);
        Assert.Equal(0, await _peer.ReceiveAsync(new byte[1], Stop));
        Assert.False(_ends.Completion.IsCompleted);
        _peer.Shutdown(SocketShutdown.Send);
        await ExpectAsync(MessageNumber.ChannelEof);
        await ExpectAsync(MessageNumber.ChannelClose);
        _server.Say(MessageNumber.ChannelClose, 0);
        Assert.Null((await _ends.Completion.WaitAsync(Patience, Stop)).Reason);
    }

    [Fact]
    public async Task What_arrived_before_the_connection_was_lost_is_still_carried_on()
    {
        await OpenAsync();
        _server.SayData(0, "last words"u8.ToArray());
        _server.Close(new SshException(SshError.ConnectionLost, "gone"));
        Assert.Equal("last words", await ReceiveAsync(10));
        Assert.Equal(0, await _peer.ReceiveAsync(new byte[1], Stop));
        Assert.Equal("gone", (await _ends.Completion.WaitAsync(Patience, Stop)).Reason?.Message);
    }

    [Fact]
    public async Task What_nobody_reads_any_more_is_dropped_and_the_channel_goes_on_to_its_end()
    {
        await OpenAsync();
        _peer.LingerState = new LingerOption(true, 0);
        _peer.Close();
        await ExpectAsync(MessageNumber.ChannelEof);
        for (var i = 0; i < 40; i++) _server.SayData(0, new byte[30_000]);
        await ExpectAsync(MessageNumber.ChannelWindowAdjust);
        _server.Say(MessageNumber.ChannelEof, 0);
        await ExpectAsync(MessageNumber.ChannelClose);
        _server.Say(MessageNumber.ChannelClose, 0);
        Assert.Null((await _ends.Completion.WaitAsync(Patience, Stop)).Reason);
    }

    [Fact]
    public async Task A_peer_that_reads_no_more_ends_the_reading_of_the_stream()
    {
        await OpenAsync();
        IChannelHandler handler = _ends;
        handler.OnPeerStoppedReading();
        await ExpectAsync(MessageNumber.ChannelEof);
        _server.SayData(0, "still"u8.ToArray());
        Assert.Equal("still", await ReceiveAsync(5));
    }

    [Fact]
    public async Task An_abort_ends_all_at_once()
    {
        await OpenAsync();
        _ends.Abort();
        Assert.Equal(SshError.Stopped, (await _ends.Completion).Reason?.Error);
        await ExpectAsync(MessageNumber.ChannelClose);
        Assert.Equal(0, await _peer.ReceiveAsync(new byte[1], Stop));
    }

    [Fact]
    public async Task A_channel_that_opens_after_an_abort_is_closed()
    {
        var opening = _connection.OpenDirectTcpipAsync("host", 1, "me", 2, _ends, Stop);
        _ends.Abort();
        _server.Confirm();
        await opening;
        await ExpectAsync(MessageNumber.ChannelClose);
    }

    private async Task OpenAsync()
    {
        var opening = _connection.OpenDirectTcpipAsync("host", 1, "me", 2, _ends, Stop);
        _server.Confirm();
        await opening;
    }

    private async Task<string> ReceiveAsync(int count)
    {
        var buffer = new byte[count];
        for (var got = 0; got < count;)
        {
            var one = await _peer.ReceiveAsync(buffer.AsMemory(got), Stop);
            Assert.NotEqual(0, one);
            got += one;
        }

        return Encoding.ASCII.GetString(buffer);
    }

    private async Task<string> ExpectDataAsync() => Encoding.ASCII.GetString(await ExpectAsync(MessageNumber.ChannelData));

    /// <summary>The channel's messages come from the thread pool.</summary>
    private async Task<byte[]> ExpectAsync(byte number)
    {
        await Eventually.TrueAsync(() => _server.Waiting > 0, $"message {number}");
        return _server.Expect(number);
    }
}
