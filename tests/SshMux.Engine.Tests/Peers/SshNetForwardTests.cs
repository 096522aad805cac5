using System.Net;
using System.Net.Sockets;
using Renci.SshNet;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Peers;

/// <summary>SSH.NET's own forwards: inside of ours, and as the peer at the server's end of our remote ones.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public class SshNetForwardTests(SshNetFixture servers) : IClassFixture<SshNetFixture>
{
    private const string Loopback = "127.0.0.1";

    public static TheoryData<SshNetRoute> Routes => [.. Enum.GetValues<SshNetRoute>()];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(Routes))]
    public async Task Its_local_dynamic_and_remote_forwards_work_within_ours(SshNetRoute route)
    {
        using var target = new TcpTestServer();
        using (var client = await servers.ConnectAsync(route))
        {
            using var local = new ForwardedPortLocal(Loopback, 0, Loopback, (uint)target.Port);
            using var dynamic = new ForwardedPortDynamic(Loopback, 0);
            using var remote = new ForwardedPortRemote(IPAddress.Loopback, 0, IPAddress.Loopback, (uint)target.Port);
            foreach (ForwardedPort port in new ForwardedPort[] { local, dynamic, remote })
            {
                client.AddForwardedPort(port);
                port.Start();
            }

            await EchoAsync(local.BoundPort, 1_000_000);
            await EchoAsync(remote.BoundPort, 1_000_000);
            await GreetAsync($"http://localhost:{target.Port}/", $"socks5://{Loopback}:{dynamic.BoundPort}");
            Assert.Equal(3, target.Count);
        }

        await servers.ExpectNothingLeftAsync();
    }

    [Fact]
    public async Task It_comes_from_the_server_through_our_remote_forward_to_this_machine()
    {
        using var target = new TcpTestServer();
        await using var ours = await servers.StartAsync(ForwardSpec.ParseRemote($"0:127.0.0.1:{target.Port}"));
        await using var ourSocks = await servers.StartAsync(ForwardSpec.ParseRemote("0"));
        var key = SshNetFixture.KeyOf(servers.Near);
        using (var client = await SshNetFixture.ConnectAsync(
            new ConnectionInfo(Loopback, servers.Near.Port, key.Username, key)))
        {
            using var toOurs = new ForwardedPortLocal(Loopback, 0, Loopback, (uint)ours.Port!.Value);
            using var toSocks = new ForwardedPortLocal(Loopback, 0, Loopback, (uint)ourSocks.Port!.Value);
            using var dynamic = new ForwardedPortDynamic(Loopback, 0);
            foreach (ForwardedPort port in new ForwardedPort[] { toOurs, toSocks, dynamic })
            {
                client.AddForwardedPort(port);
                port.Start();
            }

            await Task.WhenAll(Enumerable.Range(0, 8).Select(i => EchoAsync(toOurs.BoundPort, 300_000 + i)));
            await GreetAsync($"http://localhost:{target.Port}/", $"socks5://{Loopback}:{toSocks.BoundPort}");
            await GreetAsync($"http://{Loopback}:{ours.Port}/", $"socks5://{Loopback}:{dynamic.BoundPort}");
            Assert.Equal(10, target.Count);
        }

        await Eventually.TrueAsync(() => ours.ConnectionCount + ourSocks.ConnectionCount == 0, "connections are over");
        await servers.ExpectNothingLeftAsync();
    }

    /// <summary>Sends data and expects all of it back.</summary>
    private static async Task EchoAsync(uint port, int count)
    {
        var data = Descriptors.RandomBytes(count, count);
        var back = new byte[count];
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, (int)port, Stop);
        await using var stream = client.GetStream();
        var reading = stream.ReadExactlyAsync(back, Stop).AsTask();
        await stream.WriteAsync(data, Stop);
        await reading;
        Assert.True(data.AsSpan().SequenceEqual(back), "what came back differs");
    }

    private static async Task GreetAsync(string url, string proxy)
    {
        using var handler = new SocketsHttpHandler { Proxy = new WebProxy(proxy) };
        using var browser = new HttpClient(handler);
        Assert.Equal(TcpTestServer.Greeting, await browser.GetStringAsync(new Uri(url), Stop));
    }
}
