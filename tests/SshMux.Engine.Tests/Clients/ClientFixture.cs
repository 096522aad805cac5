using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Clients;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Clients;

/// <summary>One sshd, and a login of a program there, for all tests of a class.</summary>
public sealed class ClientFixture : IAsyncLifetime
{
    public TestSshd Sshd { get; private set; } = null!;

    public SshClient Client { get; private set; } = null!;

    /// <summary>What a program sets that logs in as the test server's configuration says.</summary>
    public SshClientOptions Options => new() { ConfigFile = Sshd.SshConfig, Interaction = NoInteraction.Instance };

    public async ValueTask InitializeAsync()
    {
        Sshd = await TestSshd.StartAsync();
        Client = await SshClient.ConnectAsync("x", Options);
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await Sshd.DisposeAsync();
    }
}
