using Renci.SshNet;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Forwarding;
using SshMux.Engine.Tests.Mux;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Peers;

/// <summary>
/// A server that we are logged in to, with a forward of every kind, and one behind it that SSH.NET logs in to.
/// </summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class SshNetFixture : IAsyncLifetime
{
    private readonly Dictionary<SshNetRoute, SshForward> _forwards = [];
    private SshConnection _connection = null!;

    /// <summary>The server that our connection is to.</summary>
    public TestSshd Near { get; private set; } = null!;

    /// <summary>The server that the forwards lead to; it asks for passwords, too, and knows none that a test has.</summary>
    public TestSshd Far { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Near = await TestSshd.StartAsync();
        Far = await TestSshd.StartAsync("PasswordAuthentication yes");
        _connection = await OurMaster.ConnectAsync(Near, CancellationToken.None);
        var dynamic = await StartAsync(ForwardSpec.ParseDynamic("127.0.0.1:0"));
        _forwards[SshNetRoute.Local] = await StartAsync(ForwardSpec.ParseLocal($"127.0.0.1:0:127.0.0.1:{Far.Port}"));
        _forwards[SshNetRoute.Socks4] = dynamic;
        _forwards[SshNetRoute.Socks5] = dynamic;
        _forwards[SshNetRoute.Remote] = await StartAsync(ForwardSpec.ParseRemote($"0:127.0.0.1:{Far.Port}"));
        _forwards[SshNetRoute.RemoteSocks5] = await StartAsync(ForwardSpec.ParseRemote("0"));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var forward in _forwards.Values.Distinct()) await forward.DisposeAsync();
        await _connection.DisposeAsync();
        await Far.DisposeAsync();
        await Near.DisposeAsync();
    }

    /// <summary>Opens one more forward on our connection.</summary>
    internal async Task<SshForward> StartAsync(ForwardSpec spec) =>
        await ForwardStarter.StartAsync(_connection, spec, new ForwardOptions(), CancellationToken.None);

    /// <summary>What SSH.NET needs to log in to the server behind ours, with the key that is authorized there.</summary>
    public ConnectionInfo Info(SshNetRoute route) => Info(route, Far.Port, KeyOf(Far));

    /// <summary>What SSH.NET needs to go by a route to a port of the machine behind ours.</summary>
    public ConnectionInfo Info(SshNetRoute route, int port, AuthenticationMethod method)
    {
        var listener = _forwards[route].Port!.Value;
        return route switch
        {
            SshNetRoute.Socks4 => ByProxy("127.0.0.1", ProxyTypes.Socks4),
            SshNetRoute.Socks5 or SshNetRoute.RemoteSocks5 => ByProxy("localhost", ProxyTypes.Socks5),
            _ => new ConnectionInfo("127.0.0.1", listener, method.Username, method),
        };

        ConnectionInfo ByProxy(string host, ProxyTypes type) =>
            new(host, port, method.Username, type, "127.0.0.1", listener, "", "", method);
    }

    public static AuthenticationMethod KeyOf(TestSshd sshd) =>
        new PrivateKeyAuthenticationMethod(sshd.UserName, new PrivateKeyFile(sshd.UserKey));

    /// <summary>Logs in as the connection says.</summary>
    public static async Task<SshClient> ConnectAsync(ConnectionInfo info)
    {
        var client = new SshClient(info);
        try
        {
            await client.ConnectAsync(TestContext.Current.CancellationToken);
            return client;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    public Task<SshClient> ConnectAsync(SshNetRoute route) => ConnectAsync(Info(route));

    /// <summary>Waits until nothing of what went through the forwards is left on our connection.</summary>
    public async Task ExpectNothingLeftAsync()
    {
        await Eventually.TrueAsync(() => _forwards.Values.All(f => f.ConnectionCount == 0), "connections are over");
        await Eventually.TrueAsync(() => _connection.ChannelCount == 0, "channels are closed");
    }
}
