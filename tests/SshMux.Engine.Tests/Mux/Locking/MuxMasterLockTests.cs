using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Mux.Locking;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Streams;
using SshMux.Engine.Tests.Mux.Master;
using SshMux.Engine.Tests.Mux.Proxy;
using SshMux.Engine.Tests.Support;
using static SshMux.Engine.Tests.Mux.Proxy.RawProxyClient;

namespace SshMux.Engine.Tests.Mux.Locking;

/// <summary>A master that is locked, its clients of both kinds, and what it runs.</summary>
public sealed class MuxMasterLockTests(MuxSshd server) : IClassFixture<MuxSshd>
{
    private static readonly SessionRequest Cat = new() { Command = "cat" };

    private readonly TestSshd _sshd = server.Sshd;
    private readonly ConcurrentQueue<MuxNotice> _heard = [];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_new_is_opened_and_what_runs_goes_on()
    {
        await using var master = await OurMaster.StartAsync(_sshd);
        using var echo = new TcpTestServer();
        await using var client = await ConnectAsync(master.Path);
        var port = await client.OpenForwardAsync(ForwardSpec.ParseLocal($"0:127.0.0.1:{echo.Port}"), Stop);
        await using var runs = await client.StartAsync(Cat, Stop);
        await client.LockAsync(waits: false, [], Stop);

        foreach (var open in (Func<Task>[])
        [
            () => client.StartAsync(Cat, Stop),
            () => client.OpenStreamAsync("127.0.0.1", echo.Port, Stop),
            () => client.OpenForwardAsync(ForwardSpec.ParseLocal($"{TestSshd.FreePort()}:127.0.0.1:7"), Stop),
            () => master.Master.OpenForwardAsync(ForwardSpec.ParseLocal($"{TestSshd.FreePort()}:127.0.0.1:7"), Stop),
        ])
        {
            var error = await Assert.ThrowsAsync<SshException>(open);
            Assert.Equal(
                (SshError.MasterLocked, "the master is locked; -O unlock or Unlock-SshMaster unlocks it"),
                (error.Error, error.Message));
        }

        // ssh's clients read it as the reason of a refusal.
        var theirs = await master.SshAsync("x", "true");
        Assert.Equal(255, theirs.ExitCode);
        Assert.Contains("session request failed: the master is locked; -O unlock", theirs.ErrorOutput, StringComparison.Ordinal);
        theirs = await master.SshAsync("-W", "127.0.0.1:7", "x");
        Assert.Contains("the master is locked", theirs.ErrorOutput, StringComparison.Ordinal);
        theirs = await master.SshAsync("-O", "forward", "-L", $"{TestSshd.FreePort()}:127.0.0.1:7", "x");
        Assert.Contains("forwarding request failed: the master is locked", theirs.ErrorOutput, StringComparison.Ordinal);
        theirs = await master.SshAsync("-O", "check", "x");
        Assert.Equal(0, theirs.ExitCode);

        // What runs, runs; what is there can be seen and ended.
        await runs.StandardInput.WriteAsync("hello"u8.ToArray(), Stop);
        await runs.StandardOutput.ReadExactlyAsync(new byte[5], Stop);
        using var forwarded = new TcpClient();
        await forwarded.ConnectAsync(IPAddress.Loopback, port!.Value, Stop);
        await forwarded.GetStream().WriteAsync("there"u8.ToArray(), Stop);
        await forwarded.GetStream().ReadExactlyAsync(new byte[5], Stop);
        Assert.Single(await client.ListSessionsAsync(Stop));
        await client.OpenForwardAsync(ForwardSpec.ParseLocal($"0:127.0.0.1:{echo.Port}"), Stop); // is only told again
        await client.CloseForwardAsync(ForwardSpec.ParseLocal($"0:127.0.0.1:{echo.Port}"), Stop);
        Assert.NotNull((await client.FindPresentAsync(Stop))!.Lock);

        await client.UnlockAsync([], Stop);
        Assert.Null((await client.FindPresentAsync(Stop))!.Lock);
        Assert.Equal(0, (await master.SshAsync("x", "true")).ExitCode);
    }

