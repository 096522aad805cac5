using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>Keywords of the configuration that depend on what runs, or on how keys and messages are shown.</summary>
public sealed class KeywordTests(ServerFixture server) : IClassFixture<ServerFixture>, IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("x", "echo hi")]
    [InlineData("-s", "x", "sftp")]
    [InlineData("-o", "SessionType=subsystem", "x", "sftp")]
    public async Task ForkAfterAuthentication_of_a_file_keeps_no_host_from_being_used(params string[] arguments)
    {
        var result = await RunWithAsync("ForkAfterAuthentication yes", arguments);
        Assert.Equal((0, ""), (result.ExitCode, result.ErrorOutput));
    }

    [Fact]
    public async Task ForkAfterAuthentication_of_a_file_sends_a_master_to_the_background_and_it_can_be_asked()
    {
        var path = _folder.File("m");
        var started = await RunWithAsync("ForkAfterAuthentication yes", "-M", "-N", "-S", path, "x");
        Assert.Equal(new ProcessResult(0, "", ""), started);
        var asked = await RunWithAsync("ForkAfterAuthentication yes", "-O", "check", "-S", path, "x");
        Assert.Equal(0, asked.ExitCode);
        Assert.Equal(0, (await RunWithAsync("ForkAfterAuthentication yes", "-O", "exit", "-S", path, "x")).ExitCode);
        await Wait.UntilAsync(() => !File.Exists(path), "the master is gone");
    }

    [Fact]
    public async Task ForkAfterAuthentication_without_a_command_is_refused_as_by_ssh()
    {
        var result = await RunWithAsync("ForkAfterAuthentication yes", "x");
        Assert.Equal(
            new ProcessResult(255, "", "sshmux: Cannot fork into background without a command to execute.\n"), result);
    }

    [Fact]
    public async Task Match_looks_at_the_command()
    {
        var file = _folder.Write("match", $"""
            Include {server.Sshd.SshConfig}
            Match all
            Match command "exit*"
              LocalCommand echo matched
              PermitLocalCommand yes
            """);
        foreach (var (command, output) in new[] { ("exit 3", "matched\n"), ("true", "") })
        {
            var result = await SshMuxProgram.RunAsync("-F", file, "x", command);
            Assert.Equal(output, result.Output);
        }
    }

    [Fact]
    public async Task No_ssh_is_started_for_a_configuration()
    {
        var started = _folder.File("started");
        Directory.CreateDirectory(_folder.File("bin"));
        var ssh = _folder.Write("bin/ssh", $"#!/bin/sh\necho \"$@\" >> '{started}'\nexit 1\n");
        File.SetUnixFileMode(ssh, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var path = $"PATH={_folder.File("bin")}:{Environment.GetEnvironmentVariable("PATH")}";
        var socket = _folder.File("m");
        string[][] commands =
        [
            ["x", "true"], ["-G", "x"], ["-G", "-F", "none", "x"], ["-f", "-M", "-N", "-S", socket, "x"],
            ["-S", socket, "x", "true"], ["-S", socket, "-O", "exit", "x"], ["-J", "x", "y", "true"],
        ];
        foreach (var command in commands)
        {
            var result = await ProcessResult.RunAsync(
                "/usr/bin/env", [path, SshMuxProgram.Path, "-F", server.Sshd.SshConfig, .. command]);
            Assert.True(result.ExitCode == 0, $"{string.Join(' ', command)}: {result}");
        }

        Assert.False(File.Exists(started));
    }

    [Fact]
    public async Task What_is_read_is_told_with_v_and_which_line_says_what_with_vv()
    {
        var more = _folder.Write("more", "Host x\n  ServerAliveInterval 7\n");
        var file = _folder.Write("config", $"Include {more} {_folder.File("none*")}\nMatch final\n  Tag green\n");
        var lines = (await SshMuxProgram.RunAsync("-vv", "-G", "-F", file, "x")).ErrorOutput.Split('\n');
        string[] expected =
        [
            $"debug1: Reading configuration data {file}", $"debug1: Reading configuration data {more}",
            $"debug1: {more} line 1: Applying options for x",
            $"debug1: {file} line 1: include {_folder.File("none*")} matched no files",
            "debug1: configuration requests final Match pass", $"debug1: {file} line 2: Applying options for Match final",
            $"debug2: serveraliveinterval 7 ({more}:2)", $"debug2: tag green ({file}:3)",
        ];
        Assert.Empty(expected.Except(lines));
    }

    [Fact]
    public async Task A_known_hosts_key_is_drawn_as_ssh_keygen_draws_it()
    {
        var result = await RunAsync("-o", "VisualHostKey=yes", "-o", "FingerprintHash=md5", "x", "true");
        Assert.Equal(0, result.ExitCode);
        var lines = result.ErrorOutput.Split('\n');
        Assert.StartsWith("Host key fingerprint is MD5:", lines[0], StringComparison.Ordinal);
        Assert.Equal("+--[ED25519 256]--+", lines[1]);
        Assert.Equal("+------[MD5]------+", lines[11]);
        Assert.Equal(13, lines.Length);
    }

    [Fact]
    public async Task LogVerbose_shows_the_messages_that_it_names_and_no_others()
    {
        var result = await RunAsync("-o", "LogVerbose=*:authenticated():*,*:Versions():*", "x", "true");
        Assert.Equal(0, result.ExitCode);
        var lines = result.ErrorOutput.TrimEnd('\n').Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("debug1: Versions: versions: ours SSH-2.0-SshMux_", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("Authenticated: Authenticated to ", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_keys_that_would_be_offered_are_listed_without_a_login()
    {
        var key = _folder.File("id");
        await ProcessResult.RunAsync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "secret", "-f", key]);
        var expected = (await ProcessResult.RunAsync("ssh-keygen", ["-l", "-f", key + ".pub"])).Output.Split(' ')[1];
        var result = await SshMuxProgram.RunAsync(
            "-Z", "-F", "none", "-o", "IdentityAgent=none", "-o", "IdentitiesOnly=yes", "-i", key, "nowhere.invalid");
        Assert.Equal((0, ""), (result.ExitCode, result.ErrorOutput));
        Assert.Equal($"{key} ED25519 {expected} explicit\n", result.Output);
    }

    [Fact]
    public async Task What_a_login_does_without_is_told_once_and_not_to_the_clients_of_a_master()
    {
        const string warning = "sshmux: PKCS11Provider is not supported: use the token's keys through ssh-agent (ssh-add -s)\n";
        var login = await RunAsync("-o", "PKCS11Provider=/lib/x.so", "x", "echo hi");
        Assert.Equal(new ProcessResult(0, "hi\n", warning), login);
        var master = await server.MasterAsync(Peer.SshMux);
        var client = await master.RunClientAsync(Peer.SshMux, "-o", "PKCS11Provider=/lib/x.so", "x", "echo hi");
        Assert.Equal(new ProcessResult(0, "hi\n", ""), client);
    }

    private Task<ProcessResult> RunWithAsync(string setting, params IEnumerable<string> arguments)
    {
        var file = _folder.Write("config", $"{setting}\nInclude {server.Sshd.SshConfig}\n");
        return SshMuxProgram.RunAsync(["-F", file, .. arguments]);
    }

    private Task<ProcessResult> RunAsync(params IEnumerable<string> arguments) =>
        SshMuxProgram.RunAsync(["-F", server.Sshd.SshConfig, .. arguments]);
}
