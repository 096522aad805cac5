using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>Sessions with a terminal, over masters and over a connection of their own.</summary>
public class TerminalTests(ServerFixture server) : TerminalSessionTests(server), IClassFixture<ServerFixture>
{
    [Theory, MemberData(nameof(Ways))]
    public async Task A_shell_has_the_terminals_kind_and_size_and_follows_its_changes(Peer? master, Peer client)
    {
        await using var terminal = await StartAsync(master, client, "-t", "x", QuietShell);
        await WaitUntilRawAsync(terminal);
        terminal.Type("echo $TERM; stty size\r");
        await terminal.WaitForAsync("xterm-test\r\n24 80\r\n");
        terminal.Resize(132, 50);

        // The news travels on its own, so ask until it is there.
        terminal.Type("while [ \"$(stty size)\" != '50 132' ]; do sleep 0.05; done; echo resi''zed\r");
        await terminal.WaitForAsync("resized");
        terminal.Type("exit 5\r");
        Assert.Equal(5, await terminal.WaitForExitAsync());
        await terminal.WaitForAsync(
            master is null ? "Connection to 127.0.0.1 closed." : "Shared connection to x closed.");
        Assert.True(await terminal.EchoesAsync(), "the terminal is as it was");
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task The_remote_terminal_has_the_modes_of_the_local_one(Peer? master, Peer client)
    {
        var (program, arguments) = await CommandAsync(master, client, "-t", "x", "stty -a; exit 4");
        await using var terminal = TestTerminal.Start(
            "sh", ["-c", "stty intr ^A quit undef -ixon tostop -onlcr; exec \"$@\"", "sh", program, .. arguments]);
        Assert.Equal(4, await terminal.WaitForExitAsync());
        var modes = terminal.Output;
        foreach (var mode in new[] { "intr = ^A;", "quit = <undef>;", " -ixon", " tostop", " -onlcr", "isig icanon", "38400" })
        {
            Assert.Contains(mode, modes, StringComparison.Ordinal);
        }
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task Keys_go_to_the_remote_program(Peer? master, Peer client)
    {
        await using var terminal = await StartAsync(master, client, "-t", "x", QuietShell);
        await WaitUntilRawAsync(terminal);
        terminal.Type("trap 'echo interrup''ted; exit 9' INT; echo read''y; while :; do sleep 0.05; done\r");
        await terminal.WaitForAsync("ready");
        terminal.Type("\x03");
        await terminal.WaitForAsync("interrupted");
        Assert.Equal(9, await terminal.WaitForExitAsync());
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task A_command_with_tt_gets_a_terminal_without_a_local_one(Peer? master, Peer client)
    {
        var (program, arguments) = await CommandAsync(master, client, "-tt", "x", "tty; stty size");
        var result = await ProcessResult.RunAsync(program, arguments);
        Assert.Equal(0, result.ExitCode);
        Assert.StartsWith("/dev/pts/", result.Output, StringComparison.Ordinal);
        Assert.EndsWith("0 0", result.Output.TrimEnd(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Peer.OpenSsh)]
    [InlineData(Peer.SshMux)]
    [InlineData(null)]
    public async Task A_signal_ends_the_session_and_restores_the_terminal(Peer? master)
    {
        await using var terminal = await StartAsync(master, Peer.SshMux, "-t", "x", "echo up; exec sleep 1000");
        await terminal.WaitForAsync("up");
        await WaitUntilRawAsync(terminal);
        var id = terminal.ProgramId;
        await ProcessResult.RunAsync("kill", ["-TERM", $"{id}"]);
        Assert.Equal(255, await terminal.WaitForExitAsync());
        Assert.True(await terminal.EchoesAsync(), "the terminal is as it was");
    }

    [Fact]
    public async Task No_terminal_is_asked_for_when_standard_input_is_none()
    {
        var (program, arguments) = await CommandAsync(Peer.SshMux, Peer.SshMux, "-t", "x", "tty");
        var result = await ProcessResult.RunAsync(program, arguments);
        Assert.Equal(
            "Pseudo-terminal will not be allocated because stdin is not a terminal.\n", result.ErrorOutput);
        Assert.Equal("not a tty\n", result.Output);
    }
}
