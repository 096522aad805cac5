using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Mux;

/// <summary>One sshd for all tests of a class.</summary>
public sealed class MuxSshd : IAsyncLifetime
{
    /// <summary>
    /// The user's shell finds no start-up files: what those print, and how long they take, is none of our business.
    /// </summary>
    private const string QuietShell = "SetEnv HOME=/nonexistent";

    public TestSshd Sshd { get; private set; } = null!;

    public static Task<TestSshd> StartAsync(string extraConfig = "") =>
        TestSshd.StartAsync($"{QuietShell}\n{extraConfig}");

    public async ValueTask InitializeAsync() => Sshd = await StartAsync();

    public ValueTask DisposeAsync() => Sshd.DisposeAsync();
}
