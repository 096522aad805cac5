using SshMux.Engine.Tests.Authentication;
using SshMux.Engine.Transport;
using SshMux.Engine.Wire;
using static SshMux.Engine.Tests.Transport.ScriptedServer;
using static SshMux.Engine.Tests.Transport.TransportFixture;

namespace SshMux.Engine.Tests.Transport;

/// <summary>SSH_MSG_EXT_INFO and <c>ping@openssh.com</c>, with a server that does what the test says.</summary>
public class SshTransportExtensionTests
{
    private const byte Any = MessageNumber.ChannelData;

    private static readonly byte[] LoggedIn = [MessageNumber.UserAuthSuccess];

    [Fact]
    public async Task A_server_that_takes_extensions_gets_ours_right_after_the_new_keys()
    {
        await using var server = await OpenAsync();
        server.Markers = ["ext-info-s"];
        var connecting = server.ConnectClientAsync();
        await server.ExchangeVersionsAsync();
        await server.ExchangeKeysAsync();
        await using var transport = await connecting.WaitAsync(Patience, TestContext.Current.CancellationToken);
        transport.Send(new TextMessage(Any, "later"));
        Assert.Equal(
            Build((ref w) =>
            {
                w.WriteByte(MessageNumber.ExtInfo);
                w.WriteUInt32(1);
                w.WriteString("ext-info-in-auth@openssh.com");
                w.WriteString("0");
            }),
            await server.ReadAsync());
        Assert.Equal(Any, (await server.ReadAsync())[0]);

        // And not again with later keys.
        var receiver = new RecordingReceiver();
        transport.Start(receiver);
        await server.ExchangeKeysAsync();
        transport.Send(new TextMessage(Any, "later"));
        Assert.Equal(Any, (await server.ReadAsync())[0]);
    }

    [Fact]
    public async Task The_second_message_can_only_change_the_signature_algorithms()
    {
        var (server, transport, receiver) = await StartAsync();
        await server.SendAsync(Extensions(("server-sig-algs", "ssh-ed25519"), ("ping@openssh.com", "0")));
        await server.SendAsync(
            Extensions(("server-sig-algs", "rsa-sha2-256"), ("ping@openssh.com", "1"), ("new", "0")));
        await server.SendAsync(LoggedIn);
        await receiver.NextAsync();
        Assert.Equal(["rsa-sha2-256"], transport.ServerSignatureAlgorithms!);
        Assert.Equal("rsa-sha2-256"u8, transport.ServerExtensions["server-sig-algs"].Span);
        Assert.Equal("0"u8, transport.ServerExtensions["ping@openssh.com"].Span);
        Assert.False(transport.ServerExtensions.ContainsKey("new"));
    }

    [Fact]
    public async Task A_third_message_ends_the_connection()
    {
        var (server, _, receiver) = await StartAsync();
        for (var i = 0; i < 3; i++) await server.SendAsync(Extensions());
        Assert.Equal(SshError.ProtocolError, (await receiver.EndAsync()).Error);
    }

    [Fact]
    public async Task A_message_after_the_login_ends_the_connection()
    {
        var (server, _, receiver) = await StartAsync();
        await server.SendAsync(LoggedIn);
        await server.SendAsync(Extensions());
        var reason = await receiver.EndAsync();
        Assert.Equal("the server sent SSH_MSG_EXT_INFO too late or too often (RFC 8308, 2.4)", reason.Message);
    }

    [Fact]
    public async Task A_ping_is_answered_after_the_login_and_not_before()
    {
        var (server, _, receiver) = await StartAsync();
        await server.SendAsync(Encode(new TextMessage(MessageNumber.Ping, "too early")));
        await server.SendAsync(LoggedIn);
        await receiver.NextAsync();
        foreach (var data in new[] { "", "data", new string('x', 100_000) })
        {
            await server.SendAsync(Encode(new BulkMessage(MessageNumber.Ping, [.. data.Select(c => (byte)c)])));
            var answer = await server.ReadAsync();
            Assert.Equal(MessageNumber.Pong, answer[0]);
            Assert.Equal(data, new SshReader(answer.AsSpan(1)).ReadUtf8String());
        }
    }

    [Fact]
    public async Task A_pong_that_nobody_asked_for_is_ignored()
    {
        var (server, _, receiver) = await StartAsync();
        await server.SendAsync(Encode(new TextMessage(MessageNumber.Pong, "?")));
        await server.SendAsync([Any, 1]);
        Assert.Equal([Any, 1], (await receiver.NextAsync()).AsEnumerable());
    }

    [Fact]
    public async Task A_ping_without_its_data_ends_the_connection()
    {
        var (server, _, receiver) = await StartAsync();
        await server.SendAsync([MessageNumber.Ping, 0, 0, 0, 9, 1]);
        Assert.Equal(SshError.ProtocolError, (await receiver.EndAsync()).Error);
    }

    /// <summary>A server that asks and asks and reads nothing: what waits for it is bounded.</summary>
    [Fact]
    public async Task A_flood_of_pings_is_not_piled_up()
    {
        var (server, transport, receiver) = await StartAsync();
        await server.SendAsync(LoggedIn);
        await receiver.NextAsync();
        const int Count = 2000;
        var ping = Encode(new BulkMessage(MessageNumber.Ping, new byte[30_000]));
        for (var i = 0; i < Count; i++) await server.SendAsync(ping);
        await server.SendAsync([Any, 1]);
        await receiver.NextAsync();
        transport.Send(new TextMessage(Any, "the last"));
        var pongs = 0;
        while ((await server.ReadAsync())[0] == MessageNumber.Pong) pongs++;
        Assert.InRange(pongs, 1, Count / 2);
    }

    [Theory]
    [InlineData(true, "chacha20-poly1305@openssh.com", false)]
    [InlineData(false, "chacha20-poly1305@openssh.com", true)]
    [InlineData(false, "aes256-gcm@openssh.com", false)]
    public async Task A_server_that_Terrapin_can_reach_is_named_in_the_log(bool strict, string cipher, bool named)
    {
        var logger = new ListLogger();
        var (_, transport) = await ConnectAsync(
            strict, cipher, new SshTransportOptions { VerifyHostKey = (_, _) => default, Logger = logger });
        await transport.DisposeAsync();
        Assert.Equal(named, logger.Lines.Any(line => line.Contains("Terrapin", StringComparison.Ordinal)));
    }

    private static byte[] Extensions(params (string Name, string Value)[] extensions) => Build((ref w) =>
    {
        w.WriteByte(MessageNumber.ExtInfo);
        w.WriteUInt32((uint)extensions.Length);
        foreach (var (name, value) in extensions)
        {
            w.WriteString(name);
            w.WriteString(value);
        }
    });
}
