using SshMux.Engine.Channels;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Channels;

public class ChannelTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly RecordingHandler _handler = new();
    private readonly SshConnection _connection;
    private readonly ScriptedConnection _server;

    public ChannelTests() => _connection = ScriptedConnection.Connect(out _server);

    [Fact]
    public async Task A_session_lives_from_open_to_close()
    {
        var channel = await OpenAsync();
        var start = channel.StartProgramAsync(new SessionRequest { Command = "true" });
        _server.Expect(MessageNumber.ChannelRequest);
        _server.Say(MessageNumber.ChannelSuccess, 0);
        Assert.True(await start);

        _server.SayData(0, new byte[5]);
        _server.SayExitStatus(0, 3);
        _server.Say(MessageNumber.ChannelEof, 0);
        _server.Say(MessageNumber.ChannelClose, 0);

        Assert.Equal(["opened", "data 5", "exit 3", "eof", "closed"], _handler.Events);
        Assert.Equal(3u, channel.Exit?.Status);
        _server.Expect(MessageNumber.ChannelClose);
        Assert.Equal((0, 0), (_server.Waiting, _connection.ChannelCount));
    }

    [Theory]
    [InlineData(null, false, "the server refused to start a shell")]
    [InlineData("true", false, "the server refused to run the command")]
    [InlineData("sftp", true, "the server refused the subsystem 'sftp'; see Subsystem in its sshd_config")]
    public async Task A_program_that_the_server_does_not_start_is_named(string? command, bool subsystem, string error)
    {
        var channel = await OpenAsync();
        var start = channel.StartProgramAsync(new SessionRequest { Command = command, Subsystem = subsystem });
        _server.Expect(MessageNumber.ChannelRequest);
        _server.Say(MessageNumber.ChannelFailure, 0);
        var refused = await Assert.ThrowsAsync<SshException>(() => start);
        Assert.Equal((SshError.RequestRefused, error), (refused.Error, refused.Message));
    }

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
    public async Task Data_after_eof_ends_the_connection()
    {
        await OpenAsync();
        _server.Say(MessageNumber.ChannelEof, 0);
        _server.SayData(0, new byte[1]);
        Assert.Equal(SshError.ProtocolError, (await _connection.Ended).Error);
    }

    [Fact]
    public async Task An_answer_that_nobody_asked_for_ends_the_connection()
    {
        await OpenAsync();
        _server.Say(MessageNumber.ChannelSuccess, 0);
        Assert.Equal(SshError.ProtocolError, (await _connection.Ended).Error);
    }

    [Fact]
    public async Task After_our_close_nothing_is_sent_and_what_arrives_is_dropped()
    {
        var channel = await OpenAsync();
        channel.Close();
        channel.Close();
        channel.SendEof();
        Assert.Equal(0, channel.TrySend(new byte[5]));
        _server.SayData(0, new byte[5]);
        _server.Say(MessageNumber.ChannelClose, 0);

        _server.Expect(MessageNumber.ChannelClose);
        Assert.Equal(0, _server.Waiting);
        Assert.Equal(["opened", "closed"], _handler.Events);
        Assert.Equal(0, _connection.ChannelCount);
    }

    [Fact]
    public async Task A_refused_channel_says_what_the_server_said_and_frees_its_slot()
    {
        var open = _connection.OpenDirectTcpipAsync("db", 5432, "127.0.0.1", 0, _handler, None);
        _server.Expect(MessageNumber.ChannelOpen);
        _server.SayRefused(0, OpenFailureReason.ConnectFailed, "Connection refused");
        var error = await Assert.ThrowsAsync<SshException>(() => open);
        Assert.Equal(SshError.ChannelOpenRefused, error.Error);
        Assert.Equal(
            "the server refused to open a connection to db port 5432 (connect failed: Connection refused)",
            error.Message);
        Assert.Empty(_handler.Events);
        Assert.Equal(0, _connection.ChannelCount);
    }

    [Fact]
    public async Task A_cancelled_open_is_closed_when_the_server_confirms_it_after_all()
    {
        using var cancel = new CancellationTokenSource();
        var open = _connection.OpenSessionAsync(_handler, cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => open);
        _server.Confirm();
        _server.Expect(MessageNumber.ChannelClose);
        _server.Say(MessageNumber.ChannelClose, 0);
        Assert.Equal(["opened", "closed"], _handler.Events);
        Assert.Equal(0, _connection.ChannelCount);
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

    private async Task<Channel> OpenAsync(uint window = 1 << 20, uint maxPacket = 32768)
    {
        var open = _connection.OpenSessionAsync(_handler, None);
        _server.Confirm(window, maxPacket);
        return await open;
    }

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
