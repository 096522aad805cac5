using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Mux;

/// <summary>One sshd for all tests of a class.</summary>
public sealed class MuxSshd : IAsyncLifetime
{
    public TestSshd Sshd { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Sshd = await TestSshd.StartAsync();

    public ValueTask DisposeAsync() => Sshd.DisposeAsync();
}
