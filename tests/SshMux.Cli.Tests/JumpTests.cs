using System.Diagnostics;
using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>ProxyJump and -J: through other hosts.</summary>
public class JumpTests(JumpFixture hosts) : IClassFixture<JumpFixture>
{
    [Theory]
    [InlineData("near")]
    [InlineData("near,far")]
    [InlineData("ssh://near,far")]
    public async Task A_command_runs_over_jump_hosts(string jump)
    {
        var before = (hosts.Near.Log.Length, hosts.Far.Log.Length);
        var result = await hosts.RunAsync("-J", jump, "target", "cat; exit 3");
        Assert.Equal(new ProcessResult(3, "", ""), result);
        await Wait.UntilAsync(
            () => hosts.Near.Log[before.Item1..].Contains("Disconnected", StringComparison.Ordinal),
            "the hop's connection has ended, too");
        Assert.Equal(
            jump.Contains("far", StringComparison.Ordinal),
            hosts.Far.Log[before.Item2..].Contains("Accepted publickey", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_hop_has_a_user_and_a_port()
    {
        var (name, port) = (hosts.Near.UserName, hosts.Near.Port);
        Assert.Equal(
            new ProcessResult(0, "hi\n", ""),
            await hosts.RunAsync("-J", $"{name}@near:{port}", "target", "echo hi"));
        Assert.Equal(
            new ProcessResult(0, "hi\n", ""),
            await hosts.RunAsync("-J", $"ssh://{name}@near:{port}", "target", "echo hi"));

        var wrong = await hosts.RunAsync("-J", "nobody@near", "target", "echo hi");
        Assert.Equal(255, wrong.ExitCode);
        Assert.StartsWith("sshmux: jump host near: nobody@near: ", wrong.ErrorOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_jump_host_has_its_own_jump_host_and_ProxyCommand()
    {
        var config = hosts.WriteConfig("nested", """
            Host target
              ProxyJump far
            Host far
              ProxyJump near
            Host near
              ProxyCommand nc %h %p

            """);
        var result = await ProcessResult.RunAsync(SshMuxProgram.Path, ["-v", "-F", config, "target", "echo hi"]);
        Assert.Equal((0, "hi\n"), (result.ExitCode, result.Output));
        Assert.Contains("jumping over near to far", result.ErrorOutput, StringComparison.Ordinal);
        Assert.Contains("jumping over far to target", result.ErrorOutput, StringComparison.Ordinal);
        Assert.Contains("exec nc 127.0.0.1 ", result.ErrorOutput, StringComparison.Ordinal);

        // None of it with "none".
        result = await ProcessResult.RunAsync(
            SshMuxProgram.Path, ["-v", "-F", config, "-J", "none", "target", "echo hi"]);
        Assert.Equal((0, "hi\n"), (result.ExitCode, result.Output));
        Assert.DoesNotContain("jumping", result.ErrorOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_hop_has_its_host_key_checked()
    {
        var empty = hosts.Folder.Write("empty", "");
        var config = hosts.WriteConfig("strict", $"""
            Host near
              UserKnownHostsFile {empty}

            """);
        var result = await ProcessResult.RunAsync(
            SshMuxProgram.Path, ["-F", config, "-J", "near", "target", "echo hi"]);
        Assert.Equal((255, ""), (result.ExitCode, result.Output));
        Assert.StartsWith(
            "sshmux: jump host near: Host key verification failed. ", result.ErrorOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_names_the_hop()
    {
        var port = TestSshd.FreePort();
        var refused = await hosts.RunAsync("-J", $"near:{port}", "target", "echo hi");
        Assert.Equal(255, refused.ExitCode);
        Assert.StartsWith(
            $"sshmux: jump host near: connect to host 127.0.0.1 port {port}: Connection refused",
            refused.ErrorOutput, StringComparison.Ordinal);

        var beyond = await hosts.RunAsync("-J", "near", "-p", $"{port}", "target", "echo hi");
        Assert.Equal(255, beyond.ExitCode);
        Assert.StartsWith("sshmux: jump host near: the server refused ", beyond.ErrorOutput, StringComparison.Ordinal);
        Assert.Contains($"127.0.0.1 port {port}", beyond.ErrorOutput, StringComparison.Ordinal);

        var missing = await hosts.RunAsync("-J", "near,no-such-host.invalid,far", "target", "echo hi");
        Assert.Equal(255, missing.ExitCode);
        Assert.Contains("no-such-host.invalid", missing.ErrorOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hosts_that_are_reached_over_themselves_are_an_error()
    {
        var itself = hosts.WriteConfig("itself", "Host *\n  ProxyJump near\n");
        var result = await ProcessResult.RunAsync(SshMuxProgram.Path, ["-F", itself, "target", "echo hi"]);
        Assert.Equal(255, result.ExitCode);
        Assert.Contains("jumphost loop via near", result.ErrorOutput, StringComparison.Ordinal);

        var round = hosts.WriteConfig("round", "Host near\n  ProxyJump far\nHost far\n  ProxyJump near\n");
        result = await ProcessResult.RunAsync(SshMuxProgram.Path, ["-F", round, "near", "echo hi"]);
        Assert.Equal(255, result.ExitCode);
        Assert.Contains("round in circles", result.ErrorOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_end_of_a_jump_host_is_the_end_and_is_said()
    {
        await using var near = await TestSshd.StartAsync();
        var start = new ProcessStartInfo(SshMuxProgram.Path)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] arguments =
        [
            "-F", near.SshConfig, "-J", "near", "-o", $"Port={hosts.Target.Port}",
            "-o", $"UserKnownHostsFile={hosts.Target.KnownHosts}", "x", "echo up; cat",
        ];
        File.AppendAllText(hosts.Target.AuthorizedKeys, File.ReadAllText(near.UserKey + ".pub"));
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        Assert.Equal("up", await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        near.KillConnections();
        var said = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(255, process.ExitCode);
        Assert.Contains("jump host near: ", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Peer.OpenSsh)]
    [InlineData(Peer.SshMux)]
    public async Task A_jump_host_with_a_master_is_not_logged_in_to_again(Peer peer)
    {
        await using var near = await TestSshd.StartAsync();
        await using var master = await TestMaster.StartAsync(peer, near);
        var config = hosts.WriteConfig($"shared{peer}", $"""
            Host hop
              ControlPath {master.ControlPath}
              ProxyCommand false

            """);
        var result = await ProcessResult.RunAsync(
            SshMuxProgram.Path, ["-F", config, "-J", "hop", "target", "cat; exit 3"], "hi");
        Assert.Equal(new ProcessResult(3, "hi", ""), result);

        // What the jump host cannot reach is an error, as with ssh -W, and not a reason to log in.
        result = await ProcessResult.RunAsync(
            SshMuxProgram.Path, ["-F", config, "-J", "hop", "-p", $"{TestSshd.FreePort()}", "target", "true"]);
        Assert.Equal(255, result.ExitCode);
        Assert.StartsWith("sshmux: jump host hop: the master refused: ", result.ErrorOutput, StringComparison.Ordinal);

        // Without the master there is a login.
        Assert.Equal(0, (await master.RunClientAsync(Peer.OpenSsh, "-O", "exit", "x")).ExitCode);
        result = await ProcessResult.RunAsync(SshMuxProgram.Path, ["-F", config, "-J", "hop", "target", "true"]);
        Assert.Equal(255, result.ExitCode);
        Assert.Contains("jump host hop: the ProxyCommand 'false' ended", result.ErrorOutput, StringComparison.Ordinal);
    }
}