    [Fact]
    public async Task A_master_that_is_locked_can_be_ended()
    {
        await using var master = await OurMaster.StartAsync(_sshd);
        await using var client = await ConnectAsync(master.Path);
        await client.LockAsync(waits: true, "a"u8.ToArray(), Stop);
        await using var other = await ConnectAsync(master.Path);
        var waiting = other.StartAsync(Cat, Stop);
        await Eventually.TrueAsync(() => !_heard.IsEmpty, "the session waits");
        await client.TerminateAsync(Stop);

        // Told why if there is still time for it; nothing has been begun.
        var end = await Assert.ThrowsAsync<SshException>(() => waiting);
        Assert.Contains(end.Error, (SshError[])[SshError.MuxRefused, SshError.MasterGone]);
        await master.Master.Ended.WaitAsync(TimeSpan.FromSeconds(20), Stop);
    }

    [Fact]
    public async Task What_waits_goes_on_when_it_is_unlocked()
    {
        await using var master = await OurMaster.StartAsync(_sshd);
        await using var client = await ConnectAsync(master.Path);
        await client.LockAsync(waits: true, [], Stop);
        var theirs = master.SshAsync("x", "echo theirs; exit 3");
        var ours = client.StartAsync(Cat, Stop);
        await using var second = await ConnectAsync(master.Path);
        using var echo = new TcpTestServer();
        var forward = second.OpenForwardAsync(ForwardSpec.ParseLocal($"0:127.0.0.1:{echo.Port}"), Stop);
        await Eventually.TrueAsync(() => master.Master.SessionTable.All.Count == 2, "both are there");
        await Eventually.TrueAsync(() => _heard.Count == 2, "ours are told");
        Assert.All(_heard, notice => Assert.Equal(
            new(MuxNoticeKind.LockWaits, "the master is locked; waiting until it is unlocked"), notice));
        Assert.All(
            await client.ListSessionsAsync(Stop), session => Assert.Equal(MuxSessionState.Waiting, session.State));
        Assert.False(theirs.IsCompleted || ours.IsCompleted || forward.IsCompleted);

        // One who has enough goes, and holds nobody up.
        using (var raw = await RawClient.GreetAsync(master.Path))
        {
            await raw.Messages.SendAsync(new MuxOpenForward(1, MuxForward.From(ForwardSpec.ParseLocal("0:127.0.0.1:7"))));
        }

        await client.UnlockAsync([], Stop);
        Assert.Equal((3, "theirs\n"), ((await theirs).ExitCode, (await theirs).Output));
        await using var process = await ours;
        Assert.NotNull(await forward);
    }

    [Fact]
    public async Task The_masters_own_process_is_bound_by_it_too()
    {
        await using var master = await OurMaster.StartAsync(_sshd);
        var told = new ConcurrentQueue<string>();
        var own = new LockedSource(master.Master.Shared, master.Master.Shared, master.Master.Lock, told.Enqueue);
        master.Master.Lock.Lock(waits: false, default);
        Assert.Equal(
            SshError.MasterLocked, (await Assert.ThrowsAsync<SshException>(() => own.StartAsync(Cat, Stop))).Error);
        var stream = () => own.OpenAsync(connection => connection.OpenStreamAsync("127.0.0.1", 7, Stop), Stop);
        Assert.Equal(SshError.MasterLocked, (await Assert.ThrowsAsync<SshException>(stream)).Error);
        await master.Master.Lock.UnlockAsync(default, Stop);
        master.Master.Lock.Lock(waits: true, default);
        var waiting = own.StartAsync(Cat, Stop);
        Assert.Equal("the master is locked; waiting until it is unlocked", Assert.Single(told));
        Assert.False(waiting.IsCompleted);
        await master.Master.Lock.UnlockAsync(default, Stop);
        await (await waiting).DisposeAsync();
        Assert.False(own.HasEnded);
    }

