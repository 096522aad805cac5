using System.Net;
using System.Net.Sockets;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Mux;

/// <summary>Forwards of every kind between a master and a client, with real programs at their ends.</summary>
public abstract class ForwardPairTests
{
    [Fact]
    public async Task Curl_reaches_everything_through_SOCKS_of_each_version()
    {
        await using var pair = await StartAsync();
        using var four = new TcpTestServer();
        using var six = TcpTestServer.OnIPv6();
        var spec = ForwardSpec.ParseDynamic($"127.0.0.1:{TestSshd.FreePort()}");
        Assert.Null(await pair.OpenAsync(spec));
        Assert.Null(await pair.OpenAsync(spec));
        await UseSocksAsync(spec.Listen.Port, four.Port, six.Port);

        var dead = await CurlAsync("--socks5", $"127.0.0.1:{spec.Listen.Port}", Url(TestSshd.FreePort()));
        Assert.NotEqual(0, dead.ExitCode);
        await pair.CloseAsync(spec);
        var closed = await CurlAsync("--socks5", $"127.0.0.1:{spec.Listen.Port}", Url(four.Port));
        Assert.Equal(CouldNotConnect, closed.ExitCode);
        var failure = await Assert.ThrowsAsync<SshException>(() => pair.CloseAsync(spec));
        Assert.Contains("port not forwarded", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_remote_forward_without_a_target_is_a_SOCKS_server_on_the_server()
    {
        await using var pair = await StartAsync();
        using var four = new TcpTestServer();
        using var six = TcpTestServer.OnIPv6();
        var spec = ForwardSpec.ParseRemote("0");
        var port = await pair.OpenAsync(spec);
        Assert.NotNull(port);
        await UseSocksAsync(port.Value, four.Port, six.Port);
        await pair.CloseAsync(spec);
        await ExpectClosedAsync(port.Value);
    }

    [Fact]
    public async Task A_remote_port_that_the_server_chose_is_told_again_until_it_is_closed()
    {
        await using var pair = await StartAsync();
        using var target = new TcpTestServer();
        var spec = ForwardSpec.ParseRemote($"0:127.0.0.1:{target.Port}");
        var port = await pair.OpenAsync(spec);
        Assert.NotNull(port);
        Assert.Equal(port, await pair.OpenAsync(spec));

        // Another target is another forward, with a port of its own.
        var other = ForwardSpec.ParseRemote($"0:localhost:{target.Port}");
        var otherPort = await pair.OpenAsync(other);
        Assert.NotEqual(port, otherPort);
        foreach (var each in new[] { port, otherPort })
        {
            await GreetAsync(Url(each!.Value));
        }

        await pair.CloseAsync(spec);
        await ExpectClosedAsync(port.Value);
        await GreetAsync(Url(otherPort!.Value));
        var failure = await Assert.ThrowsAsync<SshException>(() => pair.CloseAsync(spec));
        Assert.Contains("port not forwarded", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_remote_port_in_use_is_named()
    {
        await using var pair = await StartAsync();
        var first = await pair.OpenAsync(ForwardSpec.ParseRemote("0:127.0.0.1:1"));
        var failure = await Assert.ThrowsAsync<SshException>(
            () => pair.OpenAsync(ForwardSpec.ParseRemote($"{first}:127.0.0.1:2")));
        Assert.Contains(
            $"remote port forwarding failed for listen port {first}", failure.Message, StringComparison.Ordinal);

        // The refusal is forgotten: it is tried again, and the forward that is there is not disturbed.
        await Assert.ThrowsAsync<SshException>(() => pair.OpenAsync(ForwardSpec.ParseRemote($"{first}:127.0.0.1:2")));
        Assert.Equal(first, await pair.OpenAsync(ForwardSpec.ParseRemote("0:127.0.0.1:1")));
    }

    [Fact]
    public async Task Unix_sockets_lead_to_ports_and_ports_to_unix_sockets_both_ways()
    {
        await using var pair = await StartAsync();
        using var folder = new TestFolder();
        using var tcp = new TcpTestServer();
        using var path = TcpTestServer.OnPath(folder.File("target"));
        foreach (var parse in new Func<string, ForwardSpec>[] { ForwardSpec.ParseLocal, ForwardSpec.ParseRemote })
        {
            var port = TestSshd.FreePort();
            ForwardSpec[] specs =
            [
                parse($"{folder.File("a")}:127.0.0.1:{tcp.Port}"),
                parse($"{folder.File("b")}:{folder.File("target")}"),
                parse($"{port}:{folder.File("target")}"),
            ];
            foreach (var spec in specs) Assert.Null(await pair.OpenAsync(spec));
            var data = Descriptors.RandomBytes(3_000_000, 7);
            await File.WriteAllBytesAsync(folder.File("in"), data);
            foreach (var end in new[]
            {
                $"UNIX-CONNECT:{folder.File("a")}", $"UNIX-CONNECT:{folder.File("b")}", $"TCP:127.0.0.1:{port}",
            })
            {
                var result = await ProcessResult.RunAsync(
                    "sh",
                    ["-c", $"exec socat -t 30 - {end} < {folder.File("in")} > {folder.File("out")}"]);
                Assert.Equal((0, ""), (result.ExitCode, result.ErrorOutput));
                Assert.Equal(data, await File.ReadAllBytesAsync(folder.File("out")));
            }

            foreach (var spec in specs) await pair.CloseAsync(spec);
            await ExpectClosedAsync(new UnixDomainSocketEndPoint(folder.File("a")));
            File.Delete(folder.File("a"));
            File.Delete(folder.File("b"));
        }
    }

    [Fact]
    public async Task Stdio_goes_to_a_port()
    {
        await using var pair = await StartAsync();
        using var tcp = new TcpTestServer();
        Assert.Equal("ping", await pair.ForwardStdioAsync(new ForwardEndpoint("127.0.0.1", tcp.Port), "ping"));
    }

    protected const int CouldNotConnect = 7;

    protected abstract Task<IForwardPair> StartAsync();

    protected static Task<ProcessResult> CurlAsync(params string[] arguments) =>
        ProcessResult.RunAsync("curl", ["-q", "-sS", "--noproxy", "", "-m", "30", .. arguments]);

    private static async Task GreetAsync(params string[] arguments) =>
        Assert.Equal(new ProcessResult(0, TcpTestServer.Greeting, ""), await CurlAsync(arguments));

    protected static string Url(int port) => $"http://127.0.0.1:{port}/";

    private static async Task UseSocksAsync(int port, int four, int six)
    {
        foreach (var (option, url) in new[]
        {
            ("--socks4", Url(four)), ("--socks4a", $"http://localhost:{four}/"), ("--socks5", Url(four)),
            ("--socks5-hostname", $"http://localhost:{four}/"), ("--socks5", $"http://[::1]:{six}/"),
            ("--socks5-hostname", $"http://[::1]:{six}/"),
        })
        {
            var result = await CurlAsync(option, $"127.0.0.1:{port}", url);
            Assert.Equal((0, TcpTestServer.Greeting, ""), (result.ExitCode, result.Output, result.ErrorOutput));
        }
    }

    private static Task ExpectClosedAsync(int port) => ExpectClosedAsync(new IPEndPoint(IPAddress.Loopback, port));

    // ssh(1) does not wait for the server to say that it has closed the listener.
    private static Task ExpectClosedAsync(EndPoint endPoint) => Eventually.TrueAsync(
        () => !IsListeningAsync(endPoint).GetAwaiter().GetResult(), $"nobody listens at {endPoint} any more");

    private static async Task<bool> IsListeningAsync(EndPoint endPoint)
    {
        using var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(endPoint);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
