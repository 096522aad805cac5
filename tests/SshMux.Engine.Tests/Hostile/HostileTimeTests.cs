using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Configuration.SshConfig.Reading;
using SshMux.Engine.Connecting;
using SshMux.Engine.Streams;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Tests.Transport;
using SshMux.Engine.Transport;
using SshMux.Engine.Wire;
using static SshMux.Engine.Tests.Transport.ScriptedServer;
using static SshMux.Engine.Tests.Transport.TransportFixture;

namespace SshMux.Engine.Tests.Hostile;

/// <summary>Servers that take their time: every wait for one has an end, or a user who may end it.</summary>
public class HostileTimeTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan Drip = TimeSpan.FromMilliseconds(20);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<Step> StepsOfTheKeyExchange =>
    [
        Step.SendVersion, Step.ReadVersion, Step.SendKexInit, Step.ReadKexInit, Step.Reply, Step.SendNewKeys,
    ];

    [Theory]
    [MemberData(nameof(StepsOfTheKeyExchange))]
    public async Task Silence_at_any_step_of_the_key_exchange_has_an_end(Step step)
    {
        await ExpectTimeoutAsync(async server =>
        {
            await server.ServeAsync(step);
            await server.DrainAsync();
        });
    }

    [Theory]
    [InlineData("SSH-2.0-")] // a version without end
    [InlineData("")] // a line without end
    [InlineData("motd\r\n")] // lines without end
    public async Task A_byte_now_and_then_before_the_version_has_an_end(string text)
    {
        await ExpectTimeoutAsync(async server =>
        {
            await server.WriteAsync(text);
            await DripAsync(server, i => text.EndsWith('\n') ? (byte)text[i % text.Length] : (byte)'x');
        });
    }

    [Fact]
    public async Task A_packet_of_which_a_byte_comes_now_and_then_has_an_end()
    {
        await ExpectTimeoutAsync(async server =>
        {
            await server.ServeAsync(Step.SendKexInit);
            await server.WriteAsync(new byte[] { 0, 3, 0xff, 0xfc, 4 });
            await DripAsync(server, _ => 20);
        });
    }

    [Fact]
    public async Task Messages_that_may_be_ignored_do_not_prolong_the_key_exchange()
    {
        await ExpectTimeoutAsync(
            async server =>
            {
                await server.ServeAsync(Step.Reply);
                while (true)
                {
                    await server.SendAsync([MessageNumber.Ignore, 0, 0, 0, 0]);
                    await Task.Delay(Drip);
                }
            },
            strict: false);
    }

    [Fact]
    public async Task The_time_that_a_user_looks_at_the_host_key_is_not_the_servers()
    {
        await using var server = await OpenAsync();
        var connecting = server.ConnectClientAsync(new SshTransportOptions
        {
            KeyExchangeTimeout = 5 * Short,
            VerifyHostKey = async (_, ct) => await Task.Delay(6 * Short, ct),
        });
        await server.ServeAsync(Step.Service);
        await using var transport = await connecting.WaitAsync(Patience, Token);
        Assert.Equal(1, transport.KeyExchangeCount);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_rekey_that_the_server_does_not_finish_has_an_end(bool ours)
    {
        var (server, connection) = await Victim.LoggedInAsync(new SshTransportOptions
        {
            VerifyHostKey = (_, _) => default,
            RekeyTimeout = Short,
        });
        await using var _ = server;
        await using var __ = connection;
        if (ours) connection.RequestKeyExchange();
        else await server.SendKexInitAsync();
        var draining = server.DrainAsync();
        var reason = Victim.MustBeClear(await connection.Ended.WaitAsync(Patience, Token));
        Assert.Equal(SshError.ConnectionTimeout, reason.Error);
        Assert.Contains("key exchange", reason.Message, StringComparison.Ordinal);
        await draining;
    }

    /// <summary>The rest of a packet never comes, which looks like silence: ServerAliveInterval is for that.</summary>
    [Fact]
    public async Task A_packet_whose_rest_never_comes_ends_with_the_servers_silence()
    {
        var (server, connection) = await Victim.LoggedInAsync();
        await using var _ = server;
        await using var __ = connection;
        connection.KeepAlive("hostile", Short / 4, 2);
        await server.WriteAsync(server.EncodePacket(new byte[1000]).AsMemory(0, 500));
        var draining = server.DrainAsync();
        var reason = Victim.MustBeClear(await connection.Ended.WaitAsync(Patience, Token));
        Assert.Equal(SshError.ConnectionTimeout, reason.Error);
        await draining;
    }

    /// <summary>OpenSSH waits for ever, too: a command may take its time. Whoever asked may give up.</summary>
    [Theory]
    [InlineData(Step.Open)]
    [InlineData(Step.Program)]
    public async Task A_request_that_is_not_answered_can_be_given_up_and_the_connection_stays(Step step)
    {
        var (server, connection) = await Victim.LoggedInAsync();
        await using var _ = server;
        await using var __ = connection;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var starting = connection.StartAsync(new SessionRequest { Command = "x" }, stop.Token);
        await server.ServeAsync(step);
        await server.ExpectAsync(step == Step.Open ? MessageNumber.ChannelOpen : MessageNumber.ChannelRequest);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting.WaitAsync(Patience, Token));
        Assert.False(connection.Ended.IsCompleted);
    }

    /// <summary>From the configuration on: ConnectTimeout is for the server's first words, too.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("line\r\n")]
    [InlineData("SSH-2.0-drip")]
    public async Task ConnectTimeout_ends_a_server_that_drips(string text)
    {
        await using var port = new ScriptedPort(async server =>
        {
            await server.WriteAsync(text);
            await DripAsync(server, i => text.Length == 0 ? (byte)'x' : (byte)text[i % text.Length]);
        });
        using var folder = new TestFolder();
        var configuration = await HostConfiguration.LoadAsync(
            new HostQuery
            {
                Host = "127.0.0.1",
                Port = port.Port,
                User = "me",
                ConfigFile = "none",
                Options =
                [
                    "ConnectTimeout=1", $"UserKnownHostsFile={folder.File("known")}", "GlobalKnownHostsFile=none",
                ],
            },
            Token);
        var error = Victim.MustBeClear(await Assert.ThrowsAsync<SshException>(() => SshConnector.ConnectAsync(
            configuration, NoInteraction.Instance, NullLogger.Instance, Token).WaitAsync(Patience, Token)));
        Assert.Equal(SshError.ConnectionTimeout, error.Error);
    }

    private static async Task ExpectTimeoutAsync(Func<ScriptedServer, Task> script, bool strict = true)
    {
        await using var server = await OpenAsync(strict);
        var connecting = server.ConnectClientAsync(new SshTransportOptions
        {
            VerifyHostKey = (_, _) => default,
            KeyExchangeTimeout = Short,
        });
        var serving = script(server);
        var error = Victim.MustBeClear(
            await Assert.ThrowsAsync<SshException>(() => connecting.WaitAsync(Patience, Token)));
        Assert.Equal(SshError.ConnectionTimeout, error.Error);
        Assert.Contains("0.4 seconds", error.Message, StringComparison.Ordinal);
        await server.DisposeAsync();
        try
        {
            await serving;
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // The client has gone, as it should.
        }
    }

    private static async Task DripAsync(ScriptedServer server, Func<int, byte> next)
    {
        for (var i = 0; ; i++)
        {
            await server.WriteAsync(new[] { next(i) });
            await Task.Delay(Drip);
        }
    }
}
