using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Mux.Proxy;
using SshMux.Engine.Platform;

namespace SshMux.Engine.Tests.Mux.Client;

/// <summary>A master whose answers are well-formed and out of place: the client says so and hangs on nothing.</summary>
public class MuxClientAnswerTests
{
    [Fact]
    public async Task An_answer_of_the_wrong_kind_is_named()
    {
        using var master = new FakeMaster();
        var accepting = master.SayAsync(new MuxHello(MuxProtocol.Version, [new("info", default)]));
        await using var client = await MuxClient.ConnectAsync(master.Path);
        using var peer = await accepting;
        await peer.ReceiveAsync();
        foreach (var (ask, wrong) in new (Func<Task>, Func<uint, MuxReply>)[]
        {
            (() => client.CheckAliveAsync(), id => new MuxOk(id)),
            (() => client.StopListeningAsync(), id => new MuxAlive(id, 1)),
            (() => client.TerminateAsync(), id => new MuxRemotePort(id, 1)),
            (() => client.OpenForwardAsync(ForwardSpec.ParseRemote("0:a:1")), id => new MuxRemotePort(id, 65536)),
            (() => client.CloseForwardAsync(ForwardSpec.ParseRemote("1:a:1")), id => new MuxProxyReply(id)),
            (() => client.DescribeConnectionAsync(), id => new MuxOk(id)),
        })
        {
            var asking = ask();
            var id = Assert.IsAssignableFrom<MuxRequest>(await peer.ReceiveAsync()).RequestId;
            var answer = wrong(id);
            await peer.SendAsync(answer);
            var e = await Assert.ThrowsAsync<SshException>(() => asking);
            Assert.Equal(
                (SshError.MuxProtocolError, $"the master gave an answer that does not fit ({answer.GetType().Name})"),
                (e.Error, e.Message));
        }
    }

    [Fact]
    public async Task A_master_that_said_it_would_end_is_waited_for_until_it_has()
    {
        using var master = new FakeMaster();
        var accepting = master.SayAsync(FakeMaster.Hello);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        using var peer = await accepting;
        await peer.ReceiveAsync();
        var asking = client.TerminateAsync();
        await peer.SendAsync(new MuxOk(Assert.IsType<MuxTerminate>(await peer.ReceiveAsync()).RequestId));
        await asking;
        var e = await Assert.ThrowsAsync<SshException>(() => client.WaitForEndAsync(TimeSpan.FromMilliseconds(50)));
        Assert.Equal(SshError.ConnectionTimeout, e.Error);
        Assert.Contains("still runs", e.Message, StringComparison.Ordinal);

        var waiting = client.WaitForEndAsync(TimeSpan.FromSeconds(30));
        Assert.False(waiting.IsCompleted);
        peer.Dispose();
        await waiting;
    }

    public static TheoryData<string> Strays => ["a session nobody asked for", "an end", "no terminal", "a request"];

    [Theory, MemberData(nameof(Strays))]
    public async Task A_message_that_nobody_asked_for_ends_the_control_connection(string what)
    {
        using var master = new FakeMaster();
        var accepting = master.SayAsync(FakeMaster.Hello);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        using var peer = await accepting;
        await peer.ReceiveAsync();
        var asking = client.CheckAliveAsync();
        var id = Assert.IsType<MuxAliveCheck>(await peer.ReceiveAsync()).RequestId;
        await peer.SendAsync(what switch
        {
            "a session nobody asked for" => new MuxSessionOpened(id, 1),
            "an end" => new MuxExitMessage(1, 0),
            "no terminal" => new MuxTtyAllocationFailed(1),
            _ => new MuxTerminate(id),
        });
        Assert.Null(await peer.ReceiveAsync());

        // The one that the stray pretends to answer has no other answer any more.
        if (what != "a session nobody asked for")
        {
            Assert.Equal(SshError.MuxProtocolError, (await Assert.ThrowsAsync<SshException>(() => asking)).Error);
        }
    }

    [Theory]
    [InlineData(5u, 6u, false)] // of another session
    [InlineData(5u, 5u, true)] // a second one
    public async Task A_session_takes_one_exit_status_of_its_own(uint id, uint ended, bool twice)
    {
        using var master = new FakeMaster();
        var accepting = master.SayAsync(FakeMaster.Hello);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        using var peer = await accepting;
        using var nothing = DescriptorHandle.Open("/dev/null", FileAccess.ReadWrite);
        var opening = client.OpenSessionAsync(
            new MuxSessionRequest(), new SessionDescriptors(nothing, nothing, nothing));
        await peer.ReceiveAsync();
        await peer.SendAsync(new MuxAlive(Assert.IsType<MuxAliveCheck>(await peer.ReceiveAsync()).RequestId, 1));
        var request = Assert.IsType<MuxNewSession>(await peer.ReceiveAsync());
        Array.ForEach(await peer.ReceiveDescriptorsAsync(3), descriptor => descriptor.Dispose());
        await peer.SendAsync(new MuxSessionOpened(request.RequestId, id));
        await using var session = await opening;
        if (twice) await peer.SendAsync(new MuxExitMessage(id, 3));
        await peer.SendAsync(new MuxExitMessage(ended, 4));
        Assert.Null(await peer.ReceiveAsync());
        if (twice)
        {
            Assert.Equal(new MuxSessionEnd(3), await session.Ended);
        }
        else
        {
            Assert.Equal(
                SshError.MuxProtocolError, (await Assert.ThrowsAsync<SshException>(() => session.Ended)).Error);
        }
    }

    [Theory]
    [InlineData("failure", SshError.MuxRefused, "refused proxy mode: no")]
    [InlineData("denied", SshError.MuxRefused, "the master's user refused: no")]
    [InlineData("wrong", SshError.MuxProtocolError, "gave an answer that does not fit (MuxOk)")]
    [InlineData("other", SshError.MuxProtocolError, "gave an answer that does not fit (MuxProxyReply)")]
    [InlineData("nothing", SshError.MasterGone, "closed the control connection")]
    public async Task A_master_without_proxy_mode_is_told_from_one_that_breaks_the_protocol(
        string what, SshError error, string text)
    {
        using var master = new FakeMaster();
        var accepting = master.SayAsync(FakeMaster.Hello);
        var opening = MuxProxyTransport.OpenConnectionAsync(master.Path);
        var peer = await accepting;
        await peer.ReceiveAsync();
        var id = Assert.IsType<MuxProxyRequest>(await peer.ReceiveAsync()).RequestId;
        MuxReply? answer = what switch
        {
            "failure" => new MuxFailure(id, "no"),
            "denied" => new MuxPermissionDenied(id, "no"),
            "wrong" => new MuxOk(id),
            "other" => new MuxProxyReply(id + 1),
            _ => null,
        };
        if (answer is not null) await peer.SendAsync(answer);
        peer.Dispose();
        var e = await Assert.ThrowsAsync<SshException>(() => opening);
        Assert.Equal(error, e.Error);
        Assert.Contains(text, e.Message, StringComparison.Ordinal);
    }
}
