using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Authentication;

/// <summary>One server for all tests of a class, that do not change its configuration.</summary>
public sealed class SharedSshd : IAsyncLifetime
{
    public TestSshd Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await TestSshd.StartAsync();

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
