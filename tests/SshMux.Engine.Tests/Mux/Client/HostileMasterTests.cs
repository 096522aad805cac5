using System.Net.Sockets;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Tests.Mux.Master;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Mux.Client;

/// <summary>Masters that mean no good to their clients; MuxClientErrorTests has those that are merely broken.</summary>
public class HostileMasterTests
{
    private const string Escapes = "\u001b]0;pwned\u0007\u001b[2J\r\n";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task The_reason_of_a_refusal_is_shown_short_and_safely()
    {
        var reason = string.Concat(Enumerable.Repeat(Escapes, 5000));
        foreach (var make in new Func<uint, MuxMessage>[]
        {
            id => new MuxFailure(id, reason), id => new MuxPermissionDenied(id, reason),
        })
        {
            using var master = new FakeMaster();
            var accepting = master.SayAsync(FakeMaster.Hello);
            await using var client = await MuxClient.ConnectAsync(master.Path);
            using var peer = await accepting;
            var stopping = client.StopListeningAsync();
            Assert.IsType<MuxHello>(await peer.ReceiveAsync());
            var request = Assert.IsType<MuxStopListening>(await peer.ReceiveAsync());
            await peer.SendAsync(make(request.RequestId));
            var e = await Assert.ThrowsAsync<SshException>(() => stopping);
            Assert.Equal(SshError.MuxRefused, e.Error);
            Assert.DoesNotContain(e.Message, char.IsControl);
            Assert.InRange(e.Message.Length, 1, 1000);
        }
    }

    /// <summary>Every kind of answer to a request that wants another one.</summary>
    [Fact]
    public async Task An_answer_of_another_kind_is_a_clear_error()
    {
        foreach (var make in new Func<uint, MuxMessage>[]
        {
            id => new MuxOk(id), id => new MuxSessionOpened(id, 1), id => new MuxRemotePort(id, 70_000),
            id => new MuxProxyReply(id), id => new MuxInfoReply(id, 7, "x"), id => new MuxExitMessage(id, 1),
            id => new MuxTtyAllocationFailed(id), _ => FakeMaster.Hello, id => new MuxAliveCheck(id),
            id => RawClient.Session(id),
        })
        {
            using var master = new FakeMaster();
            var accepting = master.SayAsync(FakeMaster.Hello);
            await using var client = await MuxClient.ConnectAsync(master.Path);
            using var peer = await accepting;
            var checking = client.CheckAliveAsync();
            Assert.IsType<MuxHello>(await peer.ReceiveAsync());
            var request = Assert.IsType<MuxAliveCheck>(await peer.ReceiveAsync());
            await peer.SendAsync(make(request.RequestId));
            var e = await Assert.ThrowsAsync<SshException>(() => checking.WaitAsync(Patience));
            Assert.Equal(SshError.MuxProtocolError, e.Error);
        }
    }

    [Theory]
    [InlineData("ffffffff")]
    [InlineData("80000000")]
    [InlineData("00100000")] // 1 MiB
    [InlineData("00000000")]
    [InlineData("0000000300000001")]
    [InlineData("0000000400000001")] // a hello without a version
    [InlineData("0000000c0000000100000004ffffffff")] // an extension's name that is longer than all
    public async Task A_packet_of_an_impossible_length_is_a_clear_error(string hex)
    {
        using var master = new FakeMaster();
        var saying = master.SayBytesAsync(Convert.FromHexString(hex));
        var e = await Assert.ThrowsAsync<SshException>(() => MuxClient.ConnectAsync(master.Path).WaitAsync(Patience));
        await saying;
        Assert.Equal(SshError.MuxProtocolError, e.Error);
    }

    [Fact]
    public async Task The_end_within_any_packet_is_a_master_that_has_gone()
    {
        byte[] hello = MuxCodec.Encode(FakeMaster.Hello);
        for (var length = 0; length < hello.Length; length++)
        {
            using var master = new FakeMaster();
            var saying = master.SayBytesAsync(hello[..length]);
            var e = await Assert.ThrowsAsync<SshException>(
                () => MuxClient.ConnectAsync(master.Path).WaitAsync(Patience));
            await saying;
            Assert.Equal(SshError.MasterGone, e.Error);
        }
    }

    /// <summary>Half a packet, and then nothing: the wait for its rest has a limit.</summary>
    [Fact]
    public async Task Half_a_hello_times_out()
    {
        using var folder = new TestFolder();
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(folder.File("s")));
        listener.Listen();
        var connecting = MuxClient.ConnectAsync(
            folder.File("s"), new MuxClientOptions { HelloTimeout = TimeSpan.FromMilliseconds(300) });
        using var peer = await listener.AcceptAsync(TestContext.Current.CancellationToken);
        await peer.SendAsync(new byte[] { 0, 0, 0, 8, 0, 0 });
        var e = await Assert.ThrowsAsync<SshException>(() => connecting.WaitAsync(Patience));
        Assert.Equal(SshError.ConnectionTimeout, e.Error);
    }
}
