using SshMux.Engine.Mux.Client;
using SshMux.Engine.Mux.Master;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Streams;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Mux.Master;

/// <summary>The end of a master that nobody uses (ControlPersist).</summary>
public sealed class MuxMasterIdleTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TestFolder _folder = new();

    private string Path => _folder.File("s");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_ends_when_nobody_comes()
    {
        await using var master = await StartAsync(TimeSpan.FromMilliseconds(50));
        var reason = await master.Ended.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal((SshError.Stopped, "nobody used the master for 00:00:00.0500000"), (reason.Error, reason.Message));
        Assert.False(File.Exists(Path));
    }

    [Fact]
    public async Task A_client_or_a_channel_keeps_it_and_the_time_counts_anew_when_the_last_one_goes()
    {
        var limit = TimeSpan.FromMilliseconds(1500);
        await using var master = await StartAsync(limit);
        long gone;
        using (var client = await RawClient.GreetAsync(Path))
        {
            await using var stream = await master.Connection.OpenStreamAsync("x", 1, default);
            await Task.Delay(limit * 1.5, TestContext.Current.CancellationToken);
            client.Dispose();
            Assert.False(master.Ended.IsCompleted, "it ended under a client");

            // The channel is the last one.
            await Task.Delay(limit * 1.5, TestContext.Current.CancellationToken);
            Assert.False(master.Ended.IsCompleted, "it ended under a channel");
            gone = Environment.TickCount64;
        }

        var reason = await master.Ended.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(SshError.Stopped, reason.Error);
        Assert.True(Environment.TickCount64 - gone >= limit.TotalMilliseconds * 0.9, "it ended too early");
    }

    [Fact]
    public async Task Who_only_listens_or_looks_is_no_use()
    {
        await using var master = await StartAsync(TimeSpan.FromMilliseconds(300));
        var options = new MuxClientOptions { Announced = [MuxExtensions.OfListener], OnNotice = _ => { } };
        await using var listening = await MuxClient.ConnectAsync(Path, options, TestContext.Current.CancellationToken);

        // As often as somebody may look who waits for the end.
        while (!master.Ended.IsCompleted)
        {
            try
            {
                await using var looking = await MuxClient.ConnectAsync(Path, options, TestContext.Current.CancellationToken);
                await looking.FindPresentAsync(TestContext.Current.CancellationToken);
            }
            catch (SshException)
            {
                break; // it has ended
            }
        }

        var reason = await master.Ended.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.StartsWith("nobody used the master", reason.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_limit_it_stays()
    {
        await using var master = await StartAsync(Timeout.InfiniteTimeSpan);
        using var client = await RawClient.GreetAsync(Path);
        await client.Messages.SendAsync(new MuxAliveCheck(1));
        Assert.IsType<MuxAlive>(await client.ReceiveAsync());
        Assert.False(master.Ended.IsCompleted);
    }

    private Task<MuxMaster> StartAsync(TimeSpan limit) => MuxMaster.StartAsync(
        EchoServer.Connect(), new MuxMasterOptions { ControlPath = Path, IdleLimit = limit });
}
