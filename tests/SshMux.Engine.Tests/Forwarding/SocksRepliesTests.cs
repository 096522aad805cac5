using System.Net.Sockets;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Forwarding.Socks;

namespace SshMux.Engine.Tests.Forwarding;

/// <summary>What a SOCKS client is told of a failure, as far as its codes can say it.</summary>
public class SocksRepliesTests
{
    private const uint Prohibited = (uint)OpenFailureReason.AdministrativelyProhibited;
    private const uint ConnectFailed = (uint)OpenFailureReason.ConnectFailed;
    private const uint Shortage = (uint)OpenFailureReason.ResourceShortage;

    // The numbers are those of RFC 1928 section 6.
    [Theory]
    [InlineData(Prohibited, "open failed", 2)]
    [InlineData(ConnectFailed, "Connection refused", 5)]
    [InlineData(ConnectFailed, "Network is unreachable", 3)]
    [InlineData(ConnectFailed, "Connection timed out", 6)]
    [InlineData(ConnectFailed, "No route to host", 4)]
    [InlineData(ConnectFailed, "Host is unreachable", 4)]
    [InlineData(ConnectFailed, "Name or service not known", 4)]
    [InlineData(ConnectFailed, "could not resolve it", 4)]
    [InlineData(ConnectFailed, "No address associated with it", 4)]
    [InlineData(ConnectFailed, "something else", 1)]
    [InlineData(ConnectFailed, "", 1)]
    [InlineData(Shortage, "Connection refused", 1)]
    public void A_servers_refusal_is_told_by_its_reason_or_its_words(uint reason, string words, byte reply)
    {
        var refusal = new SshException(SshError.ChannelOpenRefused, "refused") { Refusal = (reason, words) };
        Assert.Equal((SocksReply)reply, SocksReplies.From(refusal));
    }

    [Fact]
    public void The_end_of_the_connection_is_no_refusal() => Assert.Equal(
        SocksReply.GeneralFailure, SocksReplies.From(new SshException(SshError.ConnectionLost, "Connection refused")));

    [Theory]
    [InlineData(SocketError.ConnectionRefused, 5)]
    [InlineData(SocketError.NetworkUnreachable, 3)]
    [InlineData(SocketError.NetworkDown, 3)]
    [InlineData(SocketError.HostUnreachable, 4)]
    [InlineData(SocketError.HostDown, 4)]
    [InlineData(SocketError.HostNotFound, 4)]
    [InlineData(SocketError.NoData, 4)]
    [InlineData(SocketError.TryAgain, 4)]
    [InlineData(SocketError.TimedOut, 6)]
    [InlineData(SocketError.AccessDenied, 1)]
    public void A_failure_of_this_machine_is_told_by_its_code(SocketError error, byte reply) =>
        Assert.Equal((SocksReply)reply, SocksReplies.From(error));
}
