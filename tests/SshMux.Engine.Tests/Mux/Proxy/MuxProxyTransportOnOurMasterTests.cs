using SshMux.Engine.Mux.Proxy;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Mux.Proxy;

/// <summary>On our own master, which answers all requests.</summary>
public class MuxProxyTransportOnOurMasterTests(MuxSshd server)
    : MuxProxyTransportTests(server), IClassFixture<MuxSshd>
{
    private readonly TestSshd _sshd = server.Sshd;

    [Fact]
    public async Task A_remote_forward_learns_its_port_and_ends_when_cancelled_or_abandoned()
    {
        await using var master = await OurMaster.StartAsync(_sshd);
        await using var connection = await MuxProxyTransport.OpenConnectionAsync(master.Path);
        await using var other = await MuxProxyTransport.OpenConnectionAsync(master.Path);
        var ports = new int[2];
        for (var i = 0; i < 2; i++)
        {
            Assert.True(await connection.RequestAsync(
                "tcpip-forward", Endpoint("127.0.0.1", 0), (_, data) => ports[i] = (data[2] << 8) | data[3]));
            Assert.True(IsListening(ports[i]));
        }

        Assert.False(await other.RequestAsync("tcpip-forward", Endpoint("127.0.0.1", ports[0])));
        Assert.False(await other.RequestAsync("cancel-tcpip-forward", Endpoint("127.0.0.1", ports[0])));
        Assert.True(await connection.RequestAsync("cancel-tcpip-forward", Endpoint("127.0.0.1", ports[0])));
        Assert.False(await connection.RequestAsync("cancel-tcpip-forward", Endpoint("127.0.0.1", ports[0])));
        Assert.False(IsListening(ports[0]));
        Assert.True(IsListening(ports[1]));
        await connection.DisposeAsync();
        await Eventually.TrueAsync(() => !IsListening(ports[1]), "the forward ends with its connection");
    }

    [Fact]
    public async Task A_request_that_is_for_the_master_alone_is_refused_and_goes_no_further()
    {
        await using var master = await OurMaster.StartAsync(_sshd);
        await using var connection = await MuxProxyTransport.OpenConnectionAsync(master.Path);
        Assert.False(await connection.RequestAsync("no-more-sessions@openssh.com", []));
        await EchoAsync(connection, 1000);
        await ExpectAliveAsync(master);
    }

    protected override Task ExpectNothingLeftAsync(ITestMaster master) => master.ExpectNothingLeftAsync();

    protected override async Task<ITestMaster> StartMasterAsync(TestSshd sshd) => await OurMaster.StartAsync(sshd);
}
