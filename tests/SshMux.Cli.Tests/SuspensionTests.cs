using System.Globalization;
using System.Text.RegularExpressions;
using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>
/// <c>~^Z</c> below a shell with job control, which stops the process and continues it: a client of a master, whose escapes
/// are the master's to obey, and a connection of our own.
/// </summary>
public class SuspensionTests(ServerFixture server) : TerminalSessionTests(server), IClassFixture<ServerFixture>
{
    private const string CtrlZ = "~\x1a";
    private const string Suspending = "~^Z [suspend ssh]\r\n";
    private const string Stopped = "]+  Stopped ";

    /// <summary>Over a master of ours, and without one.</summary>
    public static TheoryData<Peer?> Sessions => new((Peer?)Peer.SshMux, (Peer?)null);

    /// <summary>Masters and clients of which one is OpenSSH's.</summary>
    public static TheoryData<Peer, Peer> Mixed => new()
    {
        { Peer.SshMux, Peer.OpenSsh },
        { Peer.OpenSsh, Peer.SshMux },
    };

    [Theory, MemberData(nameof(Sessions))]
    public async Task The_session_goes_on_where_it_was_with_the_size_and_modes_of_the_terminal(Peer? master)
    {
        await using var terminal = await StartShellAsync();
        await RunAsync(terminal, master, Peer.SshMux, QuietShell);
        terminal.Type("echo bef''ore\r");
        await terminal.WaitForAsync("before");
        await SuspendAsync(terminal);
        terminal.Type("stty -a | grep -q -w -e -icanon || echo coo''ked; jobs\r");
        await terminal.WaitForAsync("cooked");
        await terminal.WaitForAsync(Stopped, times: 2);
        terminal.Resize(99, 33);
        terminal.Type("stty -ixon; fg >/dev/null\r");
        await WaitUntilRawAsync(terminal);

        // Once: the program has the size before it has another key.
        terminal.Type("echo size $(stty size)\r");
        await terminal.WaitForAsync("size 33 99");
        terminal.Type("\x1a");
        terminal.Type("echo sti''ll the''re\r");
        await terminal.WaitForAsync("still there");
        await SuspendAsync(terminal, times: 2);
        await ContinueAsync(terminal);
        terminal.Type("exit 7\r");
        await terminal.WaitForAsync("closed.");
        terminal.Type("echo status $?\r");
        await terminal.WaitForAsync("status 7");
        Assert.DoesNotContain("not available", terminal.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Output_waits_for_the_terminal_and_the_program_for_the_window()
    {
        const int lines = 600_000; // more than a window holds
        var master = await Server.MasterAsync(Peer.SshMux);
        using var folder = new TestFolder();
        var (go, done) = (folder.File("go"), folder.File("done"));
        await using var terminal = await StartShellAsync();
        await RunAsync(
            terminal, Peer.SshMux, Peer.SshMux,
            $"stty -onlcr; echo re''ady; while [ ! -e {go} ]; do sleep 0.05; done; seq {lines}; touch {done}; echo all; read x");
        await terminal.WaitForAsync("ready");
        await SuspendAsync(terminal);
        var shown = terminal.Output.Length;
        await File.WriteAllTextAsync(go, "", TestContext.Current.CancellationToken);
        while (await WaitingAsync(master) < 1_900_000) await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.False(File.Exists(done), "the program waits");
        terminal.Type("echo the sh''ell\r");
        await terminal.WaitForAsync("the shell\r\n");
        Assert.Equal("echo the sh''ell\r\nthe shell\r\n", terminal.Output[shown..]);
        shown = terminal.Output.Length;
        await ContinueAsync(terminal);
        await terminal.WaitForAsync("\nall\n");
        var expected = string.Concat(Enumerable.Range(1, lines).Select(line => $"{line}\n")) + "all\n";
        Assert.True(terminal.Output[shown..].EndsWith(expected, StringComparison.Ordinal), "nothing is lost");
        terminal.Type("\r");
        await terminal.WaitForAsync("closed.");
    }

    [Theory]
    [InlineData("kill -KILL %1")]
    [InlineData("kill %1")]
    [InlineData("exit; exit")]
    public async Task The_remote_program_ends_with_the_client(string command)
    {
        using var folder = new TestFolder();
        await using var terminal = await StartShellAsync();
        await RunAsync(
            terminal, Peer.SshMux, Peer.SshMux, $"echo $$ >{folder.File("pid")}; echo re''ady; exec sleep 1000");
        await terminal.WaitForAsync("ready");
        await SuspendAsync(terminal);
        var program = await File.ReadAllTextAsync(folder.File("pid"), TestContext.Current.CancellationToken);
        Assert.True(Directory.Exists($"/proc/{program.Trim()}"));
        terminal.Type($"{command.Replace("; ", "\r", StringComparison.Ordinal)}\r");
        await Wait.UntilAsync(() => !Directory.Exists($"/proc/{program.Trim()}"), "the remote program has ended");
    }

    [Fact]
    public async Task What_ended_meanwhile_is_told_afterwards()
    {
        using var folder = new TestFolder();
        await using var terminal = await StartShellAsync();
        await RunAsync(
            terminal, Peer.SshMux, Peer.SshMux,
            $"echo re''ady; while [ ! -e {folder.File("go")} ]; do sleep 0.05; done; echo last; exit 5");
        await terminal.WaitForAsync("ready");
        await SuspendAsync(terminal);
        await File.WriteAllTextAsync(folder.File("go"), "", TestContext.Current.CancellationToken);
        terminal.Type("fg >/dev/null; echo status $?\r");
        await terminal.WaitForAsync("last\r\n");
        await terminal.WaitForAsync("Shared connection to x closed.");
        await terminal.WaitForAsync("status 5\r\n");
    }

    [Fact]
    public async Task In_the_background_a_connection_of_our_own_goes_on_without_the_terminal()
    {
        using var folder = new TestFolder();
        await using var terminal = await StartShellAsync();
        await RunAsync(
            terminal, null, Peer.SshMux,
            $"echo re''ady; while [ ! -e {folder.File("go")} ]; do sleep 0.05; done; echo fro''m afar; {QuietShell}");
        await terminal.WaitForAsync("ready");
        await SuspendAsync(terminal);
        terminal.Type("bg >/dev/null\r");
        await File.WriteAllTextAsync(folder.File("go"), "", TestContext.Current.CancellationToken);
        await terminal.WaitForAsync("from afar");
        terminal.Type("jobs; echo the sh''ell has the keys\r");
        await terminal.WaitForAsync("the shell has the keys");
        await terminal.WaitForAsync("]+  Running ");
        await ContinueAsync(terminal);
        terminal.Type("echo and the pro''gram again; exit 6\r");
        await terminal.WaitForAsync("and the program again");
        await terminal.WaitForAsync("closed.");
        terminal.Type("echo status $?\r");
        await terminal.WaitForAsync("status 6");
    }

    [Fact]
    public async Task In_the_background_a_clients_session_waits_for_the_terminal()
    {
        using var folder = new TestFolder();
        await using var terminal = await StartShellAsync();
        await RunAsync(
            terminal, Peer.SshMux, Peer.SshMux,
            $"while [ ! -e {folder.File("go")} ]; do sleep 0.05; done; echo fro''m afar; {QuietShell}");
        await SuspendAsync(terminal);
        await File.WriteAllTextAsync(folder.File("go"), "", TestContext.Current.CancellationToken);

        // A job that has been stopped again is no longer told as running.
        terminal.Type("bg >/dev/null; sleep 0.5; jobs; echo the sh''ell has the keys\r");
        await terminal.WaitForAsync("the shell has the keys");
        Assert.Contains("]+  Running ", terminal.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("from afar", terminal.Output, StringComparison.Ordinal);
        await ContinueAsync(terminal);
        await terminal.WaitForAsync("from afar");
        await SuspendAsync(terminal, times: 2);
        terminal.Type("bg >/dev/null; kill %1; wait; echo go''ne\r");
        await terminal.WaitForAsync("gone");
        terminal.Type("jobs; echo no''thing left\r");
        await terminal.WaitForAsync("nothing left");
        Assert.DoesNotContain("Stopped (tty", terminal.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_typed_behind_it_goes_to_the_program_afterwards()
    {
        await using var terminal = await StartShellAsync();
        await RunAsync(terminal, Peer.SshMux, Peer.SshMux, QuietShell);
        terminal.Type($"{CtrlZ}echo typed be''hind\r");
        await terminal.WaitForAsync("Stopped");
        terminal.Type("fg >/dev/null\r");
        await terminal.WaitForAsync("typed behind");
        terminal.Type("exit\r");
        await terminal.WaitForAsync("closed.");
    }

    [Fact]
    public async Task A_client_is_told_what_it_can_do()
    {
        await using var terminal = await StartShellAsync();
        await RunAsync(terminal, Peer.SshMux, Peer.SshMux, QuietShell);
        terminal.Type("~?");
        await terminal.WaitForAsync(" ~^Z  - suspend ssh\r\n");
        terminal.Type("~&");
        await terminal.WaitForAsync(
            "~& [not available: use ~^Z; the connection and its forwards are the master's, and go on]\r\n");
        terminal.Type("exit\r");
        await terminal.WaitForAsync("closed.");
    }

    [Theory, MemberData(nameof(Mixed))]
    public async Task Where_one_side_is_OpenSSHs_it_is_not_available_and_does_no_harm(Peer master, Peer client)
    {
        await using var terminal = await StartShellAsync();
        await RunAsync(terminal, master, client, QuietShell);
        terminal.Type(CtrlZ);
        await terminal.WaitForAsync("~^Z escape not available to multiplexed sessions\r\n");
        terminal.Type("~&");
        await terminal.WaitForAsync("~& escape not available to multiplexed sessions\r\n");
        terminal.Type("~?");
        await terminal.WaitForAsync("immediately after newline.)\r\n");
        Assert.DoesNotContain("suspend ssh", terminal.Output, StringComparison.Ordinal);
        terminal.Type("echo still the''re; exit 4\r");
        await terminal.WaitForAsync("still there");
        await terminal.WaitForAsync("closed.");
        terminal.Type("echo status $?\r");
        await terminal.WaitForAsync("status 4");
    }

    /// <summary>
    /// A shell with job control, which alone continues what was stopped, and with signals that a runner of tests may have
    /// been started to ignore.
    /// </summary>
    private static async Task<TestTerminal> StartShellAsync()
    {
        var terminal = TestTerminal.Start(
            "env", "--default-signal=INT,QUIT,HUP,TERM,TSTP,TTIN,TTOU,CONT", "bash", "--norc", "--noediting", "-i");

        // What is waited for is in no line that is typed.
        terminal.Type("PS1=; echo lo''cal\r");
        await terminal.WaitForAsync("local\r\n");
        return terminal;
    }

    private async Task RunAsync(TestTerminal terminal, Peer? master, Peer client, string command)
    {
        var (program, arguments) = await CommandAsync(master, client, "-t", "x", $"echo u\"\"p; {command}");
        var words = string.Join(' ', arguments.Select(word => $"'{word.Replace("'", @"'\''", StringComparison.Ordinal)}'"));
        terminal.Type($"{program} {words}\r");
        await terminal.WaitForAsync("up\r");
        await WaitUntilRawAsync(terminal);
    }

    private static async Task SuspendAsync(TestTerminal terminal, int times = 1)
    {
        var stopped = terminal.Output.Split(Stopped).Length;
        terminal.Type(CtrlZ);
        await terminal.WaitForAsync(Suspending, times);

        // What is typed sooner comes while the terminal is raw.
        await terminal.WaitForAsync(Stopped, stopped);
        terminal.Type($"echo shell {times} has it''\r");
        await terminal.WaitForAsync($"shell {times} has it\r\n");
    }

    private static async Task ContinueAsync(TestTerminal terminal)
    {
        terminal.Type("fg >/dev/null\r");
        await WaitUntilRawAsync(terminal);
    }

    /// <summary>How many bytes of output the master keeps for its one session.</summary>
    private static async Task<int> WaitingAsync(TestMaster master)
    {
        var list = (await master.RunClientAsync(Peer.SshMux, "-O", "channels", "x")).Output;
        return Regex.Matches(list, @" o\d+/(\d+) ")
            .Sum(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));
    }
}
