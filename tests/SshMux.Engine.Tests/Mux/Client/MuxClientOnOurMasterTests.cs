using System.Net.Sockets;
using SshMux.Engine.Configuration;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Mux.Master;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Mux.Client;

/// <summary>Our client on our own master.</summary>
public class MuxClientOnOurMasterTests(MuxSshd server) : MuxClientTests(server), IClassFixture<MuxSshd>
{
    private readonly TestSshd _sshd = server.Sshd;

    /// <summary>OpenSSH's master has had this since 9.4.</summary>
    [Fact]
    public async Task A_stdio_forward_reaches_a_unix_socket()
    {
        await using var master = await StartMasterAsync(_sshd);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        using var folder = new TestFolder();
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(folder.File("u")));
        listener.Listen();
        var input = new LocalEnd(FileAccess.Write);
        var output = new LocalEnd(FileAccess.Read);
        await using var session = await client.OpenStdioForwardAsync(folder.File("u"), input.Passed, output.Passed);
        input.Passed.Dispose();
        output.Passed.Dispose();
        using var peer = await listener.AcceptAsync();
        await input.Stream.WriteAsync("ping"u8.ToArray());
        var received = new byte[4];
        Assert.Equal(4, await peer.ReceiveAsync(received));
        await peer.SendAsync(received);
        peer.Dispose();
        Assert.Equal("ping", await ReadAsync(output.Stream));
        await input.Stream.DisposeAsync();
        Assert.Null((await session.Ended).ExitStatus);
        await output.Stream.DisposeAsync();
    }

    protected override async Task<ITestMaster> StartMasterAsync(TestSshd sshd) => await OurMaster.StartAsync(
        sshd, new MuxMasterOptions { SendEnv = ["SSHMUX_*"], Overflow = SessionOverflow.Refuse });
}
