using SshMux.Engine.Mux.Master;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Mux.Master;

/// <summary>Requests of clients that make no sense, on the master's side: refused, and the client goes on.</summary>
public sealed class MuxForwardRequestTests : IDisposable
{
    private const uint Path = MuxProtocol.StreamLocalPort;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData((uint)MuxForwardType.Dynamic, "/path", Path, "socks", 0u)] // SOCKS on a path
    [InlineData((uint)MuxForwardType.Local, "", 4711u, "host", 0u)] // to port 0
    [InlineData((uint)MuxForwardType.Local, "", 4711u, "", 22u)] // to nowhere
    [InlineData((uint)MuxForwardType.Remote, "", 4711u, "", 22u)]
    [InlineData((uint)MuxForwardType.Local, "", Path, "host", 22u)] // no path to listen on
    [InlineData((uint)MuxForwardType.Remote, "", Path, "host", 22u)]
    public async Task A_forward_that_makes_no_sense_is_refused(
        uint type, string listenHost, uint listenPort, string host, uint port)
    {
        await using var master = await MuxMaster.StartAsync(
            EchoServer.Connect(), new MuxMasterOptions { ControlPath = _folder.File("s") });
        using var client = await RawClient.GreetAsync(_folder.File("s"));
        var forward = new MuxForward((MuxForwardType)type, listenHost, listenPort, host, port);
        await client.Messages.SendAsync(new MuxOpenForward(1, forward));
        Assert.Equal(new MuxFailure(1, "Invalid forwarding request"), await client.ReceiveAsync());
        await client.Messages.SendAsync(new MuxAliveCheck(2));
        Assert.IsType<MuxAlive>(await client.ReceiveAsync());
    }

    [Fact]
    public async Task A_session_asks_in_vain_for_what_the_master_does_not_forward()
    {
        await using var master = await MuxMaster.StartAsync(
            EchoServer.Connect(), new MuxMasterOptions { ControlPath = _folder.File("s") });
        using var client = await RawClient.GreetAsync(_folder.File("s"));
        using var pipe = new RawClient.WatchedPipe();
        var request = RawClient.Session(1) with { WantAgent = true, WantX11 = true };
        await client.Messages.SendAsync(request, pipe.Read, pipe.Write, pipe.Write);
        Assert.IsType<MuxSessionOpened>(await client.ReceiveAsync());
    }

    [Fact]
    public async Task One_control_connection_has_one_session()
    {
        await using var master = await MuxMaster.StartAsync(
            EchoServer.Connect(), new MuxMasterOptions { ControlPath = _folder.File("s") });
        using var client = await RawClient.GreetAsync(_folder.File("s"));
        using var pipe = new RawClient.WatchedPipe();
        await client.OpenSessionAsync(pipe.Read, pipe.Write, pipe.Write);
        await client.Messages.SendAsync(new MuxProxyRequest(2));
        Assert.Equal(new MuxFailure(2, "Multiple sessions not supported"), await client.ReceiveAsync());
    }
}
