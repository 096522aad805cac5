using SshMux.Engine.Channels;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Channels.Proxied;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Channels;

/// <summary>Channels of somebody else: what is passed on, and what neither side may do.</summary>
public sealed class ProxiedChannelTests
{
    private const uint OwnerId = 42;

    private readonly Owner _owner = new();
    private readonly SshConnection _connection;
    private readonly ScriptedConnection _server;

    public ProxiedChannelTests() => _connection = ScriptedConnection.Connect(out _server);

    public static TheoryData<string> ServersFaults =>
    [
        "data too early", "a close too early", "a second confirmation", "a refusal after the confirmation",
        "a second close", "too large a window", "too much data", "too much error output", "no packet size",
        "a confirmation of its own", "a refusal of its own",
    ];

    public static TheoryData<string> OwnersFaults =>
    [
        "data too early", "data after its end", "too much data", "too large a packet", "too large a window",
        "a request after the close", "a second close", "a confirmation of its own", "a refusal of its own",
        "a second confirmation", "a refusal after the confirmation", "no packet size",
    ];

    [Fact]
    public void The_list_of_channels_tells_how_far_it_is()
    {
        var channel = Open();
        Assert.Contains(
            "  #0 session (t20 [mux-proxy] nr0 m42 i0/0 o0/0 e[closed]/0 fd -1/-1/-1 sock -1 cc -1 nc0 io 0x00/0x00 B)\r\n",
            _connection.DescribeChannels(),
            StringComparison.Ordinal);
        Confirm();
        Assert.Contains(" r7 m42 i0/0 o0/0 ", _connection.DescribeChannels(), StringComparison.Ordinal);
        channel.SendEof();
        Assert.Contains(" i3/0 o0/0 ", _connection.DescribeChannels(), StringComparison.Ordinal);
        _server.Say(MessageNumber.ChannelClose, 0);
        Assert.Contains(" i3/0 o3/0 ", _connection.DescribeChannels(), StringComparison.Ordinal);
        channel.SendClose();
        Assert.DoesNotContain("#0", _connection.DescribeChannels(), StringComparison.Ordinal);
        Assert.Equal(["91 12", "97 0", "removed"], _owner.Events);
        Assert.Equal(0, _connection.ChannelCount);
    }

    [Theory]
    [MemberData(nameof(ServersFaults))]
    public async Task What_a_server_may_not_do_ends_the_connection(string what)
    {
        if (what.EndsWith("of its own", StringComparison.Ordinal)) Offer();
        else Open();
        switch (what)
        {
            case "data too early":
                _server.SayData(0, [1]);
                break;
            case "a close too early":
                _server.Say(MessageNumber.ChannelClose, 0);
                break;
            case "a second confirmation":
                Confirm();
                Confirm();
                break;
            case "a refusal after the confirmation":
                Confirm();
                _server.SayRefused(0, OpenFailureReason.ConnectFailed);
                break;
            case "a second close":
                Confirm();
                _server.Say(MessageNumber.ChannelClose, 0);
                Assert.False(_connection.Ended.IsCompleted);
                _server.Say(MessageNumber.ChannelClose, 0);
                break;
            case "too large a window":
                Confirm();
                SayAdjust(uint.MaxValue - 1000);
                Assert.False(_connection.Ended.IsCompleted);
                SayAdjust(1);
                break;
            case "too much data":
                Confirm();
                _server.SayData(0, new byte[1000]);
                Assert.False(_connection.Ended.IsCompleted);
                _server.SayData(0, [1]);
                break;
            case "too much error output":
                Confirm();
                _server.Deliver(ScriptedConnection.DataMessage(0, new byte[1000], error: true));
                Assert.False(_connection.Ended.IsCompleted);
                _server.Deliver(ScriptedConnection.DataMessage(0, [1], error: true));
                break;
            case "no packet size":
                Confirm(maxPacket: 0);
                break;
            case "a confirmation of its own":
                Confirm();
                break;
            case "a refusal of its own":
                _server.SayRefused(0, OpenFailureReason.ConnectFailed);
                break;
        }

        Assert.Equal(SshError.ProtocolError, (await _connection.Ended).Error);
    }

