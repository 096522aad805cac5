using SshMux.Engine.Channels;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Forwarding;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Forwarding;

/// <summary>SOCKS clients at the server's end, whose channels do what channels may do.</summary>
public sealed class SocksClientChannelTests : IDisposable
{
    private readonly TcpTestServer _target = new();
    private readonly SshConnection _connection;
    private readonly ScriptedConnection _server;
    private RemoteForward? _forward;

    public SocksClientChannelTests() => _connection = ScriptedConnection.Connect(out _server);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private byte[] Request => [5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, (byte)(_target.Port >> 8), (byte)_target.Port];

    public void Dispose() => _target.Dispose();

    [Fact]
    public async Task Replies_wait_for_the_window_and_come_before_the_data()
    {
        var channel = await OpenAsync(window: 0);
        _server.SayData(channel, [.. Request, .. "ping"u8]);
        await Descriptors.UntilAsync(() => _target.Count == 1, "the target is connected to");
        byte[] expected = [5, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0, .. "ping"u8];
        var received = new List<byte>();
        while (received.Count < expected.Length)
        {
            var window = received.Count < 6 ? 1u : 100u;
            _server.Say(MessageNumber.ChannelWindowAdjust, (ref SshWriter w) =>
            {
                w.WriteUInt32(channel);
                w.WriteUInt32(window);
            });
            await Descriptors.UntilAsync(() => _server.Waiting != 0, "data is sent");
            while (_server.Waiting != 0)
            {
                var data = new SshReader(_server.Expect(MessageNumber.ChannelData));
                data.ReadBytes(5);
                received.AddRange(data.ReadString());
            }
        }

        Assert.Equal(expected, received);
    }

    [Fact]
    public async Task An_end_of_data_before_the_connection_reaches_the_target()
    {
        var channel = await OpenAsync();
        _server.SayData(channel, [.. Request, .. "x"u8]);
        _server.Say(MessageNumber.ChannelEof, channel);
        Assert.Equal([5, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0, (byte)'x'], await ReceiveToCloseAsync());
    }

    [Fact]
    public async Task An_end_within_the_handshake_closes_the_channel()
    {
        var channel = await OpenAsync();
        _server.SayData(channel, Request[..7]);
        _server.Say(MessageNumber.ChannelEof, channel);
        Assert.Equal([5, 0], await ReceiveToCloseAsync());
        _server.Say(MessageNumber.ChannelClose, channel);
        await Descriptors.UntilAsync(() => _connection.ChannelCount == 0, "the channel is gone");
        Assert.Equal(0, _target.Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(13)]
    public async Task A_close_at_any_time_leaves_nothing(int bytes)
    {
        for (var round = 0; round < 20; round++)
        {
            var channel = await OpenAsync();
            _server.SayData(channel, Request[..bytes]);
            _server.Say(MessageNumber.ChannelClose, channel);
            await Descriptors.UntilAsync(() => _connection.ChannelCount == 0, "the channel is gone");
            await Descriptors.UntilAsync(() => _forward!.ConnectionCount == 0, "the connection is over");
            while (_server.Waiting != 0) _server.Take();
        }
    }

    [Fact]
    public async Task The_end_of_the_connection_ends_it()
    {
        var channel = await OpenAsync();
        _server.SayData(channel, Request[..5]);
        _connection.Close(new SshException(SshError.ConnectionLost, "gone"));
        await Descriptors.UntilAsync(() => _forward!.ConnectionCount == 0, "the connection is over");
    }

    private async Task<uint> OpenAsync(uint window = 1000)
    {
        if (_forward is null)
        {
            var starting = RemoteForward.StartAsync(
                _connection, ForwardSpec.ParseRemote("1080"), new ForwardOptions(), Stop);
            _server.Expect(MessageNumber.GlobalRequest);
            _server.Say(MessageNumber.RequestSuccess, (ref SshWriter _) => { });
            _forward = await starting;
        }

        _server.Say(MessageNumber.ChannelOpen, (ref SshWriter w) =>
        {
            w.WriteString("forwarded-tcpip");
            w.WriteUInt32(7);
            w.WriteUInt32(window);
            w.WriteUInt32(1000);
            w.WriteString("localhost");
            w.WriteUInt32(1080);
            w.WriteString("127.0.0.1");
            w.WriteUInt32(999);
        });
        await Descriptors.UntilAsync(() => _server.Waiting != 0, "the channel is confirmed");
        var confirmation = new SshReader(_server.Expect(MessageNumber.ChannelOpenConfirmation));
        confirmation.ReadBytes(5);
        return confirmation.ReadUInt32();
    }

    /// <summary>All data that is sent until the channel is closed on our side.</summary>
    private async Task<byte[]> ReceiveToCloseAsync()
    {
        var received = new List<byte>();
        while (true)
        {
            await Descriptors.UntilAsync(() => _server.Waiting != 0, "something is sent");
            var message = _server.Take();
            if (message[0] == MessageNumber.ChannelClose) return [.. received];
            if (message[0] != MessageNumber.ChannelData) continue;
            var data = new SshReader(message);
            data.ReadBytes(5);
            received.AddRange(data.ReadString());
        }
    }
}
