using SshMux.Engine.Channels;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Channels;

/// <summary>How much may be sent, both ways.</summary>
public class ChannelWindowTests
{
    private readonly RecordingHandler _handler = new();
    private readonly SshConnection _connection;
    private readonly ScriptedConnection _server;

    public ChannelWindowTests() => _connection = ScriptedConnection.Connect(out _server);

    [Fact]
    public async Task Sending_stops_at_the_peers_window_and_goes_on_when_it_opens()
    {
        var channel = await OpenAsync(window: 100, maxPacket: 60);
        Assert.Equal(100, channel.TrySend(new byte[150]));
        Assert.Equal(9 + 60, _server.Expect(MessageNumber.ChannelData).Length);
        Assert.Equal(9 + 40, _server.Expect(MessageNumber.ChannelData).Length);
        Assert.Equal(0, channel.SendAllowance);

        _server.Say(MessageNumber.ChannelWindowAdjust, (ref SshWriter w) =>
        {
            w.WriteUInt32(0);
            w.WriteUInt32(30);
        });
        Assert.Equal(["opened", "writable"], _handler.Events);
        Assert.Equal(30, channel.TrySend(new byte[50]));
    }

    [Fact]
    public async Task Sending_stops_while_the_transport_is_congested()
    {
        var channel = await OpenAsync();
        _server.IsCongested = true;
        Assert.Equal(0, channel.TrySend(new byte[10_000]));
        _server.IsCongested = false;
        _server.OnWritable();
        Assert.Equal(["opened", "writable"], _handler.Events);
        Assert.Equal(10_000, channel.TrySend(new byte[10_000]));
    }

    [Fact]
    public async Task Small_writes_do_not_wait_for_the_data_of_others()
    {
        var channel = await OpenAsync();
        _server.IsCongested = true;
        for (var i = 0; i < 10; i++) Assert.Equal(10, channel.TrySend(new byte[10]));
    }

    [Fact]
    public async Task Who_has_more_than_small_writes_waits_like_others_until_there_is_room()
    {
        var channel = await OpenAsync();
        _server.IsCongested = true;
        var allowed = channel.SendAllowance;
        Assert.InRange(allowed, 1, 4096);
        Assert.Equal(allowed, channel.TrySend(new byte[allowed]));
        Assert.Equal(0, channel.SendAllowance);
        Assert.Equal(0, channel.TrySend(new byte[10]));
        _server.OnWritable();
        Assert.Equal(10, channel.TrySend(new byte[10]));
    }

    [Fact]
    public async Task The_window_grows_on_a_long_path_and_no_further_than_it_may()
    {
        // No reader is so slow that it would take less than two windows in an hour.
        _server.RoundTrip = TimeSpan.FromHours(1);
        var channel = await OpenAsync();

        // Up to an eighth is not given back yet.
        Assert.InRange(RunThrough(channel, 64 * 1024 * 1024), ReceiveWindow.MaxSize / 8 * 7, ReceiveWindow.MaxSize);
    }

    [Fact]
    public async Task The_window_stays_as_it_is_on_a_short_path()
    {
        _server.RoundTrip = TimeSpan.FromTicks(1);
        var channel = await OpenAsync();
        Assert.Equal(ReceiveWindow.InitialSize, RunThrough(channel, 64 * 1024 * 1024));
    }

    [Fact]
    public async Task The_window_is_given_back_as_data_is_consumed()
    {
        var channel = await OpenAsync();
        var given = 0;
        for (var i = 0; i < 1000; i++) // more than 30 MB through a window of 2 MiB
        {
            _server.SayData(0, new byte[32 * 1024]);
            channel.Consumed(32 * 1024);
            while (_server.Waiting != 0)
            {
                var adjust = new SshReader(_server.Expect(MessageNumber.ChannelWindowAdjust));
                adjust.ReadByte();
                Assert.Equal(7u, adjust.ReadUInt32());
                given += (int)adjust.ReadUInt32();
            }
        }

        Assert.InRange(given, 31 * 1024 * 1024, 1000 * 32 * 1024);
        Assert.False(_connection.Ended.IsCompleted);
    }

    [Fact]
    public async Task A_server_that_overruns_the_window_ends_its_connection()
    {
        await OpenAsync();
        for (var i = 0; i <= ReceiveWindow.InitialSize / 32768; i++) _server.SayData(0, new byte[32768]);
        Assert.Equal(SshError.ProtocolError, (await _connection.Ended).Error);
        Assert.Equal("closed ProtocolError", _handler.Events[^1]);
    }

    private Task<Channel> OpenAsync(uint window = 1 << 20, uint maxPacket = 32768) =>
        _server.OpenSessionAsync(_connection, _handler, window, maxPacket);

    /// <summary>Has so much data come and go; gives what the server may send at the end.</summary>
    private int RunThrough(Channel channel, int bytes)
    {
        const int message = 32 * 1024;
        var allowed = ReceiveWindow.InitialSize;
        for (var i = 0; i < bytes / message; i++)
        {
            _server.SayData(0, new byte[message]);
            allowed -= message;
            channel.Consumed(message);
            while (_server.Waiting != 0)
            {
                var adjust = new SshReader(_server.Expect(MessageNumber.ChannelWindowAdjust));
                adjust.ReadByte();
                adjust.ReadUInt32();
                allowed += (int)adjust.ReadUInt32();
            }
        }

        return allowed;
    }
}
