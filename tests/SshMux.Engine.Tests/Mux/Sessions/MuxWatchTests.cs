using System.Net.Sockets;
using System.Text;
using SshMux.Engine.Channels;
using SshMux.Engine.Channels.Usage;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Mux.Master;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Mux.Sessions;
using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Tests.Mux.Master;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Mux.Sessions;

/// <summary>Sessions that are watched (extension "watch@sshmux").</summary>
public class MuxWatchTests(MuxSshd server) : IClassFixture<MuxSshd>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TestSshd _sshd = server.Sshd;

    [Fact]
    public async Task What_goes_through_a_session_is_seen_in_its_order_from_its_beginning_to_its_end()
    {
        await using var master = await OurMaster.StartAsync(_sshd);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        await using var watch = await MuxSessionWatch.StartAsync(client, "", default);
        var result = await master.SshAsync(["x", "cat; echo err >&2; read x; echo end"], "some input\n");
        Assert.Equal((0, "some input\nend\n"), (result.ExitCode, result.Output));
        var seen = new List<MuxWatched>();
        await foreach (var one in watch.ReadAllAsync(default).WithCancellation(new CancellationTokenSource(Patience).Token))
        {
            seen.Add(one);
            if (one.Kind == MuxWatchedKind.Ended) break;
        }

        Assert.Equal((MuxWatchedKind.Begun, "cat; echo err >&2; read x; echo end"), (seen[0].Kind, Text(seen[0])));
        Assert.Equal("some input\n", All(seen, MuxWatchedKind.Input));
        Assert.Equal("some input\nend\n", All(seen, MuxWatchedKind.Output));
        Assert.Equal("err\n", All(seen, MuxWatchedKind.Error));
        Assert.True(
            seen.FindIndex(one => one.Kind == MuxWatchedKind.Input)
            < seen.FindIndex(one => one.Kind == MuxWatchedKind.Output));
        Assert.All(seen, one => Assert.Equal((1u, (ulong)one.Data.Length), (one.Session, one.Count)));
        Assert.Equal([.. seen.Select(one => one.Time).Order()], seen.Select(one => one.Time));
    }

    [Fact]
    public async Task One_session_is_watched_and_no_other()
    {
        await using var master = await OurMaster.StartAsync(_sshd);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        await using var wanted = await client.StartAsync(new() { Command = "cat", SessionName = "wanted" });
        await using var other = await client.StartAsync(new() { Command = "cat" });
        await using var watch = await MuxSessionWatch.StartAsync(client, "wanted", default);
        foreach (var process in new[] { other, wanted })
        {
            await process.StandardInput.WriteAsync(Encoding.UTF8.GetBytes(process == wanted ? "wanted" : "other"));
            await process.StandardInput.DisposeAsync();
            await process.Exit;
        }

        var seen = await ReadToEndAsync(watch);
        Assert.Equal("wanted", All(seen, MuxWatchedKind.Output));
        Assert.Equal((MuxWatchedKind.Ended, 1u), (seen[^1].Kind, seen[^1].Session));
    }

    [Fact]
    public async Task A_watcher_that_is_too_slow_is_told_how_much_it_lost_and_the_session_loses_nothing()
    {
        const int total = 64 * 1024 * 1024;
        await using var master = await OurMaster.StartAsync(_sshd);
        using var raw = await RawClient.GreetAsync(master.Path);
        await raw.Messages.SendAsync(new MuxWatch(7, ""));
        Assert.Equal(new MuxOk(7), await raw.ReceiveAsync());
        await using var client = await MuxClient.ConnectAsync(master.Path);
        await using var process = await client.StartAsync(new() { Command = $"head -c {total} /dev/zero" });
        Assert.Equal(total, await CountAsync(process.StandardOutput));
        Assert.Equal(0u, (await process.Exit).Status);

        ulong data = 0, lost = 0;
        while (await raw.ReceiveAsync() is MuxWatched { Kind: not MuxWatchedKind.Ended } seen)
        {
            Assert.Equal((7u, 1u), (seen.RequestId, seen.Session));
            if (seen.Kind == MuxWatchedKind.Output) data += (ulong)seen.Data.Length;
            if (seen.Kind == MuxWatchedKind.Lost) lost += seen.Count;
        }

        Assert.Equal((ulong)total, data + lost);
        Assert.InRange(data, 1ul, 16ul * 1024 * 1024);
    }

    [Fact]
    public async Task A_watcher_that_takes_nothing_while_sessions_come_and_go_is_dropped_in_the_end()
    {
        await using var master = await OurMaster.StartAsync(_sshd);
        using var raw = await RawClient.GreetAsync(master.Path);
        await raw.Messages.SendAsync(new MuxWatch(7, ""));
        Assert.Equal(new MuxOk(7), await raw.ReceiveAsync());
        for (var i = 0; i < 100_000; i++)
        {
            var session = master.Master.SessionTable.Add(new(), new Ghost());
            master.Master.SessionTable.Open(session, new ChannelTraffic());
            master.Master.SessionTable.Remove(session);
        }

        while (await raw.ReceiveAsync() is { } message) Assert.IsType<MuxWatched>(message);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        await using var process = await client.StartAsync(new() { Command = "cat" });
        await process.StandardInput.DisposeAsync();
        Assert.Equal(0u, (await process.Exit).Status);
    }

    [Fact]
    public async Task A_watch_ends_with_its_client_and_leaves_nothing_at_the_session()
    {
        await using var master = await OurMaster.StartAsync(_sshd);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        await using var process = await client.StartAsync(new() { Command = "cat" });
        for (var i = 0; i < 10; i++)
        {
            var watch = await MuxSessionWatch.StartAsync(client, "1", default);
            await watch.DisposeAsync();
        }

        var traffic = Assert.Single(master.Master.SessionTable.All).Traffic!;
        await Eventually.TrueAsync(() => !traffic.IsWatched, "nobody watches");
        await using var other = await MuxSessionWatch.StartAsync(client, "1", default);
        Assert.True(traffic.IsWatched);
        await master.Master.StopAsync();
        await ReadToEndAsync(other); // to the end of the master, or of the session if that was told in time
    }

    [Fact]
    public async Task Who_is_not_the_masters_user_may_not_watch()
    {
        await using var master = await OurMaster.StartAsync(_sshd);
        var (here, there) = DescriptorPair.CreateSocket();
        using var client = new MuxSocket(here);
        using var socket = new MuxSocket(new Socket(new SafeSocketHandle(there.Number, ownsHandle: false)));
        using (there)
        {
            var notices = new MuxClientNotices(socket, 0, isOwner: false, TimeProvider.System);
            var permission = new MuxClientPermission(master.Master.Lock, null, socket, notices, master.Master.Options.Logger);
            using var requests = new MuxSessionRequests(master.Master, socket, permission, isOwner: false);
            await requests.WatchAsync(new MuxWatch(3, ""));
            Assert.Equal(
                new MuxFailure(3, "only the user who started the master may watch"), await client.ReceiveAsync());
        }
    }

    private static async Task<List<MuxWatched>> ReadToEndAsync(MuxSessionWatch watch)
    {
        using var limit = new CancellationTokenSource(Patience);
        var seen = new List<MuxWatched>();
        await foreach (var one in watch.ReadAllAsync(limit.Token))
        {
            seen.Add(one);
            if (one.Kind == MuxWatchedKind.Ended) break;
        }

        return seen;
    }

    private static async Task<long> CountAsync(Stream stream)
    {
        var buffer = new byte[64 * 1024];
        long total = 0;
        while (await stream.ReadAsync(buffer) is > 0 and var count) total += count;
        return total;
    }

    private static string All(IEnumerable<MuxWatched> seen, MuxWatchedKind kind) =>
        string.Concat(seen.Where(one => one.Kind == kind).Select(Text));

    private static string Text(MuxWatched seen) => Encoding.UTF8.GetString(seen.Data.Span);

    private sealed class Ghost : IMuxTrackedSession
    {
        public MuxSessionState State => MuxSessionState.Open;

        public TerminalSize? TerminalSize => null;

        public Task<bool> SignalAsync(string name) => Task.FromResult(false);

        public void Close(SshException reason)
        {
        }
    }
}
