using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests.Support;

/// <summary>A server of each kind and a master of sshmux on it, made when a test first asks.</summary>
public sealed class OtherServersFixture : IAsyncDisposable
{
    private readonly Dictionary<OtherServerKind, OtherServer> _servers = [];
    private readonly Dictionary<OtherServerKind, TestMaster> _masters = [];

    /// <summary>The server of a kind.</summary>
    internal async Task<OtherServer> ServerAsync(OtherServerKind kind)
    {
        if (!_servers.TryGetValue(kind, out var server))
        {
            _servers[kind] = server = await (kind switch
            {
                OtherServerKind.Dropbear => TestDropbear.StartAsync(),
                OtherServerKind.HardenedDropbear => TestDropbear.StartHardenedAsync(),
                OtherServerKind.Asyncssh => TestAsyncssh.StartAsync(),
                OtherServerKind.HardenedAsyncssh => TestAsyncssh.StartHardenedAsync(),
                OtherServerKind.Tinyssh => TestTinyssh.StartAsync(),
                _ => TestTinyssh.StartHardenedAsync(),
            });
        }

        return server;
    }

    /// <summary>The master on it. One on tinysshd is good for one session: a single test may ask for it.</summary>
    internal async Task<TestMaster> MasterAsync(OtherServerKind kind)
    {
        if (!_masters.TryGetValue(kind, out var master))
        {
            var server = await ServerAsync(kind);
            _masters[kind] = master = await TestMaster.StartAsync(
                Peer.SshMux, server.SshConfig, new TestFolder(), [], "-M");
        }

        return master;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var master in _masters.Values) await master.DisposeAsync();
        foreach (var server in _servers.Values) await server.DisposeAsync();
    }
}
