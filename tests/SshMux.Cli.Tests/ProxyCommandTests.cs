using System.Diagnostics;
using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>ProxyCommand and ProxyUseFdpass: a program connects for us.</summary>
public class ProxyCommandTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Theory]
    [InlineData("nc %h %p")]
    [InlineData("nc -N %h %p")]
    [InlineData("socat - TCP:%h:%p")]
    [InlineData("sh -c 'nc $0 $1 2>&1' %h %p")]
    public async Task A_command_runs_through_a_program(string proxy)
    {
        var result = await RunAsync(proxy, "x", "echo hi; echo oh >&2; exit 7");
        Assert.Equal(new ProcessResult(7, "hi\n", "oh\n"), result);
    }

    [Fact]
    public async Task A_command_runs_through_ssh_itself()
    {
        foreach (var program in new[] { "/usr/bin/ssh", SshMuxProgram.Path })
        {
            var result = await RunAsync($"{program} -F {server.Sshd.SshConfig} -W %h:%p x", "x", "echo hi");
            Assert.Equal(new ProcessResult(0, "hi\n", ""), result);
        }
    }

    [Fact]
    public async Task Data_arrives_whole_both_ways()
    {
        var input = new string('x', 10_000_000) + "end";
        var result = await ProcessResult.RunAsync(
            SshMuxProgram.Path,
            ["-F", server.Sshd.SshConfig, "-o", "ProxyCommand=nc %h %p", "x", "cat"], input);
        Assert.Equal((0, ""), (result.ExitCode, result.ErrorOutput));
        Assert.True(input == result.Output, "the data differs");
    }

    [Fact]
    public async Task The_tokens_are_expanded()
    {
        using var folder = new TestFolder();
        var file = folder.File("tokens");
        var result = await RunAsync(
            $"sh -c 'echo \"%n %h %p %r %k %%\" > {file}; exec nc %h %p'", "-o", "HostKeyAlias=alias",
            "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "x", "true");
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(
            $"x 127.0.0.1 {server.Sshd.Port} {server.Sshd.UserName} alias %\n",
            await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));

        var unknown = await RunAsync("nc %h %p %C", "x", "true");
        Assert.Equal(255, unknown.ExitCode);
        Assert.Contains("'%C'", unknown.ErrorOutput, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("false", "ended with status 1 before the server said anything")]
    [InlineData("no-such-program", "ended with status 127 before the server said anything")]
    [InlineData("sh -c 'kill -9 $$'", "was killed by signal 9 before the server said anything")]
    public async Task A_program_that_fails_is_named_with_the_way_it_ended(string proxy, string how)
    {
        var result = await RunAsync(proxy, "x", "echo hi");
        Assert.Equal((255, ""), (result.ExitCode, result.Output));
        Assert.Contains($"sshmux: the ProxyCommand '{proxy}' {how}", result.ErrorOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_dies_later_ends_the_connection_and_is_named()
    {
        using var folder = new TestFolder();
        var proxy = $"sh -c 'echo $$ > {folder.File("pid")}; exec nc %h %p'";
        var start = new ProcessStartInfo(SshMuxProgram.Path)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] arguments = ["-F", server.Sshd.SshConfig, "-o", $"ProxyCommand={proxy}", "x", "echo up; cat"];
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        Assert.Equal("up", await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        var id = (await File.ReadAllTextAsync(folder.File("pid"), TestContext.Current.CancellationToken)).Trim();
        await ProcessResult.RunAsync("sh", ["-c", $"kill {id}"]);
        var said = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(255, process.ExitCode);
        Assert.Contains("was killed by signal 15", said, StringComparison.Ordinal);
        Assert.Contains("the ProxyCommand 'sh -c ", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_program_ends_with_us()
    {
        using var folder = new TestFolder();

        // Neither the end of its input nor the server's goodbye ends it: the signal has to.
        var proxy = $"sh -c 'echo $$ > {folder.File("pid")}; nc %h %p; while :; do sleep 0.1; done'";
        var result = await RunAsync(proxy, "x", "echo hi");
        Assert.Equal(new ProcessResult(0, "hi\n", ""), result);
        var id = (await File.ReadAllTextAsync(folder.File("pid"), TestContext.Current.CancellationToken)).Trim();
        await Wait.UntilAsync(() => !Directory.Exists($"/proc/{id}"), "the program has ended");
    }

    [Fact]
    public async Task A_program_may_pass_a_descriptor_back()
    {
        var result = await RunAsync("nc -F %h %p", "-o", "ProxyUseFdpass=yes", "x", "echo hi; exit 4");
        Assert.Equal(new ProcessResult(4, "hi\n", ""), result);
    }

    [Theory]
    [InlineData("true", "passed no connection back (ProxyUseFdpass) and ended with status 0")]
    [InlineData("sh -c 'echo x; exit 3'", "passed no connection back (ProxyUseFdpass) and ended with status 3")]
    public async Task A_program_that_passes_nothing_is_named(string proxy, string how)
    {
        var result = await RunAsync(proxy, "-o", "ProxyUseFdpass=yes", "x", "echo hi");
        Assert.Equal((255, ""), (result.ExitCode, result.Output));
        Assert.Contains($"sshmux: the ProxyCommand '{proxy}' {how}", result.ErrorOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_master_in_the_background_keeps_its_program()
    {
        using var folder = new TestFolder();
        var path = folder.File("m");

        // As with ssh(1), the program has our standard error as long as it lives.
        var start = await ProcessResult.RunAsync("sh",
        [
            "-c", $"\"$@\" 2> {folder.File("errors")}", "sh", SshMuxProgram.Path, "-F", server.Sshd.SshConfig,
            "-o", "ProxyCommand=nc %h %p", "-M", "-f", "-N", "-S", path, "x",
        ]);
        Assert.Equal(0, start.ExitCode);
        Assert.Equal(
            new ProcessResult(0, "hi\n", ""),
            await ProcessResult.RunAsync(
                "ssh", ["-F", "none", "-S", path, "-o", "ProxyCommand=false", "x", "echo hi"]));
        var end = await SshMuxProgram.RunAsync("-F", "none", "-S", path, "-O", "exit", "x");
        Assert.Equal(0, end.ExitCode);
    }

    private Task<ProcessResult> RunAsync(string proxy, params IEnumerable<string> arguments) => ProcessResult.RunAsync(
        SshMuxProgram.Path, ["-F", server.Sshd.SshConfig, "-o", $"ProxyCommand={proxy}", .. arguments]);
}
