using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Mux.Master;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Tests.Mux.Master;
using SshMux.Engine.Tests.Mux.Streams;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Mux.Notices;

/// <summary>What a master tells over its control connections without being asked, and when.</summary>
public sealed class MuxMasterNoticeTests(MuxSshd server) : IClassFixture<MuxSshd>
{
    private static readonly SessionRequest Cat = new() { Command = "cat" };

    private readonly TestSshd _sshd = server.Sshd;
    private readonly ConcurrentQueue<MuxNotice> _heard = [];

    [Fact]
    public async Task Only_a_client_that_announced_it_is_told()
    {
        await using var master = await OurMaster.StartAsync(_sshd);
        using var deaf = await RawClient.GreetAsync(master.Path);
        using var listens = await ListenAsync(master.Path, MuxExtensions.OfClientWithNotices);
        foreach (var client in new[] { deaf, listens })
        {
            // So that its hello has been read.
            await client.Messages.SendAsync(new MuxAliveCheck(1));
            Assert.IsType<MuxAlive>(await client.ReceiveAsync());
        }

        master.Master.Notices.Tell(MuxNoticeKind.ConnectionTrouble, "the server is in trouble");
        Assert.Equal(
            new MuxNotice(MuxNoticeKind.ConnectionTrouble, "the server is in trouble"), await listens.ReceiveAsync());
        await deaf.Messages.SendAsync(new MuxAliveCheck(2));
        Assert.IsType<MuxAlive>(await deaf.ReceiveAsync());
    }

    [Fact]
    public async Task A_session_hears_why_its_master_ends()
    {
        await using var master = await OurMaster.StartAsync(_sshd);
        await using var client = await ConnectAsync(master.Path);
        await using var process = await client.StartAsync(Cat);
        await using var other = await MuxClient.ConnectAsync(master.Path, TestContext.Current.CancellationToken);
        await other.TerminateAsync(TestContext.Current.CancellationToken);
        Assert.Null((await process.Exit).Status);
        Assert.Equal(
            [new MuxNotice(MuxNoticeKind.Ending, "the master ends: a client asked the master to exit")], _heard);
    }

    [Fact]
    public async Task A_session_hears_that_the_server_has_gone()
    {
        await using var master = await OurMaster.StartAsync(_sshd);
        await using var client = await ConnectAsync(master.Path);
        await using var process = await client.StartAsync(Cat);
        master.Master.Connection.Close(new SshException(SshError.ConnectionLost, "the cable was cut"));
        Assert.Null((await process.Exit).Status);
        Assert.Equal([new MuxNotice(MuxNoticeKind.Ending, "the master ends: the cable was cut")], _heard);
    }

    [Fact]
    public async Task A_connection_that_cannot_be_forwarded_is_told_to_who_asked_for_the_forward()
    {
        await using var master = await OurMaster.StartAsync(_sshd);
        await using var client = await ConnectAsync(master.Path);
        var dead = TestSshd.FreePort();
        var spec = ForwardSpec.ParseLocal($"127.0.0.1:0:127.0.0.1:{dead}");
        var port = await client.OpenForwardAsync(spec, TestContext.Current.CancellationToken);
        await TryAsync(port!.Value);
        await Eventually.TrueAsync(() => !_heard.IsEmpty, "it is told");
        var notice = Assert.Single(_heard);
        Assert.Equal(MuxNoticeKind.ForwardFailed, notice.Kind);
        Assert.StartsWith($"local forward {spec}: ", notice.Text, StringComparison.Ordinal);
        Assert.Contains("Connection refused", notice.Text, StringComparison.Ordinal);

        // Told once, however often it is tried.
        await TryAsync(port.Value);
        master.Master.Notices.Tell(MuxNoticeKind.HostKey, "next");
        await Eventually.TrueAsync(() => _heard.Count > 1, "the next is told");
        Assert.Equal("next", _heard.Last().Text);
        Assert.Equal(2, _heard.Count);
    }

