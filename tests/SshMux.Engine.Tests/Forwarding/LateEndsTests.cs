using System.Net.Sockets;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Forwarding;
using SshMux.Engine.Platform.Sockets;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Forwarding;

/// <summary>What happens to a channel whose ends are not found yet.</summary>
public sealed class LateEndsTests : SessionForwardingTestBase
{
    private readonly LateEnds _late = new();

    [Fact]
    public async Task All_that_came_before_them_and_the_end_arrive_in_their_order()
    {
        var channel = await OpenAsync();
        Server.SayData(channel, "one "u8.ToArray());
        Server.SayData(channel, "two"u8.ToArray());
        Server.Say(MessageNumber.ChannelEof, channel);
        using var peer = await TakeAsync();
        Assert.Equal("one two"u8.ToArray(), await ReceiveAsync(peer, 7));
        Assert.Equal(0, await peer.ReceiveAsync(new byte[1]).WaitAsync(TimeSpan.FromSeconds(30)));
        await peer.SendAsync("three"u8.ToArray());
        await Eventually.TrueAsync(() => Server.Waiting > 0, "the answer is sent");
        Assert.Equal("three"u8.ToArray(), Server.Expect(MessageNumber.ChannelData)[9..]);
    }

    [Fact]
    public async Task What_comes_after_them_goes_straight_on()
    {
        var channel = await OpenAsync();
        using var peer = await TakeAsync();
        Server.SayData(channel, "later"u8.ToArray());
        Assert.Equal("later"u8.ToArray(), await ReceiveAsync(peer, 5));
        Server.Say(MessageNumber.ChannelEof, channel);
        Assert.Equal(0, await peer.ReceiveAsync(new byte[1]).WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task Of_a_channel_that_is_closed_they_are_ended()
    {
        var channel = await OpenAsync();
        Server.SayData(channel, "never"u8.ToArray());
        Server.Say(MessageNumber.ChannelClose, channel);
        using var peer = await TakeAsync();
        Assert.Equal(0, await peer.ReceiveAsync(new byte[1]).WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal(0, Connection.ChannelCount);
    }

    private async Task<uint> OpenAsync()
    {
        Connection.Context.Incoming.Accept(ChannelTypes.X11, incoming => incoming.Accept(_late));
        OpenFromServer(ChannelTypes.X11);
        return await ExpectConfirmationAsync();
    }

    /// <summary>The ends are a socket; gives the one at its other end.</summary>
    private async Task<Socket> TakeAsync()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(UnixSocketEndPoint.Of(Path));
        _late.Take(SocketEnds.Take(socket));
        return await Listener.AcceptAsync();
    }
}
