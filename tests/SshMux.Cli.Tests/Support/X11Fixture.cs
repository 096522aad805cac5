using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests.Support;

/// <summary>A server that forwards X11, and an X server to forward to.</summary>
public sealed class X11Fixture : IAsyncLifetime
{
    /// <summary>The sshd; the sessions' home, where it has xauth write, is a folder of its own.</summary>
    public TestSshd Sshd { get; private set; } = null!;

    internal TestXServer Display { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        // Away from the displays that others on this machine use. sshd tries the next ones, old ones only up to 999.
        var offset = Random.Shared.Next(100, 900);
        Sshd = await TestSshd.StartAsync($"X11Forwarding yes\nX11UseLocalhost yes\nX11DisplayOffset {offset}");

        // xauth says it when it makes a new one.
        Sshd.Folder.Write(".Xauthority", "");
        Display = await TestXServer.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Display.DisposeAsync();
        await Sshd.DisposeAsync();
    }
}
