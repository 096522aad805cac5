using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests.Support;

/// <summary>One sshd, and one master of each kind, for the tests of a class that do them no harm.</summary>
public sealed class ServerFixture : IAsyncLifetime
{
    private readonly Dictionary<Peer, TestMaster> _masters = [];

    /// <summary>The server.</summary>
    public TestSshd Sshd { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Sshd = await TestSshd.StartAsync();

    /// <summary>The shared master of a kind.</summary>
    internal async Task<TestMaster> MasterAsync(Peer peer)
    {
        if (!_masters.TryGetValue(peer, out var master))
        {
            _masters[peer] = master = await TestMaster.StartAsync(peer, Sshd);
        }

        return master;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var master in _masters.Values) await master.DisposeAsync();
        await Sshd.DisposeAsync();
    }
}
