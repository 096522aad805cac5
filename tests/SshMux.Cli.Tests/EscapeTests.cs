using System.Net;
using System.Net.Sockets;
using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>
/// Escape characters: a master sees them in its clients' sessions, a connection of our own sees them itself.
/// </summary>
public class EscapeTests(ServerFixture server) : TerminalSessionTests(server), IClassFixture<ServerFixture>
{
    [Theory, MemberData(nameof(Ways))]
    public async Task Help_and_the_list_of_channels_are_shown_and_the_session_goes_on(Peer? master, Peer client)
    {
        await using var terminal = await StartAsync(master, client, "-t", "x", QuietShell);
        await WaitUntilRawAsync(terminal);
        terminal.Type("~?");
        await terminal.WaitForAsync("~?\r\nSupported escape sequences:\r\n ~.   - terminate ");
        await terminal.WaitForAsync("(Note that escapes are only recognized immediately after newline.)\r\n");
        var isShared = master is not null;
        Assert.Equal(!isShared, terminal.Output.Contains("~V/v - ", StringComparison.Ordinal));
        terminal.Type("~#");
        await terminal.WaitForAsync("~#\r\nThe following connections are open:\r\n");
        await terminal.WaitForAsync(" client-session (t4 [session] r");
        terminal.Type("~B");
        await terminal.WaitForAsync("~B\r\n");
        terminal.Type("echo no''thing ~. ~~; exit 3\r");
        await terminal.WaitForAsync("nothing ~. ~~");
        Assert.Equal(3, await terminal.WaitForExitAsync());
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task Twice_it_is_itself(Peer? master, Peer client)
    {
        await using var terminal = await StartAsync(master, client, "-t", "x", "read line; echo \"got $line\"");
        await WaitUntilRawAsync(terminal);
        terminal.Type("~~.\r");
        await terminal.WaitForAsync("got ~.");
        Assert.Equal(0, await terminal.WaitForExitAsync());
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task The_session_ends_at_once_and_nobody_elses(Peer? master, Peer client)
    {
        await using var terminal = await StartAsync(master, client, "-t", "x", $"trap '' HUP; {QuietShell}");
        await WaitUntilRawAsync(terminal);
        await using var other = await StartAsync(master, client, "-t", "x", QuietShell);
        await WaitUntilRawAsync(other);
        terminal.Type("echo x\r~.");
        Assert.Equal(255, await terminal.WaitForExitAsync());
        Assert.True(await terminal.EchoesAsync(), "the terminal is as it was");
        if (master is not Peer.OpenSsh) await terminal.WaitForAsync("~.\r\n");
        await terminal.WaitForAsync(
            master is null ? "Connection to 127.0.0.1 closed." : "Shared connection to x closed.");
        other.Type("exit 4\r");
        Assert.Equal(4, await other.WaitForExitAsync());
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task Another_character_can_be_chosen(Peer? master, Peer client)
    {
        await using var terminal = await StartAsync(master, client, "-e", "^]", "-t", "x", QuietShell);
        await WaitUntilRawAsync(terminal);
        terminal.Type("~.\recho still the''re\r");
        await terminal.WaitForAsync("still there");
        terminal.Type("\x1d.");
        Assert.Equal(255, await terminal.WaitForExitAsync());
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task There_may_be_none(Peer? master, Peer client)
    {
        await using var terminal = await StartAsync(
            master, client, "-o", "EscapeChar=none", "-t", "x", "read line; echo \"got $line\"");
        await WaitUntilRawAsync(terminal);
        terminal.Type("~.\r");
        await terminal.WaitForAsync("got ~.");
        Assert.Equal(0, await terminal.WaitForExitAsync());
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task Without_a_terminal_there_are_none(Peer? master, Peer client)
    {
        var (program, arguments) = await CommandAsync(master, client, "-T", "x", "cat");
        var result = await ProcessResult.RunAsync(program, arguments, "~.\n~?\n");
        Assert.Equal(new ProcessResult(0, "~.\n~?\n", ""), result);
    }

    [Theory]
    [InlineData(Peer.OpenSsh)]
    [InlineData(Peer.SshMux)]
    public async Task What_a_client_cannot_have_is_said(Peer client)
    {
        await using var terminal = await StartAsync(Peer.SshMux, client, "-t", "x", QuietShell);
        await WaitUntilRawAsync(terminal);
        foreach (var (keys, name) in new[] { ("~V", "V"), ("~v", "v"), ("~C", "C"), ("~\x1a", "^Z"), ("~&", "&") })
        {
            terminal.Type(keys);
            await terminal.WaitForAsync($"~{name} escape not available to multiplexed sessions\r\n");
        }

        terminal.Type("exit\r");
        Assert.Equal(0, await terminal.WaitForExitAsync());
    }

    [Theory]
    [InlineData(Peer.OpenSsh)]
    [InlineData(Peer.SshMux)]
    public async Task New_keys_are_exchanged(Peer client)
    {
        await using var master = await TestMaster.StartAsync(Peer.SshMux, Server.Sshd, "-v");
        await using var terminal = TestTerminal.Start(
            TestMaster.ProgramOf(client), master.ClientArguments("-t", "x", QuietShell));
        await WaitUntilRawAsync(terminal);
        terminal.Type("~R");
        await Wait.UntilAsync(
            () => master.Messages.Contains("key exchange 2 done", StringComparison.Ordinal), "new keys are in use");
        terminal.Type("echo still the''re\r");
        await terminal.WaitForAsync("still there");
    }

    [Fact]
    public async Task The_verbosity_changes_and_new_keys_are_seen()
    {
        await using var terminal = await StartAsync(null, Peer.SshMux, "-t", "x", QuietShell);
        await WaitUntilRawAsync(terminal);
        terminal.Type("~v~v");
        await terminal.WaitForAsync("~v [LogLevel VERBOSE]\r\n~v [LogLevel DEBUG]\r\n");
        terminal.Type("~R");
        await terminal.WaitForAsync("key exchange 2 done, new keys in use\r\n");
        terminal.Type("~V~V");
        await terminal.WaitForAsync("~V [LogLevel VERBOSE]\r\n~V [LogLevel INFO]\r\n");
        terminal.Type("~C");
        await terminal.WaitForAsync("commandline disabled\r\n");
        terminal.Type("~&");
        await terminal.WaitForAsync("~& [not available: use ~^Z and the shell's bg, or start with -f]\r\n");
        terminal.Type("exit 6\r");
        Assert.Equal(6, await terminal.WaitForExitAsync());
    }

    [Fact]
    public async Task The_command_line_opens_and_closes_forwards()
    {
        using var echo = new EchoServer();
        var port = TestSshd.FreePort();
        await using var terminal = await StartAsync(
            null, Peer.SshMux, "-o", "EnableEscapeCommandline=yes", "-t", "x", QuietShell);
        await WaitUntilRawAsync(terminal);
        await CommandAsync("?", "      -KD[bind_address:]port                 Cancel dynamic forward\r\n");
        await CommandAsync($"-L 127.0.0.1:{port}:127.0.0.1:{echo.Port}", "Forwarding port.\r\n");
        using (var client = new TcpClient())
        {
            await client.ConnectAsync(IPAddress.Loopback, port);
            client.GetStream().Write("round trip"u8);
            var received = new byte[10];
            await client.GetStream().ReadExactlyAsync(received).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
            Assert.Equal("round trip"u8, received);
        }

        await CommandAsync($"-KL 127.0.0.1:{port}", "Canceled forwarding.\r\n");
        using (var client = new TcpClient())
        {
            await Assert.ThrowsAsync<SocketException>(() => client.ConnectAsync(IPAddress.Loopback, port));
        }

        await CommandAsync($"-KL 127.0.0.1:{port}", "Unknown port forwarding.\r\n");
        await CommandAsync("-R 0:127.0.0.1:9", " for remote forward to 127.0.0.1:9\r\n");
        await CommandAsync("-KR0", "Canceled forwarding.\r\n", times: 2);
        await CommandAsync("nonsense", "Invalid command.\r\n");
        terminal.Type("~C");
        await terminal.WaitForAsync("ssh> ", times: 8);
        terminal.Type("-L\x03");
        await WaitUntilRawAsync(terminal);
        terminal.Type("echo still the''re; exit 8\r");
        await terminal.WaitForAsync("still there");
        Assert.Equal(8, await terminal.WaitForExitAsync());

        async Task CommandAsync(string line, string answer, int times = 1)
        {
            var before = terminal.Output.Split("ssh> ").Length;
            terminal.Type("~C");
            await terminal.WaitForAsync("ssh> ", before);
            terminal.Type($"{line}\r");
            await terminal.WaitForAsync(answer, times);
            await WaitUntilRawAsync(terminal);
        }
    }

    [Fact]
    public async Task Information_about_the_connection_is_shown()
    {
        await using var terminal = await StartAsync(Peer.SshMux, Peer.SshMux, "-t", "x", QuietShell);
        await WaitUntilRawAsync(terminal);
        terminal.Type("~I");
        await terminal.WaitForAsync($"~I\r\nConnection information for {Environment.MachineName} pid ");
        await terminal.WaitForAsync($" -> 127.0.0.1:{Server.Sshd.Port}\r\n");
        await terminal.WaitForAsync("B out\r\n");
    }

    [Fact]
    public async Task The_process_stops_and_its_shell_continues_it()
    {
        // A shell with job control, because only that continues what was stopped.
        await using var terminal = TestTerminal.Start("bash", "--norc", "-i");
        var command = $"'{SshMuxProgram.Path}' -F '{Server.Sshd.SshConfig}' -t x 'echo rea\"\"dy; PS1= exec sh'";
        terminal.Type($"PS1=; {command}\r");
        await terminal.WaitForAsync("ready");
        await WaitUntilRawAsync(terminal);
        terminal.Type("~\x1a");
        await terminal.WaitForAsync("~^Z [suspend ssh]\r\n");
        await terminal.WaitForAsync("Stopped");
        terminal.Resize(99, 33);
        terminal.Type("jobs | grep -q Stopped && echo isst''opped; fg >/dev/null\r");
        await terminal.WaitForAsync("isstopped");
        await WaitUntilRawAsync(terminal);
        terminal.Type("while [ \"$(stty size)\" != '33 99' ]; do sleep 0.05; done; echo resi''zed; exit 7\r");
        await terminal.WaitForAsync("resized");
        await terminal.WaitForAsync("closed.");
        terminal.Type("echo status $?\r");
        await terminal.WaitForAsync("status 7");
    }
}
