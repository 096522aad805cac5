using System.Globalization;
using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>-f, ControlMaster auto, ControlPersist, and how masters end.</summary>
public sealed class BackgroundTests(ServerFixture server) : IClassFixture<ServerFixture>, IAsyncDisposable
{
    private readonly TestFolder _folder = new();

    private string Path => _folder.File("m");

    public async ValueTask DisposeAsync()
    {
        if (File.Exists(Path)) await SshMuxProgram.RunAsync("-F", "none", "-S", Path, "-O", "exit", "x");
        await Wait.UntilAsync(() => !File.Exists(Path), "the master is gone");
        _folder.Dispose();
    }

    [Fact]
    public async Task A_master_in_the_background_has_a_session_of_its_own_and_holds_nothing()
    {
        // That this returns at all shows that the pipes of standard output and error are closed.
        var log = _folder.File("log");
        var started = await RunAsync("-f", "-N", "-M", "-E", log, "x");
        Assert.Equal(new ProcessResult(0, "", ""), started);
        var id = await MasterIdAsync();

        // Its own session, and no terminal (fields 4 and 5 behind the name in proc_pid_stat(5)).
        var stat = await File.ReadAllTextAsync($"/proc/{id}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        Assert.Equal((id.ToString(CultureInfo.InvariantCulture), "0"), (fields[3], fields[4]));
        Assert.Equal("/dev/null", new FileInfo($"/proc/{id}/fd/0").LinkTarget);
        Assert.Equal("/dev/null", new FileInfo($"/proc/{id}/fd/1").LinkTarget);
        Assert.Equal(log, new FileInfo($"/proc/{id}/fd/2").LinkTarget);
        Assert.DoesNotContain("SSHMUX_BACKGROUND", await EnvironmentOfShellAsync(), StringComparison.Ordinal);

        var ended = await RunAsync("-O", "exit", "x");
        Assert.Equal(0, ended.ExitCode);
        await Wait.UntilAsync(() => !Directory.Exists($"/proc/{id}"), "the master ends");
        Assert.False(File.Exists(Path));
        Assert.NotEmpty(await File.ReadAllTextAsync(log));
    }

    [Fact]
    public async Task A_login_that_fails_is_the_foregrounds_failure()
    {
        var result = await RunAsync("-f", "-N", "-M", "-p", $"{TestSshd.FreePort()}", "x");
        Assert.Equal((255, ""), (result.ExitCode, result.Output));
        Assert.StartsWith("ssh: connect to host 127.0.0.1 port ", result.ErrorOutput, StringComparison.Ordinal);
        Assert.False(File.Exists(Path));
    }

    [Fact]
    public async Task A_command_in_the_background_keeps_its_output()
    {
        var result = await RunAsync("-S", "none", "-f", "x", "echo hi; echo oh >&2");
        Assert.Equal(new ProcessResult(0, "hi\n", "oh\n"), result);
    }

    [Fact]
    public async Task A_client_goes_to_the_background_too()
    {
        Assert.Equal(0, (await RunAsync("-f", "-N", "-M", "x")).ExitCode);
        var result = await ProcessResult.RunAsync(
            SshMuxProgram.Path,
            ["-F", "none", "-S", Path, "-o", "ProxyCommand=false", "-f", "x", "cat; echo hi"],
            "not for cat");
        Assert.Equal(new ProcessResult(0, "hi\n", ""), result);
    }

    [Fact]
    public async Task A_shell_cannot_go_to_the_background()
    {
        var result = await RunAsync("-f", "x");
        Assert.Equal(
            new ProcessResult(255, "", "sshmux: Cannot fork into background without a command to execute.\n"), result);
    }

    [Fact]
    public async Task An_automatic_persistent_master_serves_the_first_command_and_the_next()
    {
        string[] options = ["-o", "ControlMaster=auto", "-o", "ControlPersist=yes"];
        var first = await RunAsync([.. options, "x", "echo one; exit 3"]);
        Assert.Equal(new ProcessResult(3, "one\n", ""), first);
        var id = await MasterIdAsync();
        var second = await RunAsync([.. options, "x", "echo two"]);
        Assert.Equal(new ProcessResult(0, "two\n", ""), second);
        Assert.Equal(id, await MasterIdAsync());
    }

    [Fact]
    public async Task A_persistent_master_ends_when_it_was_idle_for_its_time()
    {
        var result = await RunAsync("-o", "ControlMaster=auto", "-o", "ControlPersist=3", "x", "echo hi");
        Assert.Equal(new ProcessResult(0, "hi\n", ""), result);

        // A machine with much to do may take a second to ask.
        var id = await MasterIdAsync();
        await Wait.UntilAsync(() => !Directory.Exists($"/proc/{id}"), "the master ends");
        Assert.False(File.Exists(Path));
    }

    [Fact]
    public async Task An_automatic_master_replaces_a_stale_socket()
    {
        File.Move(await StaleSocket.CreateAsync(_folder), Path);
        var result = await RunAsync("-f", "-N", "-o", "ControlMaster=auto", "x");
        Assert.Equal(new ProcessResult(0, "", ""), result);
        Assert.True(await MasterIdAsync() > 0);
    }

    [Fact]
    public async Task A_second_master_says_so_and_goes_on_without_multiplexing()
    {
        Assert.Equal(0, (await RunAsync("-f", "-N", "-M", "x")).ExitCode);
        var id = await MasterIdAsync();
        var second = await RunAsync("-M", "x", "echo hi");
        Assert.Equal((0, "hi\n"), (second.ExitCode, second.Output));
        Assert.Contains("already exists, disabling multiplexing", second.ErrorOutput, StringComparison.Ordinal);
        Assert.Equal(id, await MasterIdAsync());
    }

    [Fact]
    public async Task A_master_with_a_session_of_its_own_stays_for_the_sessions_of_others()
    {
        var up = _folder.File("up");
        var gate = _folder.File("gate");
        var own = RunAsync("-M", "x", $"touch {up}; while [ ! -e {gate} ]; do sleep 0.05; done; exit 4");
        await Wait.UntilAsync(() => File.Exists(up), "the master's session runs");
        var other = SshMuxProgram.RunAsync(
            "-F", "none", "-S", Path, "x", $"touch {up}2; while [ ! -e {gate}2 ]; do sleep 0.05; done; echo end");
        await Wait.UntilAsync(() => File.Exists($"{up}2"), "the client's session runs");
        File.WriteAllText(gate, "");
        await Wait.UntilAsync(() => !File.Exists(Path), "the master takes no more clients");
        Assert.False(own.IsCompleted);
        File.WriteAllText($"{gate}2", "");
        Assert.Equal(new ProcessResult(0, "end\n", ""), await other);
        Assert.Equal(new ProcessResult(4, "", ""), await own);
    }

    [Theory]
    [InlineData("TERM", 0)]
    [InlineData("INT", 255)]
    [InlineData("HUP", 255)]
    public async Task A_signal_ends_a_master_cleanly(string signal, int status)
    {
        await using var master = await TestMaster.StartAsync(Peer.SshMux, server.Sshd);
        await ProcessResult.RunAsync("kill", [$"-{signal}", $"{master.Process.Id}"]);
        Assert.Equal(status, await master.WaitForExitAsync());
        Assert.False(File.Exists(master.ControlPath));
        Assert.Equal("", master.Messages.Trim());
    }

    private Task<ProcessResult> RunAsync(params IEnumerable<string> arguments) =>
        SshMuxProgram.RunAsync(["-F", server.Sshd.SshConfig, "-S", Path, .. arguments]);

    private async Task<int> MasterIdAsync()
    {
        var result = await RunAsync("-O", "check", "x");
        Assert.Equal(0, result.ExitCode);
        return int.Parse(result.ErrorOutput.Split('=', ')')[1], CultureInfo.InvariantCulture);
    }

    private async Task<string> EnvironmentOfShellAsync() =>
        (await SshMuxProgram.RunAsync("-F", "none", "-S", Path, "x", "env")).Output;
}
