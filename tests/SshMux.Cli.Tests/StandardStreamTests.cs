using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using SshMux.Cli.Tests.Support;
using SshMux.Engine;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>-M -S -: the multiplexing protocol on the command's standard input and output.</summary>
public sealed class StandardStreamTests(ServerFixture server) : IClassFixture<ServerFixture>, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TestFolder _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("-S - x", "without -M")]
    [InlineData("-o ControlMaster=no -S - x", "without -M")]
    [InlineData("-M -S - -f x", "with -f")]
    [InlineData("-M -S - x true", "with a command")]
    [InlineData("-M -S - -s x sftp", "with a command or subsystem")]
    [InlineData("-M -S - -W host:22 x", "with -W")]
    [InlineData("-M -S - -n x", "with -n")]
    [InlineData("-M -S - -O check x", "with -O")]
    [InlineData("-M -S - -o ProxyCommand=- x", "ProxyCommand")]
    public async Task What_does_not_go_with_it_is_one_clear_error(string arguments, string why)
    {
        var result = await RunAsync("", arguments.Split(' '));
        Assert.Equal((255, ""), (result.ExitCode, result.Output));
        Assert.StartsWith("sshmux: -S -", Assert.Single(result.ErrorOutput.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
        Assert.Contains(why, result.ErrorOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_terminal_is_not_what_it_is_for()
    {
        await using var terminal = TestTerminal.Start(
            SshMuxProgram.Path, "-F", server.Sshd.SshConfig, "-M", "-S", "-", "x");
        Assert.Equal(255, await terminal.WaitForExitAsync());
        Assert.Contains("is a terminal; for people there is -S path", terminal.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_last_S_counts_and_a_file_of_that_name_is_still_to_be_had()
    {
        var result = await RunAsync("", "-M", "-S", "-", "-S", _folder.File("s"), "x", "echo no stream");
        Assert.Equal((0, "no stream\n"), (result.ExitCode, result.Output));
        result = await RunAsync("", "-G", "-S", "./-", "x");
        Assert.Contains("controlpath ./-\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_login_that_fails_says_nothing_on_standard_output()
    {
        var result = await RunAsync("", "-M", "-S", "-", "-p", $"{TestSshd.FreePort()}", "x");
        Assert.Equal((255, ""), (result.ExitCode, result.Output));
        Assert.StartsWith("ssh: connect to host", result.ErrorOutput, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 0, "")]
    [InlineData("GET / HTTP/1.0\r\n\r\n", 255, "sshmux: a message of 1195725856 bytes, which none can have\n")]
    [InlineData("\0\0\0\u0008\0", 255, "sshmux: the stream ended in the middle of a message\n")]
    public async Task The_end_of_its_input_ends_it_with_a_hello_said_and_a_status_that_fits(
        string input, int status, string error)
    {
        var result = await RunAsync(input, "-M", "-S", "-", "x");
        Assert.Equal((status, error), (result.ExitCode, result.ErrorOutput));
        Assert.Contains("stream@sshmux", result.Output, StringComparison.Ordinal);
        result = await RunAsync(input, "-v", "-M", "-S", "-", "x");
        Assert.Contains("the master ends: ", result.ErrorOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commands_forwards_and_requests_go_over_it_whatever_the_configuration_has_for_others()
    {
        using var target = new TcpTestServer();
        var port = TestSshd.FreePort();
        var local = _folder.File("local");
        var config = _folder.Write("config", $"""
            Match host x
              ControlPath {_folder.File("socket")}
              ControlMaster auto
              ControlPersist 1h
              ForkAfterAuthentication yes
              StdinNull yes
              RemoteCommand echo never
              RequestTTY force
              PermitLocalCommand yes
              LocalCommand cat; echo on standard output; touch {local}
              SshMuxPrewarm 1
            Include {server.Sshd.SshConfig}

            """);
        using var process = Start("-F", config, "-M", "-S", "-", "-L", $"127.0.0.1:{port}:127.0.0.1:{target.Port}", "x");
        await using (var client = await ConnectAsync(process))
        {
            Assert.Equal(process.Id, await client.CheckAliveAsync(Stop));
            await using var first = await client.StartAsync(new() { Command = "cat" }, Stop);
            await using var second = await client.StartAsync(new() { Command = "echo two; exit 5" }, Stop);
            Assert.Equal("two", await new StreamReader(second.StandardOutput).ReadLineAsync(Stop));
            Assert.Equal(5u, (await second.Exit).Status);
            await first.StandardInput.WriteAsync("one\n"u8.ToArray(), Stop);
            Assert.Equal("one", await new StreamReader(first.StandardOutput).ReadLineAsync(Stop));
            using var tcp = new TcpClient();
            await tcp.ConnectAsync(IPAddress.Loopback, port, Stop);
            await tcp.GetStream().WriteAsync("x"u8.ToArray(), Stop);
            Assert.Equal('x', tcp.GetStream().ReadByte());
        }

        Assert.Equal((0, ""), await EndAsync(process));
        Assert.True(File.Exists(local));
        Assert.False(File.Exists(_folder.File("socket")));
    }

    [Fact]
    public async Task It_ends_when_it_is_told_to()
    {
        using var process = Start("-F", server.Sshd.SshConfig, "-M", "-S", "-", "x");
        await using var client = await ConnectAsync(process);
        await client.TerminateAsync(Stop);
        Assert.Equal((0, ""), await EndAsync(process));
    }

    [Fact]
    public async Task It_ends_with_an_error_when_the_server_goes()
    {
        await using var sshd = await TestSshd.StartAsync();
        using var process = Start("-F", sshd.SshConfig, "-M", "-S", "-", "x");
        await using var client = await ConnectAsync(process);
        sshd.KillConnections();
        Assert.Equal(SshError.MasterGone, (await client.Ended.WaitAsync(Patience, Stop)).Error);
        var (status, error) = await EndAsync(process);
        Assert.Equal(255, status);
        Assert.Contains("closed by remote host", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_ends_when_nobody_reads_it_any_more()
    {
        using var process = Start("-F", server.Sshd.SshConfig, "-M", "-S", "-", "x");
        var client = await ConnectAsync(process);
        await using var running = await client.StartAsync(new() { Command = "yes" }, Stop);
        await running.StandardOutput.ReadExactlyAsync(new byte[1000], Stop);
        await process.StandardOutput.BaseStream.DisposeAsync();
        Assert.Equal((0, ""), await EndAsync(process));
        await client.DisposeAsync();
    }

    [Fact]
    public async Task The_example_in_Python_runs_two_commands_at_once()
    {
        var (one, two) = (_folder.File("one"), _folder.File("two"));
        Assert.Equal(0, (await ProcessResult.RunAsync("mkfifo", [one, two])).ExitCode);

        // Each waits for what the other writes.
        var result = await RunExampleAsync(
            server.Sshd.SshConfig, $"echo from 0 > {one}; cat {two}; exit 3", $"cat {one}; echo from 1 > {two}; printf end; exit 4");
        Assert.Equal((0, ""), (result.ExitCode, result.ErrorOutput));
        var lines = result.Output.TrimEnd('\n').Split('\n');
        Assert.Equal(
            ["0: exit status 3", "0: from 1", "1: end", "1: exit status 4", "1: from 0"],
            lines.Where(line => !line.StartsWith("the master", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Matches("^the master is process [0-9]+$", Assert.Single(lines, line => line[0] == 't'));
    }

    [Fact]
    public async Task The_example_in_Python_gives_windows_back()
    {
        var result = await RunExampleAsync(server.Sshd.SshConfig, "seq 200000", "seq 200000 >&2");
        Assert.Equal((0, ""), (result.ExitCode, result.ErrorOutput));
        foreach (var command in (string[])["0: ", "1: "])
        {
            Assert.Equal(
                [.. Enumerable.Range(1, 200_000).Select(i => $"{command}{i}"), $"{command}exit status 0"],
                result.Output.Split('\n').Where(line => line.StartsWith(command, StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task The_example_in_Python_has_the_status_of_a_login_that_fails()
    {
        var config = _folder.Write("config", "Host x\n  ProxyCommand false\n");
        var result = await RunExampleAsync(config, "true", "true");
        Assert.Equal((255, ""), (result.ExitCode, result.Output));
        Assert.Contains("ProxyCommand 'false'", result.ErrorOutput, StringComparison.Ordinal);
    }

    private static Task<ProcessResult> RunExampleAsync(string config, params IEnumerable<string> commands)
    {
        const string python = "/usr/bin/python3";
        Assert.SkipUnless(File.Exists(python), $"{python} is missing");
        var script = Path.Combine(Repository.Root, "examples/python/two_commands.py");
        return ProcessResult.RunAsync(
            "env", [$"SSHMUX={SshMuxProgram.Path}", python, script, "-F", config, "x", .. commands]);
    }

    private static Process Start(params IEnumerable<string> arguments) =>
        Process.Start(new ProcessStartInfo(SshMuxProgram.Path, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;

    private static Task<MuxStreamClient> ConnectAsync(Process process) => MuxStreamClient.ConnectAsync(
        process.StandardOutput.BaseStream, process.StandardInput.BaseStream, name: "the process", cancellationToken: Stop);

    private static async Task<(int Status, string Error)> EndAsync(Process process)
    {
        var error = await process.StandardError.ReadToEndAsync(Stop).WaitAsync(Patience, Stop);
        await process.WaitForExitAsync(Stop).WaitAsync(Patience, Stop);
        return (process.ExitCode, error);
    }

    private Task<ProcessResult> RunAsync(string input, params IEnumerable<string> arguments) =>
        ProcessResult.RunAsync(SshMuxProgram.Path, ["-F", server.Sshd.SshConfig, .. arguments], input);
}
