using System.Net;
using System.Net.Sockets;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Mux.Client;

/// <summary>Our client on a master of the system's ssh.</summary>
public class MuxClientOnOpenSshTests(MuxSshd server) : MuxClientTests(server), IClassFixture<MuxSshd>
{
    private readonly TestSshd _sshd = server.Sshd;

    [Fact]
    public async Task A_master_that_dies_during_a_session_is_named_as_the_reason()
    {
        await using var master = await RealMaster.StartAsync(_sshd);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        await using var process = await client.StartAsync(new SessionRequest { Command = "cat" });
        master.Kill();
        var e = await Assert.ThrowsAsync<SshException>(() => process.Exit);
        Assert.Equal(SshError.MasterGone, e.Error);
        Assert.Contains(master.Path, e.Message, StringComparison.Ordinal);
        Assert.Equal("", await ReadAsync(process.StandardOutput));
    }

    [Fact]
    public async Task A_remote_forward_with_port_0_gives_the_port_that_the_server_chose()
    {
        await using var master = await RealMaster.StartAsync(_sshd);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        var remote = ForwardSpec.ParseRemote($"0:127.0.0.1:{_sshd.Port}");
        var port = await client.OpenForwardAsync(remote);
        Assert.NotNull(port);
        Assert.Equal(port, await client.OpenForwardAsync(remote));
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, port.Value);
    }

    protected override async Task<ITestMaster> StartMasterAsync(TestSshd sshd) => await RealMaster.StartAsync(sshd);
}