    [Fact]
    public async Task A_wrong_passphrase_is_told_and_ours_of_two_at_once_one_waits_for_its_turn()
    {
        await using var master = await OurMaster.StartAsync(_sshd);
        await using var client = await ConnectAsync(master.Path);
        await client.LockAsync(waits: false, "a"u8.ToArray(), Stop);
        Assert.Equal("the master refused: wrong passphrase", await RefusalAsync(() => client.UnlockAsync("b"u8.ToArray(), Stop)));
        Assert.Equal(
            "the master refused: the master was locked with a passphrase, which is needed to unlock it",
            await RefusalAsync(() => client.UnlockAsync([], Stop)));

        // The next one waits for a second, and meanwhile the client can ask for other things, but not for this.
        var first = client.UnlockAsync("c"u8.ToArray(), Stop);
        Assert.Equal(
            "the master refused: another request about the lock is under way",
            await RefusalAsync(() => client.UnlockAsync("a"u8.ToArray(), Stop)));
        await client.CheckAliveAsync(Stop);
        Assert.Equal("the master refused: wrong passphrase", await RefusalAsync(() => first));

        // One that goes meanwhile is forgotten.
        using (var raw = await RawClient.GreetAsync(master.Path))
        {
            await raw.Messages.SendAsync(new MuxUnlockMaster(1, "a"u8.ToArray()));
        }

        await client.UnlockAsync("a"u8.ToArray(), Stop);
        Assert.Null((await client.FindPresentAsync(Stop))!.Lock);
        Assert.Equal("the master refused: the master is not locked", await RefusalAsync(() => client.UnlockAsync([], Stop)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Remote_forwards_of_proxy_mode_do_not_wait(bool waits)
    {
        await using var master = await OurMaster.StartAsync(_sshd);
        using var client = await RawProxyClient.ConnectAsync(master.Path);
        byte[] listen = [80, .. Text("tcpip-forward"), 1, .. Text("127.0.0.1"), .. Number(0)];
        master.Master.Lock.Lock(waits, default);
        await client.SendAsync(listen);
        await client.ReceiveUntilAsync(82); // SSH_MSG_REQUEST_FAILURE
        await master.Master.Lock.UnlockAsync(default, Stop);
        await client.SendAsync(listen);
        await client.ReceiveUntilAsync(81); // SSH_MSG_REQUEST_SUCCESS
    }

    [Fact]
    public async Task A_master_of_ssh_cannot_be_locked()
    {
        await using var master = await RealMaster.StartAsync(_sshd);
        await using var client = await ConnectAsync(master.Path);
        var error = await Assert.ThrowsAsync<SshException>(() => client.LockAsync(waits: false, [], Stop));
        Assert.Equal(SshError.NotSupported, error.Error);
        Assert.EndsWith("does not support a lock; masters of SshMux do, ssh's do not", error.Message, StringComparison.Ordinal);
        Assert.Null(await client.FindPresentAsync(Stop));
    }

    [Fact]
    public async Task Another_user_may_not()
    {
        var (here, there) = DescriptorPair.CreateSocket();
        using var client = new MuxSocket(here);
        using var socket = new MuxSocket(new Socket(new SafeSocketHandle(there.Number, ownsHandle: false)));
        var mux = new MuxLock(TimeProvider.System);
        using (there)
        {
            using var requests = new MuxLockRequests(mux, socket, isOwner: false);
            var passphrase = "a"u8.ToArray();
            await requests.LockAsync(new MuxLockMaster(3, false, passphrase));
            await requests.UnlockAsync(new MuxUnlockMaster(4, []));
            Assert.Equal(
                new MuxFailure(3, "only the user who started the master may lock and unlock it"), await client.ReceiveAsync());
            Assert.Equal(4u, Assert.IsType<MuxFailure>(await client.ReceiveAsync()).RequestId);
            Assert.Equal([0], passphrase);
            Assert.Null(mux.Description);
        }
    }

    private Task<MuxClient> ConnectAsync(string path) =>
        MuxClient.ConnectAsync(path, new MuxClientOptions { OnNotice = _heard.Enqueue }, Stop);

    private static async Task<string> RefusalAsync(Func<Task> work)
    {
        var error = await Assert.ThrowsAsync<SshException>(work);
        Assert.Equal(SshError.MuxRefused, error.Error);
        return error.Message;
    }
}
