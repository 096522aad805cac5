using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Mux.Master;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Streams;
using SshMux.Engine.Tests.Mux;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Cycles;

/// <summary>
/// A master whose connection is cut again and again while clients of all kinds work with it (SshMuxReconnect): for 20
/// seconds with a cut every other one, or for as many as SSHMUX_SOAK says, with a cut every 20, or every so many as it says
/// behind a slash (3600/5). Alone in its process, as
/// <see cref="CycleTests"/>.
/// </summary>
[Collection("cycles")] // one after the other: they look at what the whole process holds
public sealed class SoakTests : IAsyncLifetime
{
    private const int Size = 256 * 1024;

    // The thread pool takes some and gives them back when it pleases.
    private const int ThreadLimit = 16;

    private readonly byte[] _sent = RandomNumberGenerator.GetBytes(Size);
    private TestSshd _sshd = null!;
    private OurMaster _master = null!;
    private int _cuts;
    private int _watched;
    private int _port;
    private volatile bool _isOver;

    public async ValueTask InitializeAsync()
    {
        _sshd = await MuxSshd.StartAsync("LogLevel QUIET");
        _master = await OurMaster.StartAsync(_sshd, new MuxMasterOptions
        {
            Reconnection = new Reconnection(null, TimeSpan.FromSeconds(60)),
            LogInAgain = stop => OurMaster.ConnectAsync(_sshd, stop),
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _master.DisposeAsync();
        await _sshd.DisposeAsync();
    }

    [Fact(Explicit = true)]
    public async Task Nothing_is_lost_of_what_was_not_cut_and_nothing_stays()
    {
        var asked = Environment.GetEnvironmentVariable("SSHMUX_SOAK");
        var (time, pause) = asked is null
            ? (TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(2))
            : (Seconds(asked.Split('/')[0]), Seconds(asked.Contains('/', StringComparison.Ordinal) ? asked.Split('/')[1] : "20"));
        using var echo = new TcpTestServer();
        _port = (await _master.Master.OpenForwardAsync(ForwardSpec.ParseLocal($"0:127.0.0.1:{echo.Port}")))!.Value;

        // What is made once is made now.
        await Task.WhenAll(SessionAsync(), ForwardAsync(), SshAsync());
        _sshd.KillConnections();
        await Task.WhenAll(SessionAsync(), OwnSessionAsync(), ForwardAsync(), SshAsync());
        await _master.ExpectNothingLeftAsync();
        var before = Holdings.Of(_master);

        var clock = Stopwatch.StartNew();
        Task<(int Whole, int Cut)>[] working =
        [
            RepeatAsync(SessionAsync), RepeatAsync(SessionAsync), RepeatAsync(OwnSessionAsync), RepeatAsync(ForwardAsync),
            RepeatAsync(SshAsync),
        ];
        var watching = RepeatAsync(WatchAsync);
        while (clock.Elapsed < time)
        {
            await Task.Delay(pause);
            _sshd.KillConnections();
            _cuts++;
        }

        _isOver = true;
        var counts = await Task.WhenAll(working);
        _master.Master.Notices.Tell(MuxNoticeKind.HostKey, "over");
        var last = await SessionAsync(); // and whoever watches sees something
        await watching;
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{_cuts} cuts in {clock.Elapsed}; sessions, sessions, own sessions, forwarded, ssh -S (whole, cut): "
            + $"{string.Join(' ', counts)}; {_watched} seen by watchers");
        Assert.True(last);
        Assert.All(counts, count => Assert.True(count.Whole > 0, "each kind has worked"));
        Assert.True(counts.Sum(count => count.Cut) > 0, "something was cut");
        Assert.True(_watched > 0, "watchers have seen something");
        Assert.False(_master.Ended.IsCompleted, "the master lives");

        await _master.ExpectNothingLeftAsync();
        var after = Holdings.Of(_master);
        for (var more = 0; more < 100 && New(before, after) > 0; more++)
        {
            await Task.Delay(100);
            after = Holdings.Of(_master);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{before} -> {after}");
        TestContext.Current.TestOutputHelper?.WriteLine($"{Kinds(before)} -> {Kinds(after)}");

        // The connection of now has taken the place of the first one.
        Assert.Equal(0, New(before, after));
        Assert.InRange(after.Threads, 0, before.Threads + ThreadLimit);
        Assert.Empty(_master.Master.SessionTable.All);
    }

    /// <summary>How many descriptors there are more than before; connections have changed, so their numbers have.</summary>
    private static int New(Holdings before, Holdings after) =>
        Math.Max(0, after.Descriptors.Length - before.Descriptors.Length);

    private static string Kinds(Holdings holdings) => string.Join(
        ", ", holdings.Descriptors.GroupBy(target => target.Split('[')[0]).Select(kind => $"{kind.Count()} {kind.Key}"));

    /// <summary>One after the other until it is over; how many were whole, and how many were cut.</summary>
    private async Task<(int Whole, int Cut)> RepeatAsync(
        Func<Task<bool>> work, [CallerArgumentExpression(nameof(work))] string? name = null)
    {
        await Task.Yield();
        var (whole, cut) = (0, 0);
        while (!_isOver)
        {
            // Nothing of it takes as long; what does has been forgotten by somebody.
            var one = work();
            await Task.WhenAny(one, Task.Delay(TimeSpan.FromMinutes(2)));
            Assert.True(one.IsCompleted, $"{name} does not end");
            if (await one) whole++;
            else cut++;
        }

        return (whole, cut);
    }

    private static TimeSpan Seconds(string text) => TimeSpan.FromSeconds(double.Parse(text, CultureInfo.InvariantCulture));

    private async Task<bool> SessionAsync()
    {
        await using var client = await MuxClient.ConnectAsync(_master.Path);
        return await CatAsync(() => client.StartAsync(new SessionRequest { Command = "cat; exit 3" }, default));
    }

    private Task<bool> OwnSessionAsync() => CatAsync(
        () => _master.Master.Shared.StartAsync(new SessionRequest { Command = "cat; exit 3" }, default));

    /// <summary>Whether it came to its end; then all came back. If not, what came back was no other.</summary>
    private async Task<bool> CatAsync(Func<Task<RemoteProcess>> start)
    {
        var received = new MemoryStream();
        try
        {
            await using var process = await start();
            var reading = process.StandardOutput.CopyToAsync(received);
            try
            {
                await process.StandardInput.WriteAsync(_sent);
                await process.StandardInput.DisposeAsync();
                await reading;
                if ((await process.Exit).Status is { } status)
                {
                    Assert.Equal(3u, status);
                    Assert.True(_sent.AsSpan().SequenceEqual(received.ToArray()), "all came back");
                    return true;
                }
            }
            finally
            {
                await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        catch (Exception e) when (e is SshException or IOException)
        {
            // Cut; or it was cut between the opening and the request.
        }

        var part = received.ToArray();
        Assert.True(_sent.AsSpan(0, part.Length).SequenceEqual(part), "what came back before the cut is what was sent");
        return false;
    }

    private async Task<bool> ForwardAsync()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _port);
        var received = new MemoryStream();
        var stream = client.GetStream();
        try
        {
            var reading = stream.CopyToAsync(received);
            await stream.WriteAsync(_sent);
            client.Client.Shutdown(SocketShutdown.Send);
            await reading;
        }
        catch (IOException)
        {
            // Cut.
        }

        var part = received.ToArray();
        Assert.True(_sent.AsSpan(0, part.Length).SequenceEqual(part), "what came back is what was sent");
        return part.Length == Size;
    }

    private async Task<bool> SshAsync()
    {
        var result = await _master.SshAsync("x", "echo whole; exit 3");
        if (result.ExitCode == 255) return false;
        Assert.Equal((3, "whole\n"), (result.ExitCode, result.Output));
        return true;
    }

    /// <summary>Watches for a while, and leaves without a word.</summary>
    private async Task<bool> WatchAsync()
    {
        await using var client = await MuxClient.ConnectAsync(_master.Path);
        await using var watch = await MuxSessionWatch.StartAsync(client, "", default);
        var many = 0;
        await foreach (var _ in watch.ReadAllAsync(default))
        {
            _watched++;
            if (++many == 500 || _isOver) break;
        }

        return true;
    }
}
