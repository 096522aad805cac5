using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using SshMux.Engine.Channels;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Mux.Proxy;
using SshMux.Engine.Streams;
using SshMux.Engine.Tests.Mux.Client;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Mux.Proxy;

/// <summary>On a master of the system's ssh, and what is different there.</summary>
public class MuxProxyTransportOnOpenSshTests(MuxSshd server)
    : MuxProxyTransportTests(server), IClassFixture<MuxSshd>
{
    private readonly TestSshd _sshd = server.Sshd;

    [Fact]
    public async Task Requests_for_which_the_master_would_drop_us_are_refused_here()
    {
        await using var master = await RealMaster.StartAsync(_sshd);
        await using var connection = await MuxProxyTransport.OpenConnectionAsync(master.Path);
        Assert.False(await connection.RequestAsync("tcpip-forward", Endpoint("127.0.0.1", 0)));
        Assert.False(await connection.RequestAsync("cancel-tcpip-forward", Endpoint("127.0.0.1", 1)));
        Assert.False(await connection.RequestAsync("streamlocal-forward@openssh.com", [0, 0, 0, 1, (byte)'x']));
        Assert.False(await connection.RequestAsync("no-more-sessions@openssh.com", []));
        await EchoAsync(connection, 1000);
    }

    [Fact]
    public async Task An_open_that_hangs_is_not_waited_for_and_does_not_kill_the_master()
    {
        // Whoever connects to a full queue waits.
        using var full = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        full.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        full.Listen(0);
        var port = ((IPEndPoint)full.LocalEndPoint!).Port;
        using var first = new TcpClient();
        await first.ConnectAsync(IPAddress.Loopback, port, Stop);

        await using var master = await RealMaster.StartAsync(_sshd);
        var connection = await MuxProxyTransport.OpenConnectionAsync(master.Path);
        var opening = connection.OpenStreamAsync("127.0.0.1", port, Stop);
        await EchoAsync(connection, 1000);
        Assert.False(opening.IsCompleted);
        var watch = Stopwatch.StartNew();
        await connection.DisposeAsync();
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(15), "the end does not wait for the server");
        await Assert.ThrowsAsync<SshException>(() => opening);
        await ExpectAliveAsync(master);
    }

    [Fact]
    public async Task A_master_that_refuses_proxy_mode_is_quoted()
    {
        using var master = new FakeMaster();
        var connecting = MuxProxyTransport.ConnectAsync(master.Path, cancellationToken: Stop);
        await master.SayAsync(FakeMaster.Hello, new MuxFailure(0, "unsupported request"));
        var e = await Assert.ThrowsAsync<SshException>(() => connecting);
        Assert.Equal(
            (SshError.MuxRefused, $"the master at {master.Path} refused proxy mode: unsupported request"),
            (e.Error, e.Message));
        connecting = MuxProxyTransport.ConnectAsync(master.Path, cancellationToken: Stop);
        await master.SayAsync(FakeMaster.Hello, new MuxPermissionDenied(0, "Permission denied"));
        e = await Assert.ThrowsAsync<SshException>(() => connecting);
        Assert.Equal((SshError.MuxRefused, "the master's user refused: Permission denied"), (e.Error, e.Message));
    }

    [Theory]
    [InlineData("00000001 00")]
    [InlineData("00040001 00")]
    [InlineData("ffffffff 00")]
    [InlineData("00000006 00 32 00000000")]
    [InlineData("00000006 00 5e 00000005")]
    public async Task A_master_that_breaks_the_protocol_ends_the_connection_with_that_reason(string hex)
    {
        using var master = new FakeMaster();
        var connecting = MuxProxyTransport.OpenConnectionAsync(master.Path, cancellationToken: Stop);
        var socket = await master.SayAsync(FakeMaster.Hello, new MuxProxyReply(0));
        await using var connection = await connecting;
        await socket.Detach().SendAsync(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)));
        var reason = await connection.Ended;
        Assert.True(reason.Error is SshError.ProtocolError or SshError.MuxProtocolError, reason.Message);
    }

    [Fact]
    public async Task A_connection_with_one_channel_leaves_nothing_even_in_the_middle_of_its_data()
    {
        await using var master = await RealMaster.StartAsync(_sshd);
        for (var round = 0; round < 10; round++)
        {
            var connection = await MuxProxyTransport.OpenConnectionAsync(master.Path);
            var process = await connection.StartAsync(new SessionRequest { Command = "exec yes" }, Stop);
            await process.StandardOutput.ReadExactlyAsync(new byte[100_000 * round], Stop);
            await connection.DisposeAsync();
            await ExpectAliveAsync(master);
        }

        await master.ExpectNothingLeftAsync();
    }

    /// <summary>Control connections that the master might not survive are kept until it ends.</summary>
    protected override Task ExpectNothingLeftAsync(ITestMaster master) => Task.CompletedTask;

    protected override async Task<ITestMaster> StartMasterAsync(TestSshd sshd) => await RealMaster.StartAsync(sshd);
}
