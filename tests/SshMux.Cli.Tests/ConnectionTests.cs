using System.Diagnostics;
using System.Net.Sockets;
using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>A connection of the command's own, without a master.</summary>
public class ConnectionTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task A_command_runs_with_its_output_and_exit_status()
    {
        var result = await RunAsync("x", "echo hi; echo oh >&2; exit 7");
        Assert.Equal(new ProcessResult(7, "hi\n", "oh\n"), result);
    }

    [Fact]
    public async Task A_program_killed_by_a_signal_gives_255() =>
        Assert.Equal(new ProcessResult(255, "", ""), await RunAsync("x", "kill -9 $$"));

    [Fact]
    public async Task Data_arrives_whole_both_ways()
    {
        var input = new string('x', 10_000_000) + "end";
        var result = await ProcessResult.RunAsync(SshMuxProgram.Path, ["-F", server.Sshd.SshConfig, "x", "cat"], input);
        Assert.Equal((0, ""), (result.ExitCode, result.ErrorOutput));
        Assert.True(input == result.Output, "the data differs");
    }

    [Fact]
    public async Task A_subsystem_runs()
    {
        var result = await ProcessResult.RunAsync(
            "sftp", ["-q", "-F", server.Sshd.SshConfig, "-S", SshMuxProgram.Path, "-b", "-", "x"], "pwd\n");
        Assert.Equal((0, ""), (result.ExitCode, result.ErrorOutput));
        Assert.Contains("Remote working directory", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Environment_variables_arrive()
    {
        var result = await ProcessResult.RunAsync("env",
        [
            "SSHMUX_A=a b", "OTHER=d", SshMuxProgram.Path, "-F", server.Sshd.SshConfig,
            "-o", "SetEnv=SSHMUX_C=e", "x", "echo \"$SSHMUX_A/$SSHMUX_C/$OTHER\"",
        ]);
        Assert.Equal(new ProcessResult(0, "a b/e/\n", ""), result);
    }

    [Fact]
    public async Task A_closed_standard_output_ends_it_quietly()
    {
        var result = await ProcessResult.RunAsync("sh",
        [
            "-c", "{ \"$@\"; echo status $? >&2; } | head -1", "sh",
            SshMuxProgram.Path, "-F", server.Sshd.SshConfig, "x", "yes",
        ]);
        Assert.Equal("y\n", result.Output);
        Assert.Matches("^status \\d+\n$", result.ErrorOutput);
    }

    [Theory]
    [InlineData("<&-", "out\n", "err\n")]
    [InlineData(">&-", "", "err\n")]
    [InlineData("2>&-", "out\n", "")]
    [InlineData("<&- >&- 2>&-", "", "")]
    public async Task A_closed_standard_descriptor_is_as_good_as_dev_null(string closed, string output, string error)
    {
        var result = await ProcessResult.RunAsync("sh",
        [
            "-c", $"\"$@\" {closed}; exit $?", "sh",
            SshMuxProgram.Path, "-F", server.Sshd.SshConfig, "x", "cat; echo out; echo err >&2; exit 3",
        ]);
        Assert.Equal(new ProcessResult(3, output, error), result);
    }

    [Fact]
    public async Task A_stdio_forward_carries_data_both_ways()
    {
        using var echo = new EchoServer();
        var result = await ProcessResult.RunAsync(
            SshMuxProgram.Path,
            ["-F", server.Sshd.SshConfig, "-W", $"127.0.0.1:{echo.Port}", "x"],
            "there and back");
        Assert.Equal(new ProcessResult(0, "there and back", ""), result);
    }

    [Fact]
    public async Task A_connection_without_session_carries_forwards_until_SIGTERM()
    {
        using var echo = new EchoServer();
        var port = TestSshd.FreePort();
        using var process = Process.Start(
            SshMuxProgram.Path,
            ["-F", server.Sshd.SshConfig, "-N", "-L", $"127.0.0.1:{port}:127.0.0.1:{echo.Port}", "x"]);
        try
        {
            using var connection = await ConnectAsync(port);
            var stream = connection.GetStream();
            await stream.WriteAsync("ping"u8.ToArray());
            connection.Client.Shutdown(SocketShutdown.Send);
            using var reader = new StreamReader(stream);
            Assert.Equal("ping", await reader.ReadToEndAsync());
            await ProcessResult.RunAsync("kill", ["-TERM", $"{process.Id}"]);
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
            Assert.Equal(0, process.ExitCode);
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    [Fact]
    public async Task A_forward_that_cannot_listen_is_named_and_the_command_runs()
    {
        using var echo = new EchoServer();
        var result = await RunAsync("-L", $"127.0.0.1:{echo.Port}:a:1", "x", "echo hi");
        Assert.Equal((0, "hi\n"), (result.ExitCode, result.Output));
        Assert.Contains($"{echo.Port}", result.ErrorOutput, StringComparison.Ordinal);
        var fatal = await RunAsync(
            "-o", "ExitOnForwardFailure=yes", "-L", $"127.0.0.1:{echo.Port}:a:1", "x", "echo hi");
        Assert.Equal((255, ""), (fatal.ExitCode, fatal.Output));
    }

    [Fact]
    public async Task What_a_configuration_asks_for_and_is_not_there_is_worth_a_warning()
    {
        var result = await RunAsync("-o", "Tunnel=yes", "x", "echo hi");
        Assert.Equal(
            new ProcessResult(0, "hi\n", "sshmux: Tunnel is not supported: there is no tunnel device\n"), result);
    }

    [Fact]
    public async Task The_configuration_is_printed_with_G()
    {
        var result = await RunAsync("-G", "-p", "2222", "u@x");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("\nport 2222\n", result.Output, StringComparison.Ordinal);
        Assert.Contains("\nuser u\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_installed_ssh_does_not_know_is_printed_with_G_too()
    {
        var result = await RunAsync("-G", "-o", "SshMuxPrewarm=2", "-oChannelTimeout=session=1h", "-p", "2222", "x");
        Assert.Equal((0, ""), (result.ExitCode, result.ErrorOutput));
        Assert.Contains("\nport 2222\n", result.Output, StringComparison.Ordinal);
        Assert.Contains("sshmuxprewarm 2\n", result.Output, StringComparison.Ordinal);
        Assert.Contains("channeltimeout session=1h\n", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cipher", "aes128-ctr\n")]
    [InlineData("kex", "ecdh-sha2-nistp256\n")]
    [InlineData("mac", "hmac-sha2-256\n")]
    [InlineData("key", "ssh-rsa\n")]
    [InlineData("key-cert", "ssh-rsa-cert-v01@openssh.com\n")]
    [InlineData("HostKeyAlgorithms", "sk-ssh-ed25519@openssh.com\n")]
    public async Task Algorithms_are_listed_with_Q(string query, string line)
    {
        var result = await SshMuxProgram.RunAsync("-Q", query);
        Assert.Equal((0, ""), (result.ExitCode, result.ErrorOutput));
        Assert.Contains(line, result.Output, StringComparison.Ordinal);
    }

    private static async Task<TcpClient> ConnectAsync(int port)
    {
        TcpClient? client = null;
        await Wait.UntilAsync(() => TryConnect(port, out client), "the forward listens");
        return client!;
    }

    private static bool TryConnect(int port, out TcpClient? client)
    {
        try
        {
            client = new TcpClient("127.0.0.1", port);
            return true;
        }
        catch (SocketException)
        {
            client = null;
            return false;
        }
    }

    private Task<ProcessResult> RunAsync(params IEnumerable<string> arguments) =>
        SshMuxProgram.RunAsync(["-F", server.Sshd.SshConfig, .. arguments]);
}
