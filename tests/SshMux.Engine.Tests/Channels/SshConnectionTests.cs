using SshMux.Engine.Channels;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Channels;

/// <summary>What is no one channel's.</summary>
public class SshConnectionTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly RecordingHandler _handler = new();
    private readonly SshConnection _connection;
    private readonly ScriptedConnection _server;

    public SshConnectionTests() => _connection = ScriptedConnection.Connect(out _server);

    [Theory]
    [InlineData(MessageNumber.ChannelData)]
    [InlineData(MessageNumber.ChannelEof)]
    [InlineData(MessageNumber.ChannelClose)]
    [InlineData(MessageNumber.ChannelSuccess)]
    [InlineData(MessageNumber.ChannelOpenConfirmation)]
    [InlineData(MessageNumber.ChannelRequest)]
    public async Task A_message_for_a_channel_that_does_not_exist_ends_the_connection(byte number)
    {
        _server.Say(number, 99);
        Assert.Equal(SshError.ProtocolError, (await _connection.Ended).Error);
    }

    [Fact]
    public async Task The_end_of_the_connection_reaches_channels_waiters_and_later_callers_with_its_reason()
    {
        var channel = await OpenAsync();
        var request = channel.RequestShellAsync();
        var opening = _connection.OpenSessionAsync(new RecordingHandler(), None);
        var alive = _connection.CheckAliveAsync(None);
        _server.Close(new SshException(SshError.ConnectionLost, "the network is down"));

        Assert.Equal(["opened", "closed ConnectionLost"], _handler.Events);
        foreach (var waiter in new Task[] { request, opening, alive, _connection.OpenSessionAsync(_handler, None) })
        {
            var error = await Assert.ThrowsAsync<SshException>(() => waiter);
            Assert.Equal((SshError.ConnectionLost, "the network is down"), (error.Error, error.Message));
        }
    }

    [Fact]
    public async Task A_handler_that_throws_at_the_end_keeps_it_from_nobody_else()
    {
        foreach (var handler in new IChannelHandler[] { new ThrowingHandler(), _handler, new ThrowingHandler() })
        {
            var opening = _connection.OpenSessionAsync(handler, None);
            _server.Confirm();
            await opening;
        }

        var waiting = _connection.OpenSessionAsync(new RecordingHandler(), None);
        _server.Close(new SshException(SshError.ConnectionLost, "the network is down"));
        Assert.Equal(["opened", "closed ConnectionLost"], _handler.Events);
        Assert.Equal(
            SshError.ConnectionLost, (await Assert.ThrowsAsync<SshException>(() => waiting)).Error);
    }

    [Fact]
    public async Task Who_throws_when_a_channel_has_gone_ends_no_connection()
    {
        var removed = 0;
        _connection.ChannelRemoved += () => throw new InvalidOperationException("not mine");
        _connection.ChannelRemoved += () => removed++;
        var channel = await OpenAsync();
        _server.Say(MessageNumber.ChannelClose, channel.LocalId);
        Assert.Equal(1, removed);
        Assert.Equal(["opened", "closed"], _handler.Events);
        Assert.False(_connection.Ended.IsCompleted);
    }

    [Fact]
    public async Task Global_requests_of_the_server_are_refused_politely_and_ours_are_answered_in_order()
    {
        _server.Say(MessageNumber.GlobalRequest, (ref SshWriter w) =>
        {
            w.WriteString("hostkeys-00@openssh.com");
            w.WriteBoolean(false);
        });
        _server.Say(MessageNumber.GlobalRequest, (ref SshWriter w) =>
        {
            w.WriteString("keepalive@openssh.com");
            w.WriteBoolean(true);
        });
        _server.Expect(MessageNumber.RequestFailure);
        Assert.Equal(0, _server.Waiting);

        var alive = _connection.CheckAliveAsync(None);
        _server.Expect(MessageNumber.GlobalRequest);
        Assert.False(alive.IsCompleted);
        _server.Say(MessageNumber.RequestFailure, (ref SshWriter _) => { });
        await alive;
    }

    [Fact]
    public async Task A_channel_that_the_server_opens_unasked_is_refused()
    {
        _server.Say(MessageNumber.ChannelOpen, (ref SshWriter w) =>
        {
            w.WriteString("x11");
            w.WriteUInt32(5);
            w.WriteUInt32(1000);
            w.WriteUInt32(1000);
        });
        var refusal = new SshReader(_server.Expect(MessageNumber.ChannelOpenFailure));
        refusal.ReadByte();
        Assert.Equal((5u, 1u), (refusal.ReadUInt32(), refusal.ReadUInt32()));
        Assert.False(_connection.Ended.IsCompleted);
    }

    [Fact]
    public async Task A_thousand_channels_use_their_slots_again()
    {
        for (var round = 0; round < 3; round++)
        {
            var opens = Enumerable.Range(0, 1000)
                .Select(_ => _connection.OpenSessionAsync(new RecordingHandler(), None)).ToArray();
            for (var i = 0; i < opens.Length; i++) _server.Confirm();
            var channels = await Task.WhenAll(opens);
            Assert.Equal(1000, _connection.ChannelCount);
            Assert.Equal(999u, channels.Max(channel => channel.LocalId));
            foreach (var channel in channels) _server.Say(MessageNumber.ChannelClose, channel.LocalId);
            for (var i = 0; i < opens.Length; i++) _server.Expect(MessageNumber.ChannelClose);
            Assert.Equal(0, _connection.ChannelCount);
        }
    }

    private Task<Channel> OpenAsync() => _server.OpenSessionAsync(_connection, _handler);

    private sealed class ThrowingHandler : IChannelHandler
    {
        public void OnOpened(Channel channel)
        {
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

        public void OnClosed(SshException? reason) => throw new InvalidOperationException("not mine");
    }
}
