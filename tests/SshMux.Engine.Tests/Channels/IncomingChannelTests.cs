using SshMux.Engine.Channels;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Channels;

public class IncomingChannelTests
{
    private readonly RecordingHandler _handler = new();
    private readonly SshConnection _connection;
    private readonly ScriptedConnection _server;

    public IncomingChannelTests() => _connection = ScriptedConnection.Connect(out _server);

    [Fact]
    public void An_accepted_channel_is_confirmed_and_lives_like_any_other()
    {
        IncomingChannel? incoming = null;
        _connection.AcceptChannels("forwarded-tcpip", channel => incoming = channel);
        Open("forwarded-tcpip", "fields"u8);
        Assert.Equal((0, 0), (_server.Waiting, _connection.ChannelCount));
        Assert.Equal("fields"u8.ToArray(), incoming!.Fields.ToArray());

        var channel = incoming.Accept(_handler);
        var confirmation = new SshReader(_server.Expect(MessageNumber.ChannelOpenConfirmation));
        confirmation.ReadByte();
        Assert.Equal((5u, channel.LocalId), (confirmation.ReadUInt32(), confirmation.ReadUInt32()));
        Assert.Equal(1000, channel.SendAllowance);

        _server.SayData(channel.LocalId, new byte[3]);
        _server.Say(MessageNumber.ChannelClose, channel.LocalId);
        _server.Expect(MessageNumber.ChannelClose);
        Assert.Equal(["opened", "data 3", "closed"], _handler.Events);
        Assert.Equal(0, _connection.ChannelCount);
    }

    [Fact]
    public void A_refused_channel_takes_no_slot()
    {
        _connection.AcceptChannels(
            "x11", channel => channel.Refuse(OpenFailureReason.ConnectFailed, "no display"));
        Open("x11", []);
        var refusal = new SshReader(_server.Expect(MessageNumber.ChannelOpenFailure));
        refusal.ReadByte();
        Assert.Equal((5u, 2u, "no display"), (refusal.ReadUInt32(), refusal.ReadUInt32(), refusal.ReadText()));
        Assert.Equal(0, _connection.ChannelCount);
    }

    [Fact]
    public void A_channel_has_one_answer()
    {
        _connection.AcceptChannels("x11", channel =>
        {
            channel.Refuse(OpenFailureReason.ConnectFailed, "no display");
            Assert.Throws<InvalidOperationException>(() => channel.Accept(_handler));
        });
        Open("x11", []);
        _server.Expect(MessageNumber.ChannelOpenFailure);
        Assert.Equal(0, _server.Waiting);
    }

    [Fact]
    public void Accepting_after_the_connection_has_ended_gives_its_reason()
    {
        IncomingChannel? incoming = null;
        _connection.AcceptChannels("x11", channel => incoming = channel);
        Open("x11", []);
        _server.Close(new SshException(SshError.ConnectionLost, "the network is down"));
        var error = Assert.Throws<SshException>(() => incoming!.Accept(_handler));
        Assert.Equal(SshError.ConnectionLost, error.Error);
        Assert.Empty(_handler.Events);
    }

    [Fact]
    public async Task Data_that_arrives_while_the_handler_hears_of_its_channel_waits_for_it()
    {
        var slow = new SlowHandler();
        IncomingChannel? incoming = null;
        _connection.AcceptChannels("x11", channel => incoming = channel);
        Open("x11", []);
        var accept = Task.Run(() => incoming!.Accept(slow));
        await slow.Entered.Task;
        _server.Expect(MessageNumber.ChannelOpenConfirmation);
        var data = Task.Run(() => _server.SayData(0, new byte[3]));
        Assert.NotSame(data, await Task.WhenAny(data, Task.Delay(50, TestContext.Current.CancellationToken)));
        slow.Leave.SetResult();
        await accept;
        await data;
        Assert.Equal(["opened", "data 3"], slow.Events);
    }

    [Fact]
    public async Task The_servers_use_of_a_channel_that_nobody_confirmed_ends_the_connection()
    {
        var open = _connection.OpenSessionAsync(_handler, CancellationToken.None);
        _server.SayData(0, new byte[3]);
        Assert.Equal(SshError.ProtocolError, (await _connection.Ended).Error);
        await Assert.ThrowsAsync<SshException>(() => open);
        Assert.Empty(_handler.Events);
    }

    [Fact]
    public async Task The_answer_to_a_global_request_is_seen_before_what_follows_it()
    {
        List<string> events = [];
        _connection.AcceptChannels("forwarded-tcpip", channel =>
        {
            events.Add("open");
            channel.Refuse(OpenFailureReason.ConnectFailed, "");
        });
        var request = _connection.RequestAsync(
            "tcpip-forward", [], (success, data) => events.Add($"{success} {data.Length}"));
        _server.Say(MessageNumber.RequestSuccess, (ref SshWriter w) => w.WriteUInt32(4711));
        Open("forwarded-tcpip", []);
        Assert.True(await request);
        Assert.Equal(["True 4", "open"], events);
    }

    [Fact]
    public async Task An_answer_to_a_global_request_that_makes_no_sense_ends_the_wait_and_the_connection()
    {
        var request = _connection.RequestAsync(
            "tcpip-forward", [], (_, data) => new SshReader(data).ReadUInt32());
        _server.Say(MessageNumber.RequestSuccess, (ref SshWriter _) => { });
        Assert.Equal(SshError.ProtocolError, (await Assert.ThrowsAsync<SshException>(() => request)).Error);
        Assert.Equal(SshError.ProtocolError, (await _connection.Ended).Error);
    }

    private void Open(string type, ReadOnlySpan<byte> fields)
    {
        var rest = fields.ToArray();
        _server.Say(MessageNumber.ChannelOpen, (ref SshWriter w) =>
        {
            w.WriteString(type);
            w.WriteUInt32(5);
            w.WriteUInt32(1000);
            w.WriteUInt32(500);
            w.WriteBytes(rest);
        });
    }

    private sealed class SlowHandler : IChannelHandler
    {
        private readonly RecordingHandler _inner = new();

        public TaskCompletionSource Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Leave { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public IReadOnlyList<string> Events => _inner.Events;

        public void OnOpened(Channel channel)
        {
            Entered.SetResult();
            Leave.Task.Wait();
            _inner.OnOpened(channel);
        }

        public void OnData(ReadOnlySpan<byte> data) => _inner.OnData(data);

        public void OnExtendedData(ReadOnlySpan<byte> data) => _inner.OnExtendedData(data);

        public void OnEof() => _inner.OnEof();

        public void OnWritable() => _inner.OnWritable();

        public void OnExit(CommandExit exit) => _inner.OnExit(exit);

        public void OnClosed(SshException? reason) => _inner.OnClosed(reason);
    }
}
