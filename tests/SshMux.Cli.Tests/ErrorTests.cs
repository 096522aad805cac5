using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>What goes wrong gives one clear message, status 255, and leaves nothing behind.</summary>
public sealed class ErrorTests(ServerFixture server) : IClassFixture<ServerFixture>, IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_wrong_host_name()
    {
        var result = await RunAsync("-o", "HostName=no-such-host.invalid", "x", "true");
        AssertOneMessage(result, "no-such-host.invalid");
    }

    [Fact]
    public async Task A_refused_port()
    {
        var port = TestSshd.FreePort();
        var result = await RunAsync("-p", $"{port}", "x", "true");
        AssertOneMessage(result, $"127.0.0.1 port {port}", "refused");
    }

    [Fact]
    public async Task A_wrong_key()
    {
        var key = _folder.File("other");
        await TestSshd.KeygenAsync(key, "ed25519");
        var config = await File.ReadAllTextAsync(server.Sshd.SshConfig);
        config = config.Replace(server.Sshd.UserKey, key, StringComparison.Ordinal);
        var result = await SshMuxProgram.RunAsync("-F", _folder.Write("config", config), "x", "true");
        AssertOneMessage(result, "publickey");
    }

    [Fact]
    public async Task What_vvv_adds_is_marked_in_every_line()
    {
        var result = await RunAsync("-vvv", "-o", "ProxyCommand=false", "x", "true");
        var lines = result.ErrorOutput.TrimEnd('\n').Split('\n');
        Assert.Contains(lines, line => line.StartsWith("debug3:    at ", StringComparison.Ordinal));
        Assert.Single(lines, line => !line.StartsWith("debug", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_changed_host_key()
    {
        await TestSshd.KeygenAsync(_folder.File("hostkey"), "ed25519");
        var other = await File.ReadAllTextAsync(_folder.File("hostkey.pub"));
        var knownHosts = _folder.Write("known_hosts", $"[127.0.0.1]:{server.Sshd.Port} {other}");
        var result = await RunAsync("-o", $"UserKnownHostsFile={knownHosts}", "x", "true");
        Assert.Equal((255, ""), (result.ExitCode, result.Output));
        Assert.Contains("host key", result.ErrorOutput, StringComparison.OrdinalIgnoreCase);
        Assert.Contains(knownHosts, result.ErrorOutput, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.ErrorOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_host_key_when_nobody_can_be_asked()
    {
        var knownHosts = _folder.File("known_hosts");
        var result = await RunAsync(
            "-o", $"UserKnownHostsFile={knownHosts}", "-o", "StrictHostKeyChecking=ask", "-o", "BatchMode=yes",
            "x", "true");
        Assert.Equal((255, ""), (result.ExitCode, result.Output));
        Assert.Contains("host key", result.ErrorOutput, StringComparison.OrdinalIgnoreCase);
        Assert.False(File.Exists(knownHosts));
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
        AssertOneMessage(await running, "Connection to 127.0.0.1 closed by remote host.");
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
        Assert.StartsWith("sshmux: ", master.Messages, StringComparison.Ordinal);
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
        Assert.Contains("\nsshmux: ", lines, StringComparison.Ordinal);
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
