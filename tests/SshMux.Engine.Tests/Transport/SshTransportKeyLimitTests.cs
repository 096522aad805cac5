using SshMux.Engine.Transport;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Transport;

/// <summary>When keys have done enough, and what becomes of a server that does not mind.</summary>
public class SshTransportKeyLimitTests
{
    private static readonly byte[] Message = [MessageNumber.ChannelData, 1, 2, 3];

    [Fact]
    public async Task New_keys_are_asked_for_after_so_many_packets_from_the_server()
    {
        var (server, transport, receiver) = await StartAsync(packets: 10);
        for (var i = 0; i < 12; i++)
        {
            await server.SendAsync(Message);
            await receiver.NextAsync();
        }

        await server.ReadKexInitAsync();
        await server.SendKexInitAsync();
        await server.AnswerKeyExchangeAsync();
        await server.FinishKeyExchangeAsync();
        await server.SendAsync(Message);
        await receiver.NextAsync();
        Assert.Equal(2, transport.KeyExchangeCount);
    }

    [Fact]
    public async Task New_keys_are_asked_for_after_so_many_packets_to_the_server()
    {
        var (server, transport, _) = await StartAsync(packets: 10);
        for (var i = 0; i < 11; i++) transport.Send(new TextMessage(MessageNumber.ChannelData, "x"));
        for (var i = 0; i < 11; i++) Assert.Equal(MessageNumber.ChannelData, (await server.ReadAsync())[0]);
        await server.ReadKexInitAsync();
    }

    [Fact]
    public async Task A_server_that_goes_on_without_new_keys_is_left()
    {
        var (server, _, receiver) = await StartAsync(packets: 10);
        try
        {
            for (var i = 0; i < 25; i++) await server.SendAsync(Message);
        }
        catch (IOException)
        {
            // It has been left before the last one.
        }

        var reason = await receiver.EndAsync();
        Assert.Equal(SshError.ProtocolError, reason.Error);
        Assert.Contains("without the new keys", reason.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1L << 50, 1L << 32)] // RFC 4344: 2^(128/4) blocks
    [InlineData(1L << 20, 1L << 16)]
    public async Task The_cipher_limits_what_RekeyLimit_may_say(long limit, long blocks)
    {
        var options = new SshTransportOptions { VerifyHostKey = (_, _) => default, RekeyLimitBytes = limit };
        var (_, transport) = await ScriptedServer.ConnectAsync(options: options);
        await using (transport)
        {
            Assert.Contains(
                $"rekey limit blocks {blocks} ", ((IMessageTransport)transport).Describe(), StringComparison.Ordinal);
        }
    }

    /// <summary>A connection with a login, which renews its keys after so many packets.</summary>
    private static async Task<(ScriptedServer Server, SshTransport Transport, RecordingReceiver Receiver)> StartAsync(
        long packets)
    {
        var options = new SshTransportOptions { VerifyHostKey = (_, _) => default, MaxPacketsWithKey = packets };
        var (server, transport) = await ScriptedServer.ConnectAsync(options: options);
        var receiver = new RecordingReceiver();
        transport.Start(receiver);
        await server.SendAsync([MessageNumber.UserAuthSuccess]);
        await receiver.NextAsync();
        return (server, transport, receiver);
    }
}
