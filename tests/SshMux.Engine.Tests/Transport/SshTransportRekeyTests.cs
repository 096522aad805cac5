using SshMux.Engine.Wire;
using static SshMux.Engine.Tests.Transport.ScriptedServer;
using static SshMux.Engine.Tests.Transport.TransportFixture;

namespace SshMux.Engine.Tests.Transport;

/// <summary>Key exchanges after the first one, with a server that does what the test says.</summary>
public class SshTransportRekeyTests
{
    private const byte Any = MessageNumber.ChannelData;
    private static readonly byte[] LoggedIn = [MessageNumber.UserAuthSuccess];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_servers_rekey_holds_our_messages_back_in_order_and_delivers_its_earlier_ones(bool strict)
    {
        var (server, transport, receiver) = await StartAsync(strict);
        for (var round = 0; round < 3; round++)
        {
            await server.SendAsync([Any, 1]);
            await server.SendKexInitAsync();
            await server.ReadKexInitAsync();
            for (byte i = 0; i < 50; i++) Assert.True(transport.Send(new TextMessage(Any, $"held {i}")));
            await server.AnswerKeyExchangeAsync();
            await server.SendNewKeysAsync();
            await server.SendAsync([Any, 2]);
            await server.ReadNewKeysAsync();
            for (byte i = 0; i < 50; i++)
            {
                var message = await server.ReadAsync();
                Assert.Equal($"held {i}", new SshReader(message.AsSpan(1)).ReadUtf8String());
            }

            Assert.Equal([Any, 1], (await receiver.NextAsync()).AsEnumerable());
            Assert.Equal([Any, 2], (await receiver.NextAsync()).AsEnumerable());
            Assert.Equal(round + 2, transport.KeyExchangeCount);
        }
    }

    [Fact]
    public async Task Our_rekey_delivers_what_the_server_sends_until_its_own_begins()
    {
        var (server, transport, receiver) = await StartAsync();
        transport.RequestKeyExchange(); // too early: OpenSSH's server cannot do it before the login
        await server.SendAsync(LoggedIn);
        await receiver.NextAsync();
        var session = transport.SessionId.ToArray();
        transport.RequestKeyExchange();
        transport.RequestKeyExchange();
        await server.ReadKexInitAsync();
        transport.Send(new TextMessage(Any, "held"));
        await server.SendAsync([Any, 5]);
        Assert.Equal([Any, 5], (await receiver.NextAsync()).AsEnumerable());
        await server.SendKexInitAsync();
        await server.AnswerKeyExchangeAsync();
        await server.FinishKeyExchangeAsync();
        Assert.Equal(Any, (await server.ReadAsync())[0]);
        await server.SendAsync([Any, 6]);
        Assert.Equal([Any, 6], (await receiver.NextAsync()).AsEnumerable());
        Assert.Equal(2, transport.KeyExchangeCount);
        Assert.Equal(session, transport.SessionId.ToArray());
    }

    [Fact]
    public async Task Held_messages_count_as_congestion()
    {
        var (server, transport, receiver) = await StartAsync();
        await server.SendKexInitAsync();
        await server.ReadKexInitAsync();
        for (var i = 0; i < 100 && !transport.IsCongested; i++) transport.Send(new BulkMessage(Any, new byte[30_000]));
        Assert.True(transport.IsCongested);
        await server.AnswerKeyExchangeAsync();
        await server.FinishKeyExchangeAsync();
        while (!await receiver.Writable.WaitAsync(0, TestContext.Current.CancellationToken)) await server.ReadAsync();
        Assert.False(transport.IsCongested);
    }

    [Fact]
    public async Task A_server_that_does_not_know_rekeying_ends_with_a_clear_reason()
    {
        var (server, transport, receiver) = await StartAsync();
        await server.SendAsync(LoggedIn);
        await receiver.NextAsync();
        transport.RequestKeyExchange();
        await server.ReadKexInitAsync();
        await server.SendAsync([MessageNumber.Unimplemented, 0, 0, 0, 0]); // the first packet with the keys
        var reason = await receiver.EndAsync();
        Assert.Equal("the server refuses to exchange new keys", reason.Message);
    }

    [Fact]
    public async Task Another_host_key_at_a_rekey_is_refused()
    {
        var (server, _, receiver) = await StartAsync();
        await using var other = await OpenAsync();
        await server.SendKexInitAsync();
        await server.ReadKexInitAsync();
        server.UseHostKeyOf(other);
        await server.AnswerKeyExchangeAsync();
        var reason = await receiver.EndAsync();
        Assert.Equal(SshError.HostKeyChanged, reason.Error);
    }

    [Theory]
    [InlineData(MessageNumber.ChannelData)]
    [InlineData(MessageNumber.KexInit)]
    [InlineData(MessageNumber.NewKeys)]
    [InlineData((byte)33)]
    public async Task Messages_after_the_servers_own_KEXINIT_are_refused(byte number)
    {
        var (server, _, receiver) = await StartAsync();
        await server.SendKexInitAsync();
        await server.SendAsync([number, 0, 0, 0, 0, 0, 0, 0, 0]);
        var reason = await receiver.EndAsync();
        Assert.Equal(SshError.ProtocolError, reason.Error);
    }

    /// <summary>asyncssh does so; RFC 4253 section 7.1 forbids it.</summary>
    [Fact]
    public async Task Messages_of_the_connection_are_taken_after_the_login_when_the_server_sends_them_amid_its_rekey()
    {
        var (server, transport, receiver) = await StartAsync();
        await server.SendAsync(LoggedIn);
        await receiver.NextAsync();
        await server.SendKexInitAsync();
        await server.SendAsync([Any, 1]);
        await server.ReadKexInitAsync();
        await server.AnswerKeyExchangeAsync();
        await server.SendAsync([Any, 2]);
        await server.FinishKeyExchangeAsync();
        await server.SendAsync([Any, 3]);
        for (byte i = 1; i <= 3; i++) Assert.Equal([Any, i], (await receiver.NextAsync()).AsEnumerable());
        Assert.Equal(2, transport.KeyExchangeCount);
    }

    [Theory]
    [InlineData(MessageNumber.ServiceAccept)]
    [InlineData(MessageNumber.KexInit)]
    [InlineData(MessageNumber.UserAuthSuccess)]
    [InlineData((byte)128)]
    public async Task Other_messages_are_refused_there(byte number)
    {
        var (server, _, receiver) = await StartAsync();
        await server.SendAsync(LoggedIn);
        await receiver.NextAsync();
        await server.SendKexInitAsync();
        await server.SendAsync([number, 0, 0, 0, 0, 0, 0, 0, 0]);
        var reason = await receiver.EndAsync();
        Assert.Equal(SshError.ProtocolError, reason.Error);
        Assert.Contains($"message {number}", reason.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task New_keys_outside_of_an_exchange_are_refused()
    {
        var (server, _, receiver) = await StartAsync();
        await server.SendAsync([MessageNumber.NewKeys]);
        var reason = await receiver.EndAsync();
        Assert.Equal(SshError.ProtocolError, reason.Error);
    }
}