    [Theory]
    [MemberData(nameof(OwnersFaults))]
    public void What_an_owner_may_not_do_is_its_own_end_and_reaches_nobody(string what)
    {
        var isOffered = what is "a second confirmation" or "a refusal after the confirmation" or "no packet size";
        var channel = isOffered ? Offer() : Open();
        if (!isOffered && what != "data too early") Confirm();
        if (isOffered && what != "no packet size") channel.Confirm(OwnerId, 1000, 1000);
        if (what is "data after its end") channel.SendEof();
        if (what is "a request after the close" or "a second close") channel.SendClose();
        while (_server.Waiting != 0) _server.Take();
        var error = Assert.Throws<SshException>(() =>
        {
            switch (what)
            {
                case "data too early":
                case "data after its end":
                    channel.SendData(MessageNumber.ChannelData, [0, 0, 0, 1, 1], 1);
                    break;
                case "too much data":
                    channel.SendData(MessageNumber.ChannelData, new byte[504], 500);
                    channel.SendData(MessageNumber.ChannelData, new byte[504], 500);
                    Assert.Equal(2, _server.Waiting);
                    while (_server.Waiting != 0) _server.Take();
                    channel.SendData(MessageNumber.ChannelData, [0, 0, 0, 1, 1], 1);
                    break;
                case "too large a packet":
                    channel.SendData(MessageNumber.ChannelData, new byte[505], 501);
                    break;
                case "too large a window":
                    channel.AdjustWindow(uint.MaxValue - 1000 + 1);
                    break;
                case "a request after the close":
                    channel.SendRequest([]);
                    break;
                case "a second close":
                    channel.SendClose();
                    break;
                case "a confirmation of its own":
                case "a second confirmation":
                    channel.Confirm(OwnerId, 1000, 1000);
                    break;
                case "no packet size":
                    channel.Confirm(OwnerId, 1000, 0);
                    break;
                default:
                    channel.Refuse(OpenFailureReason.ConnectFailed, "no");
                    break;
            }
        });
        Assert.Equal(SshError.MuxProtocolError, error.Error);
        Assert.Equal(0, _server.Waiting);
        Assert.False(_connection.Ended.IsCompleted);
    }

