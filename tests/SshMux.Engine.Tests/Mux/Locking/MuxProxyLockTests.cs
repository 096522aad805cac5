using SshMux.Engine.Mux.Master;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Tests.Mux.Streams;
using SshMux.Engine.Tests.Support;
using static SshMux.Engine.Tests.Mux.Proxy.RawProxyClient;

namespace SshMux.Engine.Tests.Mux.Locking;

/// <summary>A master that is locked, and clients in proxy mode, whose channels it passes on.</summary>
[Trait("System", "any")]
public sealed class MuxProxyLockTests : IAsyncLifetime
{
    private MuxMaster _master = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() =>
        _master = await MuxMaster.StartAsync(EchoServer.Connect(), new MuxMasterOptions(), Stop);

    public ValueTask DisposeAsync() => _master.DisposeAsync();

    [Fact]
    public async Task Proxy_mode_is_refused_and_its_channels_are()
    {
        using var runs = await RawStreamClient.EnterProxyModeAsync(_master);
        var channel = await runs.OpenSessionAsync();
        _master.Lock.Lock(waits: false, default);
        using var late = await RawStreamClient.GreetAsync(_master);
        await late.SendAsync(new MuxProxyRequest(3));
        Assert.Equal(
            new MuxFailure(3, "the master is locked; -O unlock or Unlock-SshMaster unlocks it"),
            await late.ReceivePacketAsync());

        await OpenAsync(runs, 8);
        var refusal = await runs.ReceiveMessageAsync(92);
        Assert.Equal([.. Number(8), .. Number(1)], refusal[1..9]); // administratively prohibited

        // What runs goes on.
        await runs.SendDataAsync(channel, "there and back");
        await runs.ExpectDataAsync("there and back");
        await _master.Lock.UnlockAsync(default, Stop);
        await runs.OpenSessionAsync();
    }

    [Fact]
    public async Task Its_channels_wait_until_it_is_unlocked()
    {
        using var client = await RawStreamClient.EnterProxyModeAsync(_master);
        _master.Lock.Lock(waits: true, default);
        await OpenAsync(client, 8);
        await _master.Lock.UnlockAsync(default, Stop);
        Assert.Equal([91, .. Number(8)], (await client.ReceiveMessageAsync(91))[..5]);
    }

    [Fact]
    public async Task As_many_channels_wait_as_a_client_may_have_and_they_go_with_it()
    {
        var client = await RawStreamClient.EnterProxyModeAsync(_master);
        _master.Lock.Lock(waits: true, default);
        for (var i = 0u; i <= 1024; i++) await OpenAsync(client, i);
        var refusal = await client.ReceiveMessageAsync(92);
        Assert.Equal([.. Number(1024), .. Number(4)], refusal[1..9]); // resource shortage
        client.Dispose();
        await client.Served.WaitAsync(TimeSpan.FromSeconds(30), Stop);
        await _master.Lock.UnlockAsync(default, Stop);
        await Eventually.TrueAsync(() => _master.Connection.ChannelCount == 0, "no channel is opened for nobody");
    }

    [Fact]
    public async Task Who_waits_is_refused_when_the_master_ends()
    {
        using var client = await RawStreamClient.GreetAsync(_master);
        _master.Lock.Lock(waits: true, default);
        await client.SendAsync(new MuxProxyRequest(3));
        await client.SendAsync(new MuxAliveCheck(4)); // in its turn, behind the first
        await _master.StopAsync();
        await client.Served.WaitAsync(TimeSpan.FromSeconds(30), Stop);
    }

    private static Task OpenAsync(RawStreamClient client, uint number) => client.SendBytesAsync(
        RawStreamClient.Frame([90, .. Text("session"), .. Number(number), .. Number(1000), .. Number(1000)]));
}
