using System.Diagnostics;
using SshMux.Engine.Channels;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Streams;
using SshMux.Engine.Tests.Transport;
using SshMux.Engine.Wire;
using static SshMux.Engine.Tests.Transport.ScriptedServer;
using static SshMux.Engine.Tests.Transport.TransportFixture;

namespace SshMux.Engine.Tests.Hostile;

/// <summary>
/// Servers that send, or ask for, or do not take more than is good. Memory is measured, so these run alone.
/// </summary>
[Collection(nameof(RunsAlone))]
public sealed class HostileFloodTests
{
    /// <summary>
    /// What may be held while a server floods: the limits of the transport, and what the pools keep. What is thrown at
    /// us is several times as much.
    /// </summary>
    private const long Bound = 20 * 1024 * 1024;

    private const int Flood = 48 * 1024 * 1024;

    /// <summary>How long a write must have waited before it counts as one that nobody takes.</summary>
    private static readonly TimeSpan Stuck = TimeSpan.FromSeconds(2);

    private byte[] _rest = [];
    private Task? _write;

    public static TheoryData<string> Harmless =>
        ["ignore", "debug", "unimplemented", "ping", "adjust", "request", "unknown message"];

    public static TheoryData<string> Asking => ["global request", "channel open", "channel request"];

    /// <summary>What wants no answer is taken, however much of it comes, and the connection stays usable.</summary>
    [Theory]
    [MemberData(nameof(Harmless))]
    public async Task Messages_without_an_answer_cost_no_memory(string kind)
    {
        var (server, connection, process) = await StartAsync();
        await using var _ = connection;
        var message = Message(kind, server.ClientChannel);
        var before = Memory();
        Assert.True(await SendManyAsync(server, message, Flood / 2, Patience), "it is not read");
        var alive = connection.CheckAliveAsync(TestContext.Current.CancellationToken);
        while ((await server.ReadAsync())[0] != MessageNumber.GlobalRequest)
        {
            // Some of what is not known, or is a ping, has been answered.
        }

        await server.SendAsync([MessageNumber.RequestFailure]);
        await alive.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.InRange(Memory() - before, long.MinValue, Bound);
        await process.DisposeAsync();
        await server.DisposeAsync();
    }

    /// <summary>A server that asks and asks, and takes no answers, is not listened to any more.</summary>
    [Theory]
    [MemberData(nameof(Asking))]
    public async Task Requests_whose_answers_are_not_taken_wait_with_the_server(string kind)
    {
        var (server, connection, process) = await StartAsync();
        await using var _ = connection;
        var message = Message(kind, server.ClientChannel);
        var before = Memory();
        Assert.False(await SendManyAsync(server, message, Flood, Stuck), "all of it was read");
        Assert.InRange(Memory() - before, long.MinValue, Bound);
        Assert.False(connection.Ended.IsCompleted);

        // It goes on when the server takes something, and ends like any other.
        var draining = server.DrainAsync();
        Assert.True(await SendRestAsync(server, Patience));
        connection.Close(new SshException(SshError.Stopped, "enough"));
        await connection.Ended.WaitAsync(Patience, TestContext.Current.CancellationToken);
        await draining;
        await process.DisposeAsync();
        await server.DisposeAsync();
    }

    /// <summary>During a key exchange nobody can be made to wait, so there the end is the only bound.</summary>
    [Fact]
    public async Task Requests_instead_of_the_key_exchange_that_we_asked_for_end_the_connection()
    {
        var (server, connection, process) = await StartAsync();
        await using var _ = connection;
        connection.RequestKeyExchange();
        await server.ExpectAsync(MessageNumber.KexInit);
        var draining = server.DrainAsync();
        var before = Memory();
        try
        {
            await SendManyAsync(server, Message("channel open", 0), Flood, Patience);
        }
        catch (IOException)
        {
            // The client has gone.
        }

        var reason = Victim.MustBeClear(
            await connection.Ended.WaitAsync(Patience, TestContext.Current.CancellationToken));
        Assert.Equal(SshError.ProtocolError, reason.Error);
        Assert.Contains("key exchange", reason.Message, StringComparison.Ordinal);
        Assert.InRange(Memory() - before, long.MinValue, Bound);
        await draining;
        await process.DisposeAsync();
        await server.DisposeAsync();
    }

