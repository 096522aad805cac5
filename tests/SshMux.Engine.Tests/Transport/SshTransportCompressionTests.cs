using System.IO.Compression;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Transport;
using SshMux.Engine.Wire;
using static SshMux.Engine.Tests.Transport.ScriptedServer;
using static SshMux.Engine.Tests.Transport.TransportFixture;

namespace SshMux.Engine.Tests.Transport;

/// <summary><c>zlib@openssh.com</c> in a transport, with a server that does what the test says.</summary>
public class SshTransportCompressionTests
{
    private const byte Any = MessageNumber.ChannelData;
    private const string Zlib = "zlib@openssh.com";

    private static readonly byte[] LoggedIn = [MessageNumber.UserAuthSuccess];

    [Theory]
    [InlineData(false, new[] { "none", Zlib }, "none")]
    [InlineData(false, new[] { Zlib, "none" }, "none")]
    [InlineData(true, new[] { "none", Zlib }, Zlib)]
    [InlineData(true, new[] { "none" }, "none")]
    [InlineData(false, new[] { Zlib }, Zlib)]
    public async Task It_is_used_where_the_user_or_the_server_wants_it(bool wanted, string[] offered, string expected)
    {
        var (_, transport, _) = await StartAsync(wanted, offered);
        Assert.Equal((expected, expected), (transport.Algorithms.CompressionIn, transport.Algorithms.CompressionOut));
    }

    /// <summary>That is "zlib", which would let anybody at zlib before the login.</summary>
    [Fact]
    public async Task Compression_before_the_login_is_not_offered()
    {
        var e = await Assert.ThrowsAsync<SshException>(() => StartAsync(true, ["zlib"]));
        Assert.Equal(SshError.NoCommonAlgorithm, e.Error);
    }

    [Fact]
    public async Task It_begins_with_the_login_in_both_directions()
    {
        var (server, transport, receiver) = await StartAsync(true, [Zlib]);
        await RoundTripAsync(server, transport, receiver);
        await LogInAsync(server, receiver);
        for (var i = 0; i < 3; i++) await RoundTripAsync(server, transport, receiver);
    }

    [Fact]
    public async Task Every_later_key_exchange_begins_it_anew()
    {
        var (server, transport, receiver) = await StartAsync(true, [Zlib]);
        await LogInAsync(server, receiver);
        for (var round = 0; round < 3; round++)
        {
            await RoundTripAsync(server, transport, receiver);
            await server.SendKexInitAsync();
            await server.ReadKexInitAsync();
            transport.Send(new TextMessage(Any, "held"));
            await server.AnswerKeyExchangeAsync();
            await server.FinishKeyExchangeAsync();
            Assert.Equal("held", new SshReader((await server.ReadAsync()).AsSpan(1)).ReadUtf8String());
            await RoundTripAsync(server, transport, receiver);
            transport.RequestKeyExchange();
            await server.ReadKexInitAsync();
            await server.SendAsync([Any, 7]); // sent before the server saw our SSH_MSG_KEXINIT
            Assert.Equal([Any, 7], (await receiver.NextAsync()).AsEnumerable());
            await server.SendKexInitAsync();
            await server.AnswerKeyExchangeAsync();
            await server.FinishKeyExchangeAsync();
        }

        await RoundTripAsync(server, transport, receiver);
    }

    /// <summary>Before the login the later exchange finds nothing to begin.</summary>
    [Fact]
    public async Task A_key_exchange_before_the_login_does_not_begin_it()
    {
        var (server, transport, receiver) = await StartAsync(true, [Zlib]);
        await server.ExchangeKeysAsync();
        await RoundTripAsync(server, transport, receiver);
        await LogInAsync(server, receiver);
        await RoundTripAsync(server, transport, receiver);
    }

    [Fact]
    public async Task A_bomb_ends_the_connection_with_a_clear_error()
    {
        var (server, _, receiver) = await StartAsync(true, [Zlib]);
        await server.SendAsync(LoggedIn);
        var bomb = new MemoryStream();
        await using (var zlib = new ZLibStream(bomb, CompressionLevel.Optimal)) zlib.Write(new byte[50_000_000]);
        await server.SendAsync(bomb.ToArray());
        var reason = await receiver.EndAsync();
        Assert.Equal(SshError.ProtocolError, reason.Error);
        Assert.Contains("unfolds to more than 262144", reason.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_compressed_ends_the_connection()
    {
        var (server, _, receiver) = await StartAsync(true, [Zlib]);
        await server.SendAsync(LoggedIn);
        await server.SendAsync([Any, 1, 2, 3]);
        var reason = await receiver.EndAsync();
        Assert.Equal("a compressed packet from the server cannot be decompressed", reason.Message);
    }

    /// <summary>As far as the login goes; the command's tests take it from there.</summary>
    [Fact]
    public async Task A_real_sshd_agrees_to_it()
    {
        await using var sshd = await TestSshd.StartAsync("Compression yes");
        await using var transport = await ConnectAsync(
            sshd, new SshTransportOptions { VerifyHostKey = (_, _) => default, Compression = true });
        Assert.Equal((Zlib, Zlib), (transport.Algorithms.CompressionIn, transport.Algorithms.CompressionOut));
        var description = ((IMessageTransport)transport).Describe();
        Assert.Contains("\r\n  compression zlib@openssh.com\r\n", description, StringComparison.Ordinal);
    }

    private static async Task<(ScriptedServer Server, SshTransport Transport, RecordingReceiver Receiver)> StartAsync(
        bool wanted, string[] offered)
    {
        var server = await OpenAsync();
        server.Compression = offered;
        var connecting = server.ConnectClientAsync(
            new SshTransportOptions { VerifyHostKey = (_, _) => default, Compression = wanted });
        await server.ExchangeVersionsAsync();
        try
        {
            await server.ExchangeKeysAsync();
        }
        catch (Exception e) when (e is IOException or Xunit.Sdk.XunitException)
        {
            await connecting.WaitAsync(Patience); // throws the reason
        }

        var transport = await connecting.WaitAsync(Patience);
        var receiver = new RecordingReceiver();
        transport.Start(receiver);
        return (server, transport, receiver);
    }

    private static async Task LogInAsync(ScriptedServer server, RecordingReceiver receiver)
    {
        await server.SendAsync(LoggedIn);
        Assert.Equal(MessageNumber.UserAuthSuccess, (await receiver.NextAsync())[0]);
        server.StartCompression();
    }

    private static async Task RoundTripAsync(ScriptedServer server, SshTransport transport, RecordingReceiver receiver)
    {
        byte[] message = [Any, 1, .. new byte[20_000], 2];
        await server.SendAsync(message);
        Assert.Equal(message, await receiver.NextAsync());
        transport.Send(new BulkMessage(Any, message));
        Assert.Equal(message, (await server.ReadAsync())[5..]);
    }
}