    [Fact]
    public void What_was_under_way_when_it_was_closed_is_dropped_and_an_end_comes_once()
    {
        var channel = Open();
        Confirm();
        channel.SendEof();
        channel.SendEof();
        _server.Expect(MessageNumber.ChannelEof);
        channel.AdjustWindow(10);
        _server.Expect(MessageNumber.ChannelWindowAdjust);
        channel.SendReply(MessageNumber.ChannelSuccess);
        _server.Expect(MessageNumber.ChannelSuccess);
        channel.SendClose();
        _server.Expect(MessageNumber.ChannelClose);
        channel.AdjustWindow(10);
        channel.SendReply(MessageNumber.ChannelSuccess);
        Assert.Equal(0, _server.Waiting);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_owner_that_goes_while_it_opens_leaves_nothing_whatever_the_answer(bool confirmed)
    {
        var channel = Open();
        channel.Abandon();
        channel.Abandon();
        Assert.Equal(0, _server.Waiting);
        if (confirmed)
        {
            Confirm();
            _server.Expect(MessageNumber.ChannelClose);
            _server.SayData(0, [1]);
            _server.Say(MessageNumber.ChannelClose, 0);
        }
        else
        {
            _server.SayRefused(0, OpenFailureReason.ConnectFailed);
        }

        Assert.Equal(["removed"], _owner.Events);
        Assert.Equal((0, 0), (_server.Waiting, _connection.ChannelCount));
    }

    [Fact]
    public void An_owner_that_goes_refuses_what_it_is_offered()
    {
        Offer().Abandon();
        var refusal = new SshReader(_server.Expect(MessageNumber.ChannelOpenFailure));
        refusal.ReadByte();
        Assert.Equal((7u, (uint)OpenFailureReason.ConnectFailed), (refusal.ReadUInt32(), refusal.ReadUInt32()));
        Assert.Equal(["offered forwarded-tcpip", "removed"], _owner.Events);
        Assert.Equal(0, _connection.ChannelCount);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_owner_that_goes_closes_what_is_open_once(bool closedBefore)
    {
        var channel = Open();
        Confirm();
        if (closedBefore) channel.SendClose();
        channel.Abandon();
        _server.Expect(MessageNumber.ChannelClose);
        Assert.Equal(0, _server.Waiting);
        _server.Say(MessageNumber.ChannelClose, 0);
        Assert.Equal(["91 12", "removed"], _owner.Events);
    }

    [Fact]
    public void What_is_offered_is_confirmed_or_refused_in_the_owners_words()
    {
        var first = Offer();
        first.Confirm(OwnerId, 2000, uint.MaxValue);
        var confirmation = new SshReader(_server.Expect(MessageNumber.ChannelOpenConfirmation));
        confirmation.ReadByte();
        Assert.Equal((7u, 0u), (confirmation.ReadUInt32(), confirmation.ReadUInt32()));
        Assert.Equal((2000u, (uint)ReceiveWindow.MaxPacket), (confirmation.ReadUInt32(), confirmation.ReadUInt32()));
        Assert.Same(first, _connection.FindProxied(0));
        Assert.Equal((OwnerId, "forwarded-tcpip"), (first.OwnerId, first.Type));

        Offer().Refuse(OpenFailureReason.AdministrativelyProhibited, "not here");
        _server.Expect(MessageNumber.ChannelOpenFailure);
        Assert.Null(_connection.FindProxied(1));
    }

    [Fact]
    public void After_the_end_of_the_connection_nothing_is_sent()
    {
        var channel = Open();
        Confirm();
        _connection.Close(new SshException(SshError.ConnectionLost, "gone"));
        channel.Abandon();
        channel.AdjustWindow(1);
        Assert.Throws<SshException>(() => channel.SendRequest([]));
        Assert.Equal(0, _server.Waiting);
    }

    private ProxiedChannel Open()
    {
        var channel = _connection.OpenProxied("session", OwnerId, 1000, 500, [], _owner);
        _server.Expect(MessageNumber.ChannelOpen);
        return channel;
    }

    private ProxiedChannel Offer()
    {
        _connection.AcceptChannels("forwarded-tcpip", incoming => incoming.PassOn(_owner));
        _server.Say(MessageNumber.ChannelOpen, (ref SshWriter w) =>
        {
            w.WriteString("forwarded-tcpip");
            w.WriteUInt32(7);
            w.WriteUInt32(1000);
            w.WriteUInt32(500);
        });
        return _owner.Offered!;
    }

    private void Confirm(uint maxPacket = 500) => _server.Say(MessageNumber.ChannelOpenConfirmation, (ref SshWriter w) =>
    {
        w.WriteUInt32(0);
        w.WriteUInt32(7);
        w.WriteUInt32(1000);
        w.WriteUInt32(maxPacket);
    });

    private void SayAdjust(uint bytes) => _server.Say(MessageNumber.ChannelWindowAdjust, (ref SshWriter w) =>
    {
        w.WriteUInt32(0);
        w.WriteUInt32(bytes);
    });

    /// <summary>Writes down the number and length of what it is told.</summary>
    private sealed class Owner : IProxiedChannelOwner
    {
        public List<string> Events { get; } = [];

        public ProxiedChannel? Offered { get; private set; }

        public void OnMessage(ProxiedChannel channel, byte number, ReadOnlySpan<byte> rest) =>
            Events.Add($"{number} {rest.Length}");

        public void OnOffered(ProxiedChannel channel, IncomingChannel incoming)
        {
            Offered = channel;
            Events.Add($"offered {incoming.Type}");
        }

        public void OnRemoved(ProxiedChannel channel) => Events.Add("removed");
    }
}
