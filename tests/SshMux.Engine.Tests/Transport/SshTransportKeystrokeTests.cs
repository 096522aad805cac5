using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Configuration;
using SshMux.Engine.Platform.Sockets;
using SshMux.Engine.Transport;
using SshMux.Engine.Transport.Algorithms;
using SshMux.Engine.Wire;
using static SshMux.Engine.Tests.Transport.ScriptedServer;
using static SshMux.Engine.Tests.Transport.TransportFixture;

namespace SshMux.Engine.Tests.Transport;

/// <summary>ObscureKeystrokeTiming, as a server sees it.</summary>
public class SshTransportKeystrokeTests
{
    // Long beside what a busy machine adds.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    // Long beside the test.
    private static readonly TimeSpan Never = TimeSpan.FromMinutes(1);

    // A tick may come as much earlier.
    private static readonly TimeSpan Shortest = Interval * 0.9 - TimeSpan.FromMilliseconds(2);

    [Fact]
    public async Task Keys_leave_at_ticks_and_chaff_follows_until_the_terminal_is_closed()
    {
        var (server, transport) = await LogInAsync(Interval, pings: true);
        transport.NoteUse(hasTerminals: true, isInteractive: true);
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < 4; i++) Type(transport);
        Assert.Equal(MessageNumber.ChannelData, (await server.ReadAsync())[0]);
        var first = clock.Elapsed;
        for (var i = 0; i < 3; i++) Assert.Equal(MessageNumber.ChannelData, (await server.ReadAsync())[0]);
        Assert.True(clock.Elapsed >= Shortest, $"the second key left after {clock.Elapsed}, the first after {first}");

        for (var i = 0; i < 3; i++)
        {
            var ping = await server.ReadAsync();
            Assert.Equal(MessageNumber.Ping, ping[0]);

            // As long as a key: what is sent must not tell them apart.
            Assert.Equal(Encode(new ChannelDataMessage(0, "x"u8)).Length, ping.Length);
        }

        Assert.True(clock.Elapsed >= 4 * Shortest);
        transport.NoteUse(hasTerminals: false, isInteractive: true);
        await Task.Delay(2 * Interval, TestContext.Current.CancellationToken);
        transport.Send(new TextMessage(MessageNumber.ChannelEof, "the end"));
        var rest = 0;
        while ((await server.ReadAsync())[0] == MessageNumber.Ping) rest++;
        Assert.InRange(rest, 0, 1);
    }

    [Fact]
    public async Task A_server_that_knows_no_ping_gets_keys_at_ticks_and_nothing_else()
    {
        var (server, transport) = await LogInAsync(Interval, pings: false);
        transport.NoteUse(hasTerminals: true, isInteractive: true);
        Type(transport);
        await server.ReadAsync();
        await Task.Delay(3 * Interval, TestContext.Current.CancellationToken);
        Type(transport);
        Assert.Equal(MessageNumber.ChannelData, (await server.ReadAsync())[0]);
    }

    [Theory]
    [InlineData(false, false, true)]
    [InlineData(true, true, false)]
    [InlineData(true, false, true)]
    public async Task Nothing_waits_if_it_is_off_or_nobody_types(bool isOn, bool hasTerminals, bool isInteractive)
    {
        var (server, transport) = await LogInAsync(isOn ? Never : TimeSpan.Zero, pings: true);
        transport.NoteUse(hasTerminals, isInteractive);
        for (var i = 0; i < 5; i++)
        {
            Type(transport);
            Assert.Equal(MessageNumber.ChannelData, (await server.ReadAsync())[0]);
        }
    }

    [Fact]
    public async Task Much_data_takes_everything_with_it()
    {
        var (server, transport) = await LogInAsync(Never, pings: true);
        transport.NoteUse(hasTerminals: true, isInteractive: true);
        Type(transport);
        await server.ReadAsync();
        Type(transport);
        transport.Send(new ChannelDataMessage(0, new byte[1000]));
        Assert.Equal(10, (await server.ReadAsync()).Length);
        Assert.Equal(1009, (await server.ReadAsync()).Length);
    }

    [Fact]
    public async Task What_waits_leaves_before_the_connection_ends()
    {
        var (server, transport) = await LogInAsync(Never, pings: true);
        transport.NoteUse(hasTerminals: true, isInteractive: true);
        Type(transport);
        await server.ReadAsync();
        Type(transport);
        await transport.DisposeAsync();
        Assert.Equal(MessageNumber.ChannelData, (await server.ReadAsync())[0]);
        Assert.Equal(MessageNumber.Disconnect, (await server.ReadAsync())[0]);
    }

    [Fact]
    public async Task New_keys_do_not_wait_for_a_tick()
    {
        var (server, transport) = await LogInAsync(Never, pings: true);
        transport.NoteUse(hasTerminals: true, isInteractive: true);
        Type(transport);
        await server.ReadAsync();
        Type(transport);
        transport.RequestKeyExchange();
        Assert.Equal(MessageNumber.ChannelData, (await server.ReadAsync())[0]);
        await server.ExchangeKeysAsync();
        Type(transport);
        Assert.Equal(MessageNumber.ChannelData, (await server.ReadAsync())[0]);
    }

    [Fact]
    public async Task The_class_of_packets_changes_with_what_is_open()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(listener.LocalEndPoint!);
        await using var server = Over(
            new NetworkStream(await listener.AcceptAsync(), ownsSocket: true), "curve25519-sha256", "aes256-ctr");
        var connecting = SshTransport.ConnectAsync(
            new ReadySocketStream(socket),
            new SshTransportOptions
            {
                VerifyHostKey = (_, _) => default,
                HostKeyAlgorithms = SshAlgorithms.Signature,
                ServiceClasses = new ServiceClasses(0xb8, 0x20),
            },
            TestContext.Current.CancellationToken);
        await server.ExchangeVersionsAsync();
        await server.ExchangeKeysAsync();
        await using var transport = await connecting.WaitAsync(Patience, TestContext.Current.CancellationToken);
        transport.NoteUse(hasTerminals: false, isInteractive: false);
        Assert.Equal(0x20, Class());
        transport.NoteUse(hasTerminals: true, isInteractive: true);
        Assert.Equal(0xb8, Class());

        int Class() => (int)socket.GetSocketOption(SocketOptionLevel.IP, SocketOptionName.TypeOfService)!;
    }

    private static void Type(SshTransport transport) => transport.Send(new ChannelDataMessage(0, "x"u8));

    private static async Task<(ScriptedServer Server, SshTransport Transport)> LogInAsync(TimeSpan interval, bool pings)
    {
        var options = new SshTransportOptions
        {
            VerifyHostKey = (_, _) => default,
            HostKeyAlgorithms = SshAlgorithms.Signature,
            KeystrokeInterval = interval,
        };
        var (server, transport) = await ConnectAsync(options: options);
        var receiver = new RecordingReceiver();
        transport.Start(receiver);
        if (pings)
        {
            await server.SendAsync(Build((ref w) =>
            {
                w.WriteByte(MessageNumber.ExtInfo);
                w.WriteUInt32(1);
                w.WriteString("ping@openssh.com");
                w.WriteString("0");
            }));
        }

        await server.SendAsync([MessageNumber.UserAuthSuccess]);
        await receiver.NextAsync();
        return (server, transport);
    }
}
