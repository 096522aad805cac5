using SshMux.Engine.Channels;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Channels;

/// <summary>Channels that send over one connection get their share of it.</summary>
public sealed class ChannelFairnessTests : IAsyncDisposable
{
    private const int PacketLength = 32 * 1024;

    private readonly EndlessServer _server = new();

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    public async Task Channels_with_much_to_send_take_turns(int count)
    {
        _server.MakeRoom(0);
        for (var i = 0; i < count; i++) await OpenAsync(new GreedyHandler());
        for (var i = 0; i < 10 * count; i++) _server.MakeRoom(PacketLength);
        Assert.All(_server.Received.Take(count), bytes => Assert.Equal(10 * PacketLength, bytes));
    }

    [Fact]
    public async Task A_channel_that_sends_little_does_not_wait_for_its_turn_among_greedy_ones()
    {
        var seldom = new SeldomHandler();
        _server.MakeRoom(0);
        for (var i = 0; i < 3; i++) await OpenAsync(new GreedyHandler());
        await OpenAsync(seldom);
        await OpenAsync(new GreedyHandler());
        for (var i = 0; i < 10; i++)
        {
            seldom.Send();
            Assert.Equal(i + 2, _server.Received[3]); // one when it was opened
            _server.MakeRoom(PacketLength);
        }
    }

    [Fact]
    public async Task Keys_are_sent_however_much_of_others_waits()
    {
        await OpenAsync(new GreedyHandler());
        var typing = await OpenAsync(new SeldomHandler());
        typing.IsInteractive = true;
        _server.MakeRoom(0);
        var before = _server.Received[1];
        Assert.Equal(1, typing.TrySend([1]));
        Assert.Equal(before + 1, _server.Received[1]);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private Task<Channel> OpenAsync(IChannelHandler handler) =>
        _server.Connection.OpenSessionAsync(handler, CancellationToken.None);

    /// <summary>Sends whenever it may, as much as it may.</summary>
    private sealed class GreedyHandler : SilentHandler
    {
        private readonly byte[] _data = new byte[8 * PacketLength];

        public override void Send() => Channel!.TrySend(_data);
    }

    /// <summary>Sends a byte when it is told to, or as soon as it may then.</summary>
    private sealed class SeldomHandler : SilentHandler
    {
        private int _unsent;

        public override void Send()
        {
            _unsent++;
            OnWritable();
        }

        public override void OnWritable()
        {
            while (_unsent > 0 && Channel!.TrySend([1]) == 1) _unsent--;
        }
    }

    private abstract class SilentHandler : IChannelHandler
    {
        protected Channel? Channel { get; private set; }

        public abstract void Send();

        public void OnOpened(Channel channel)
        {
            Channel = channel;
            Send();
        }

        public virtual void OnWritable() => Send();

        public void OnData(ReadOnlySpan<byte> data)
        {
        }

        public void OnExtendedData(ReadOnlySpan<byte> data)
        {
        }

        public void OnEof()
        {
        }

        public void OnExit(CommandExit exit)
        {
        }

        public void OnClosed(SshException? reason)
        {
        }
    }
}