    /// <summary>A window of 4 GiB, and nobody reads: the program's writes wait.</summary>
    [Fact]
    public async Task A_server_that_stops_reading_stops_the_sender()
    {
        var (server, connection, process) = await StartAsync(window: 0xffffffff);
        await using var _ = connection;
        var before = Memory();
        var data = new byte[64 * 1024];
        long written = 0;
        while (true)
        {
            var write = process.StandardInput.WriteAsync(data, TestContext.Current.CancellationToken).AsTask();
            if (await Task.WhenAny(write, Task.Delay(Stuck, TestContext.Current.CancellationToken)) != write) break;
            written += data.Length;
            Assert.InRange(written, 0, Flood);
        }

        Assert.InRange(Memory() - before, long.MinValue, Bound);
        var draining = server.DrainAsync();
        connection.Close(new SshException(SshError.Stopped, "enough"));
        await connection.Ended.WaitAsync(Patience, TestContext.Current.CancellationToken);
        await draining;
        await process.DisposeAsync();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task A_storm_of_rekeys_costs_no_memory()
    {
        var (server, connection, process) = await StartAsync();
        await using var _ = connection;
        await server.ExchangeKeysAsync();
        var before = Memory();
        for (var i = 0; i < 200; i++) await server.ExchangeKeysAsync();
        Assert.InRange(Memory() - before, long.MinValue, Bound / 4);
        Assert.False(connection.Ended.IsCompleted);
        await process.DisposeAsync();
        await server.DisposeAsync();
    }

    /// <summary>Channels of a type that is waited for, each of which takes its time to be decided about.</summary>
    [Fact]
    public async Task Channels_without_end_are_refused_at_some_point()
    {
        var (server, connection, process) = await StartAsync();
        await using var _ = connection;
        var waiting = new List<IncomingChannel>();
        connection.AcceptChannels("wanted", waiting.Add);
        const int opened = IncomingChannels.MaxChannels + 100;
        for (var i = 0; i < opened; i++) await server.SendAsync(Open("wanted"));

        // Until every one is decided about: one more would take the room that is made below.
        for (var refused = 0; waiting.Count + refused < opened; refused++)
        {
            await server.ExpectAsync(MessageNumber.ChannelOpenFailure);
        }

        Assert.InRange(waiting.Count, IncomingChannels.MaxChannels - 10, IncomingChannels.MaxChannels);

        // When some have their answers there is room again.
        var draining = server.DrainAsync();
        foreach (var channel in waiting.ToArray()) channel.Refuse(OpenFailureReason.ConnectFailed, "no");
        var count = waiting.Count;
        await server.SendAsync(Open("wanted"));
        var clock = Stopwatch.StartNew();
        while (waiting.Count == count && clock.Elapsed < Patience)
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        Assert.Equal(count + 1, waiting.Count);
        await connection.DisposeAsync();
        await draining;
        await process.DisposeAsync();
        await server.DisposeAsync();
    }

    /// <summary>A session whose program has started and whose pipes are narrow.</summary>
    private static async Task<(ScriptedServer Server, SshConnection Connection, RemoteProcess Process)> StartAsync(
        uint window = 1 << 20)
    {
        var (server, connection) = await Victim.LoggedInAsync(narrow: true);
        var starting = connection.StartAsync(
            new SessionRequest { Command = "x" }, TestContext.Current.CancellationToken);
        await server.ConfirmChannelAsync(window);
        server.Skip();
        await server.ServeAsync(Step.Data);
        return (server, connection, await starting.WaitAsync(Patience, TestContext.Current.CancellationToken));
    }

    private static long Memory() => GC.GetTotalMemory(forceFullCollection: true);

    /// <summary>Sends a message many times; false when nobody takes it any more.</summary>
    private async Task<bool> SendManyAsync(ScriptedServer server, byte[] message, int bytes, TimeSpan patience)
    {
        var batch = new MemoryStream();
        for (var sent = 0L; sent < bytes; sent += batch.Length)
        {
            batch.SetLength(0);
            while (batch.Length < 64 * 1024) batch.Write(server.EncodePacket(message));
            _rest = batch.ToArray();
            if (!await SendRestAsync(server, patience)) return false;
        }

        return true;
    }

    private async Task<bool> SendRestAsync(ScriptedServer server, TimeSpan patience)
    {
        // A write that was stuck goes on: a packet must not be cut off.
        _write ??= server.Stream.WriteAsync(_rest).AsTask();
        if (await Task.WhenAny(_write, Task.Delay(patience)) != _write) return false;
        await _write;
        _write = null;
        return true;
    }

    private static byte[] Open(string type) => Build((ref w) =>
    {
        w.WriteByte(MessageNumber.ChannelOpen);
        w.WriteString(type);
        w.WriteUInt32(0);
        w.WriteUInt32(1);
        w.WriteUInt32(1);
    });

    private static byte[] Message(string kind, uint channel) => kind switch
    {
        "ignore" => [MessageNumber.Ignore, 0, 0, 0, 200, .. new byte[200]],
        "debug" => [MessageNumber.Debug, 1, 0, 0, 0, 200, .. new byte[200], 0, 0, 0, 0],
        "unimplemented" => [MessageNumber.Unimplemented, 0x7f, 0, 0, 0],
        "ping" => Build((ref w) =>
        {
            w.WriteByte(MessageNumber.Ping);
            w.WriteString(new string('x', 1000));
        }),
        "adjust" => Build((ref w) =>
        {
            w.WriteByte(MessageNumber.ChannelWindowAdjust);
            w.WriteUInt32(channel);
            w.WriteUInt32(1);
        }),
        "request" => Build((ref w) =>
        {
            w.WriteByte(MessageNumber.GlobalRequest);
            w.WriteString("hostkeys-00@openssh.com");
            w.WriteBoolean(false);
        }),
        "global request" => Build((ref w) =>
        {
            w.WriteByte(MessageNumber.GlobalRequest);
            w.WriteString("x");
            w.WriteBoolean(true);
        }),
        "channel open" => Open("nobody wants this"),
        "channel request" => Build((ref w) =>
        {
            w.WriteByte(MessageNumber.ChannelRequest);
            w.WriteUInt32(channel);
            w.WriteString("x");
            w.WriteBoolean(true);
        }),
        "unknown message" => [200],
        _ => throw new ArgumentException(kind),
    };
}
