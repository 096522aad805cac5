using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>What goes wrong gives one clear message, status 255, and leaves nothing behind.</summary>
public sealed class ErrorTests(ServerFixture server) : IClassFixture<ServerFixture>, IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_vvv_adds_is_marked_in_every_line()
    {
        var result = await RunAsync("-vvv", "-o", "ProxyCommand=false", "x", "true");
        var lines = result.ErrorOutput.TrimEnd('\n').Split('\n');
        Assert.Contains(lines, line => line.StartsWith("debug3:    at ", StringComparison.Ordinal));
        Assert.Single(lines, line => !line.StartsWith("debug", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_known_hosts_file_that_cannot_be_written_is_told_with_the_systems_reason()
    {
        var file = Path.Combine(_folder.Write("file", ""), "known_hosts");
        var result = await AcceptNewAsync(file);
        AssertNotAdded(result, file, "Not a directory");
    }

    [Fact]
    public async Task A_line_of_known_hosts_that_does_not_fit_is_taken_back()
    {
        // Room for some of the line: the limit of the process's files, which the command sets on its parent.
        var before = new string('#', 4059) + "\n";
        var file = _folder.Write("known_hosts", before);
        var limit = _folder.Write("limit", "#!/bin/sh\nexec prlimit --pid $PPID --fsize=4096\n");
        File.SetUnixFileMode(limit, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        AssertNotAdded(await AcceptNewAsync(file, "-o", $"KnownHostsCommand={limit}"), file, "File too large");
        Assert.Equal(before, await File.ReadAllTextAsync(file));
    }

    // Each in a process of its own: the first look at errno(3) in a process must be as good as the next.
    private Task<ProcessResult> AcceptNewAsync(string knownHosts, params IEnumerable<string> more) =>
        ProcessResult.RunAsync(
            "bash",
            [
                "-c", "trap '' XFSZ; exec \"$0\" \"$@\"", SshMuxProgram.Path, "-F", server.Sshd.SshConfig, "-o",
                $"UserKnownHostsFile={knownHosts}", "-o", "GlobalKnownHostsFile=none", "-o",
                "StrictHostKeyChecking=accept-new", .. more, "x", "echo hi",
            ]);

    private static void AssertNotAdded(ProcessResult result, string file, string why)
    {
        Assert.Equal((0, "hi\n"), (result.ExitCode, result.Output));
        Assert.Contains(
            $"Failed to add the host to the list of known hosts ({file}): {why}\n", result.ErrorOutput,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("check")]
    [InlineData("exit")]
    [InlineData("stop")]
    public async Task A_missing_control_socket(string operation)
    {
        var path = _folder.File("none");
        var result = await SshMuxProgram.RunAsync("-F", "none", "-S", path, "-O", operation, "x");
        AssertOneMessage(result, $"Control socket connect({path}): No such file or directory", "sshmux -M");
    }

    [Fact]
    public async Task A_stale_control_socket()
    {
        var path = await StaleSocket.CreateAsync(_folder);
        var result = await SshMuxProgram.RunAsync("-F", "none", "-S", path, "-O", "check", "x");
        AssertOneMessage(result, $"Control socket connect({path}): Connection refused");
        Assert.True(File.Exists(path));
    }

    [Fact]
    public async Task No_control_path_at_all()
    {
        var result = await SshMuxProgram.RunAsync("-F", "none", "-O", "check", "x");
        AssertOneMessage(result, "No ControlPath specified", "-S");
    }

    [Fact]
    public async Task A_control_path_that_is_no_socket()
    {
        var path = _folder.Write("file", "");
        var result = await SshMuxProgram.RunAsync("-F", "none", "-S", path, "-O", "check", "x");
        AssertOneMessage(result, path, "not a socket");
    }

    [Theory]
    [InlineData("-O", "check", "x")]
    [InlineData("x", "true")]
    [InlineData("-M", "-N", "x")]
    public async Task A_control_path_that_is_too_long(params string[] more)
    {
        var path = _folder.File(new string('p', 108));
        var result = await RunAsync(["-S", path, .. more]);
        AssertOneMessage(result, path, "%C");
    }

    [Fact]
    public async Task A_client_without_its_master_makes_its_own_connection()
    {
        var result = await RunAsync("-S", _folder.File("none"), "x", "echo hi");
        Assert.Equal(new ProcessResult(0, "hi\n", ""), result);
    }

    [Fact]
    public async Task A_client_with_a_stale_socket_says_so_and_makes_its_own_connection()
    {
        var path = await StaleSocket.CreateAsync(_folder);
        var result = await RunAsync("-S", path, "x", "echo hi");
        Assert.Equal((0, "hi\n"), (result.ExitCode, result.Output));
        Assert.Contains(path, result.ErrorOutput, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Peer.OpenSsh)]
    [InlineData(Peer.SshMux)]
    public async Task A_master_that_is_killed_in_the_middle_of_a_command(Peer peer)
    {
        await using var master = await TestMaster.StartAsync(peer, server.Sshd);
        var up = master.Folder.File("up");
        var running = master.RunClientAsync(Peer.SshMux, "x", $"touch {up}; {TestSshd.RunUntilDisconnected}");
        await Wait.UntilAsync(() => File.Exists(up), "the command runs");
        master.Process.Kill();
        AssertOneMessage(await running, master.ControlPath);
    }

    [Fact]
    public async Task A_server_that_closes_in_the_middle_of_a_command()
    {
        await using var sshd = await TestSshd.StartAsync();
        var up = _folder.File("up");
        var running = SshMuxProgram.RunAsync("-F", sshd.SshConfig, "x", $"touch {up}; {TestSshd.RunUntilDisconnected}");
        await Wait.UntilAsync(() => File.Exists(up), "the command runs");
        sshd.KillConnections();
        var result = await running;
        Assert.Equal((255, ""), (result.ExitCode, result.Output));
        Assert.Matches("^Connection to 127.0.0.1 closed by remote host\\.[^\n]*\n$", result.ErrorOutput);
    }

    [Fact]
    public async Task A_server_that_closes_ends_the_master_and_its_clients()
    {
        await using var sshd = await TestSshd.StartAsync();
        await using var master = await TestMaster.StartAsync(Peer.SshMux, sshd);
        var up = master.Folder.File("up");
        var running = master.RunClientAsync(Peer.SshMux, "x", $"touch {up}; {TestSshd.RunUntilDisconnected}");
        await Wait.UntilAsync(() => File.Exists(up), "the command runs");
        sshd.KillConnections();
        Assert.Equal(255, (await running).ExitCode);
        Assert.Equal(255, await master.WaitForExitAsync());
        Assert.StartsWith("Connection to 127.0.0.1 closed by remote host. ", master.Messages, StringComparison.Ordinal);
        Assert.False(File.Exists(master.ControlPath));
    }

    [Fact]
    public async Task A_refused_subsystem()
    {
        var result = await RunAsync("-s", "x", "no-such-subsystem");
        AssertOneMessage(result, "subsystem 'no-such-subsystem'");
    }

    [Fact]
    public async Task A_refused_stdio_forward()
    {
        var port = TestSshd.FreePort();
        var result = await RunAsync("-W", $"127.0.0.1:{port}", "x");
        AssertOneMessage(result, $"127.0.0.1 port {port}");
    }

    [Fact]
    public async Task A_wrong_option_is_named()
    {
        var result = await RunAsync("-o", "NoSuchOption=1", "x", "true");
        AssertOneMessage(result, "nosuchoption");
    }

    [Fact]
    public async Task A_wrong_forward_is_named()
    {
        var result = await RunAsync("-L", "nonsense", "x", "true");
        AssertOneMessage(result, "nonsense");
    }

    [Fact]
    public async Task A_missing_configuration_file()
    {
        var result = await SshMuxProgram.RunAsync("-F", _folder.File("none"), "x", "true");
        AssertOneMessage(result, _folder.File("none"));
    }

    [Fact]
    public async Task Nothing_is_said_when_quiet()
    {
        var result = await RunAsync("-q", "-p", $"{TestSshd.FreePort()}", "x", "true");
        Assert.Equal(new ProcessResult(255, "", ""), result);
    }

    [Fact]
    public async Task Messages_go_to_the_log_file()
    {
        var log = _folder.File("log");
        var result = await RunAsync("-E", log, "-v", "-p", $"{TestSshd.FreePort()}", "x", "true");
        Assert.Equal(new ProcessResult(255, "", ""), result);
        var lines = await File.ReadAllTextAsync(log);
        Assert.StartsWith("debug1: SshMux_", lines, StringComparison.Ordinal);
        Assert.Contains("\nssh: connect to host ", lines, StringComparison.Ordinal);
        var mode = await ProcessResult.RunAsync("stat", ["-c", "%a", log]);
        Assert.Equal("600\n", mode.Output);
    }

    private static void AssertOneMessage(ProcessResult result, params string[] parts)
    {
        Assert.Equal((255, ""), (result.ExitCode, result.Output));
        Assert.Matches("^sshmux: [^\n]*\n$", result.ErrorOutput);
        foreach (var part in parts) Assert.Contains(part, result.ErrorOutput, StringComparison.OrdinalIgnoreCase);
    }

    private Task<ProcessResult> RunAsync(params IEnumerable<string> arguments) =>
        SshMuxProgram.RunAsync(["-F", server.Sshd.SshConfig, .. arguments]);
}
