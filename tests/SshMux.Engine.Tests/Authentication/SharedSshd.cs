using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Authentication;

/// <summary>One server for all tests of a class, that do not change its configuration.</summary>
public sealed class SharedSshd : IAsyncLifetime
{
    private TestSshd? _server;

    public TestSshd Server
    {
        get
        {
            OnlyOn.Unix();
            return _server!;
        }
    }

    // Where there is no sshd the tests say so, one by one.
    public async ValueTask InitializeAsync() =>
        _server = OperatingSystem.IsWindows() ? null : await TestSshd.StartAsync();

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;
}
