using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>A server that gives no terminals (PermitTTY no).</summary>
public sealed class RefusedTerminalTests : IAsyncLifetime
{
    private TestSshd _sshd = null!;

    public async ValueTask InitializeAsync() => _sshd = await TestSshd.StartAsync("PermitTTY no");

    public ValueTask DisposeAsync() => _sshd.DisposeAsync();

    [Theory]
    [InlineData(Peer.OpenSsh, Peer.SshMux)]
    [InlineData(Peer.SshMux, Peer.OpenSsh)]
    [InlineData(Peer.SshMux, Peer.SshMux)]
    public async Task A_masters_client_leaves_raw_mode_and_goes_on(Peer server, Peer client)
    {
        await using var master = await TestMaster.StartAsync(server, _sshd);
        await using var terminal = TestTerminal.Start(
            TestMaster.ProgramOf(client),
            master.ClientArguments("-t", "x", "tty; read line; echo \"got $line\"; exit 5"));
        await terminal.WaitForAsync("PTY allocation request failed");
        await terminal.WaitForAsync("not a tty");

        // Raw before it is told, cooked again as soon as it is. What is typed while it is raw has no end of line, and
        // when that is over cannot be seen: it may be cooked because it is not raw yet.
        var deadline = Environment.TickCount64 + 30_000;
        while (!terminal.Output.Contains("got a line", StringComparison.Ordinal))
        {
            Assert.True(Environment.TickCount64 < deadline, $"it stays raw; shown: {terminal.Output}");
            terminal.Type("a line\r");
            await Task.Delay(100);
        }

        Assert.Equal(5, await terminal.WaitForExitAsync());
        await terminal.WaitForAsync("Shared connection to x closed.");
    }

    [Fact]
    public async Task An_own_connection_does_without_one_for_a_shell()
    {
        await using var terminal = TestTerminal.Start(SshMuxProgram.Path, "-F", _sshd.SshConfig, "x");
        await terminal.WaitForAsync("PTY allocation request failed on channel 0\r\n");
        terminal.Type("tty; exit 5\r");
        await terminal.WaitForAsync("not a tty");
        Assert.Equal(5, await terminal.WaitForExitAsync());
        Assert.True(await terminal.EchoesAsync(), "the terminal is as it was");
    }

    [Theory]
    [InlineData("-t")]
    [InlineData("-tt")]
    public async Task An_own_connection_ends_if_it_was_asked_for_by_name(string option)
    {
        await using var terminal = TestTerminal.Start(
            SshMuxProgram.Path, "-F", _sshd.SshConfig, option, "x", TestSshd.RunUntilDisconnected);
        Assert.Equal(255, await terminal.WaitForExitAsync());
        await terminal.WaitForAsync("sshmux: PTY allocation request failed on channel 0\r\n");
    }
}