    [Fact]
    public async Task So_is_one_that_the_server_has_taken()
    {
        await using var master = await OurMaster.StartAsync(_sshd);
        await using var client = await ConnectAsync(master.Path);
        var dead = TestSshd.FreePort();
        var spec = ForwardSpec.ParseRemote($"0:127.0.0.1:{dead}");
        var port = await client.OpenForwardAsync(spec, TestContext.Current.CancellationToken);
        await TryAsync(port!.Value);
        await Eventually.TrueAsync(() => !_heard.IsEmpty, "it is told");
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"remote forward {spec}: cannot connect to 127.0.0.1:{dead}: Connection refused");
        Assert.Equal([new MuxNotice(MuxNoticeKind.ForwardFailed, text)], _heard);
    }

    [Fact]
    public async Task The_target_of_a_SOCKS_client_is_its_own_affair()
    {
        await using var master = await OurMaster.StartAsync(_sshd);
        await using var client = await ConnectAsync(master.Path);
        var port = TestSshd.FreePort();
        var spec = ForwardSpec.ParseDynamic($"127.0.0.1:{port}");
        await client.OpenForwardAsync(spec, TestContext.Current.CancellationToken);
        var curl = await ProcessResult.RunAsync(
            "curl", ["-s", "--socks5", $"127.0.0.1:{port}", $"http://127.0.0.1:{TestSshd.FreePort()}/"]);
        Assert.NotEqual(0, curl.ExitCode);
        master.Master.Notices.Tell(MuxNoticeKind.HostKey, "next");
        await Eventually.TrueAsync(() => !_heard.IsEmpty, "the next is told");
        Assert.Equal([new MuxNotice(MuxNoticeKind.HostKey, "next")], _heard);
    }

    [Fact]
    public async Task Who_waits_for_the_masters_user_is_told_so_alone()
    {
        var answer = new TaskCompletionSource<bool>();
        await using var master = await OurMaster.StartAsync(
            _sshd, new MuxMasterOptions { AskPermission = (_, _) => answer.Task, HostName = "web1" });
        using var other = await ListenAsync(master.Path, MuxExtensions.OfClientWithNotices);
        await using var client = await ConnectAsync(master.Path);
        var starting = client.StartAsync(new SessionRequest { Command = "true" });
        await Eventually.TrueAsync(() => !_heard.IsEmpty, "it is told");
        Assert.Equal(
            [
                new MuxNotice(
                    MuxNoticeKind.QuestionWaits,
                    "waiting for an answer at the master: Allow shared connection to web1?"),
            ],
            _heard);
        await other.Messages.SendAsync(new MuxAliveCheck(1));
        Assert.IsType<MuxAlive>(await other.ReceiveAsync());
        answer.SetResult(true);
        await using var process = await starting;
        Assert.Equal(0u, (await process.Exit).Status);
    }

    [Fact]
    public async Task In_proxy_mode_over_a_socket_nothing_is_told()
    {
        await using var master = await OurMaster.StartAsync(_sshd);
        using var client = await ListenAsync(master.Path, MuxExtensions.OfClientWithNotices);
        await client.Messages.SendAsync(new MuxProxyRequest(1));
        Assert.IsType<MuxProxyReply>(await client.ReceiveAsync());
        master.Master.Notices.Tell(MuxNoticeKind.ConnectionTrouble, "the server is in trouble");
        await using var other = await ConnectAsync(master.Path);
        await using var process = await other.StartAsync(new SessionRequest { Command = "true" });
        await process.Exit;
        Assert.Equal(0, client.Socket.Available);
    }

    [Fact]
    public async Task In_proxy_mode_over_a_stream_it_is_told_among_the_rest()
    {
        await using var master = await OurMaster.StartAsync(_sshd);
        using var client = await RawStreamClient.ConnectAsync(master.Master);
        await client.SendAsync(
            new MuxHello(MuxProtocol.Version, [MuxExtensions.OfClientWithNotices]), new MuxProxyRequest(1));
        Assert.Equal(new MuxProxyReply(1), await client.ReceivePacketAsync());
        master.Master.Notices.Tell(MuxNoticeKind.ConnectionTrouble, "the server is in trouble");
        Assert.Equal(
            new MuxNotice(MuxNoticeKind.ConnectionTrouble, "the server is in trouble"), await client.ReceivePacketAsync());
    }

    [Fact]
    public async Task No_master_stays_for_who_only_listens()
    {
        await using var master = await OurMaster.StartAsync(_sshd);
        using var client = await ListenAsync(master.Path, MuxExtensions.OfListener);
        await client.Messages.SendAsync(new MuxAliveCheck(1));
        Assert.IsType<MuxAlive>(await client.ReceiveAsync());
        master.Master.StopListening();
        Assert.Equal(MuxNoticeKind.Ending, Assert.IsType<MuxNotice>(await client.ReceiveAsync()).Kind);
        await client.ExpectEndAsync();
    }

    private static async Task<RawClient> ListenAsync(string path, MuxExtension extension)
    {
        var client = await RawClient.ConnectAsync(path);
        await client.Messages.SendAsync(new MuxHello(MuxProtocol.Version, [extension]));
        return client;
    }

    /// <summary>Connects, and waits for the end.</summary>
    private static async Task TryAsync(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port);
        try
        {
            Assert.Equal(0, await socket.ReceiveAsync(new byte[1]));
        }
        catch (SocketException)
        {
            // A reset is an end, too.
        }
    }

    private Task<MuxClient> ConnectAsync(string path) => MuxClient.ConnectAsync(
        path, new MuxClientOptions { OnNotice = _heard.Enqueue }, TestContext.Current.CancellationToken);
}
