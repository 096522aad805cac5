using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>-L, -R, -D and -W, with a connection of its own and over masters of both kinds.</summary>
public sealed class ForwardTests(ServerFixture server) : IClassFixture<ServerFixture>, IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly TcpTestServer _target = new();

    public static TheoryData<Peer, Peer> Pairs => new()
    {
        { Peer.SshMux, Peer.OpenSsh }, { Peer.OpenSsh, Peer.SshMux }, { Peer.SshMux, Peer.SshMux },
    };

    public void Dispose()
    {
        _target.Dispose();
        _folder.Dispose();
    }

    [Theory, MemberData(nameof(Pairs))]
    public async Task Remote_forwards_open_with_a_chosen_port_and_close(Peer master, Peer client)
    {
        var shared = await server.MasterAsync(master);
        var spec = $"0:127.0.0.1:{_target.Port}";
        var opened = await shared.RunClientAsync(client, "-O", "forward", "-R", spec, "x");
        Assert.Equal((0, ""), (opened.ExitCode, opened.ErrorOutput));
        Assert.Matches("^[0-9]+\n$", opened.Output);
        Assert.Equal(opened, await shared.RunClientAsync(client, "-O", "forward", "-R", spec, "x"));
        var port = int.Parse(opened.Output, CultureInfo.InvariantCulture);
        await GreetAsync($"http://127.0.0.1:{port}/");
        Assert.Equal(
            new ProcessResult(0, "", ""), await shared.RunClientAsync(client, "-O", "cancel", "-R", spec, "x"));
        await ExpectClosedAsync(port);
    }

    [Theory, MemberData(nameof(Pairs))]
    public async Task SOCKS_servers_open_on_either_side_and_close(Peer master, Peer client)
    {
        var shared = await server.MasterAsync(master);
        foreach (var option in new[] { "-D", "-R" })
        {
            var port = TestSshd.FreePort();
            string[] spec = [option, port.ToString(CultureInfo.InvariantCulture)];
            Assert.Equal(
                new ProcessResult(0, "", ""), await shared.RunClientAsync(client, ["-O", "forward", .. spec, "x"]));
            foreach (var socks in new[] { "--socks4", "--socks4a", "--socks5", "--socks5-hostname" })
            {
                var result = await CurlAsync(socks, $"127.0.0.1:{port}", $"http://localhost:{_target.Port}/");
                Assert.Equal((0, TcpTestServer.Greeting), (result.ExitCode, result.Output));
            }

            Assert.Equal(
                new ProcessResult(0, "", ""), await shared.RunClientAsync(client, ["-O", "cancel", .. spec, "x"]));
            await ExpectClosedAsync(port);
        }
    }

    [Theory, MemberData(nameof(Pairs))]
    public async Task A_session_over_a_master_brings_its_forwards(Peer master, Peer client)
    {
        await using var own = await TestMaster.StartAsync(master, server.Sshd);
        var (local, remote, socks) = (TestSshd.FreePort(), TestSshd.FreePort(), TestSshd.FreePort());
        var result = await own.RunClientAsync(
            client, "-L", $"{local}:127.0.0.1:{_target.Port}", "-R", $"{remote}:127.0.0.1:{_target.Port}",
            "-D", $"{socks}", "x", "echo hi");
        Assert.Equal(new ProcessResult(0, "hi\n", ""), result);

        // They are the master's now.
        await ExpectGreetingAsync($"http://127.0.0.1:{local}/");
        await ExpectGreetingAsync($"http://127.0.0.1:{remote}/");
        await ExpectGreetingAsync("--socks5", $"127.0.0.1:{socks}", $"http://127.0.0.1:{_target.Port}/");
    }

    [Theory, MemberData(nameof(Pairs))]
    public async Task A_forward_that_the_server_refuses_is_named(Peer master, Peer client)
    {
        var shared = await server.MasterAsync(master);
        var first = await shared.RunClientAsync(client, "-O", "forward", "-R", "0:127.0.0.1:1", "x");
        var port = first.Output.TrimEnd();
        var result = await shared.RunClientAsync(client, "-O", "forward", "-R", $"{port}:127.0.0.1:2", "x");
        Assert.Equal((255, ""), (result.ExitCode, result.Output));
        Assert.Contains(
            $"remote port forwarding failed for listen port {port}", result.ErrorOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_of_its_own_has_forwards_of_every_kind()
    {
        using var path = TcpTestServer.OnPath(_folder.File("target"));
        var (local, remote, socks, remoteSocks) =
            (TestSshd.FreePort(), TestSshd.FreePort(), TestSshd.FreePort(), TestSshd.FreePort());
        using var process = Start(
            "-N", "-R", $"0:127.0.0.1:{_target.Port}",
            "-L", $"{local}:{_folder.File("target")}", "-R", $"{_folder.File("there")}:127.0.0.1:{_target.Port}",
            "-o", $"RemoteForward={remote} {_folder.File("target")}", "-o", $"DynamicForward=127.0.0.1:{socks}",
            "-R", $"{remoteSocks}", "-o", $"LocalForward={_folder.Path}/%n.%p.sock 127.0.0.1:{_target.Port}", "x");
        try
        {
            var line = await process.StandardError.ReadLineAsync();
            Assert.Matches($"^Allocated port [0-9]+ for remote forward to 127.0.0.1:{_target.Port}$", line);
            await ExpectGreetingAsync($"http://127.0.0.1:{line!.Split(' ')[2]}/");
            await ExpectGreetingAsync($"http://127.0.0.1:{local}/");
            await ExpectGreetingAsync("--unix-socket", _folder.File("there"), "http://x/");
            await ExpectGreetingAsync($"http://127.0.0.1:{remote}/");
            await ExpectGreetingAsync("--socks5", $"127.0.0.1:{socks}", $"http://127.0.0.1:{_target.Port}/");
            await ExpectGreetingAsync("--socks4a", $"127.0.0.1:{remoteSocks}", $"http://localhost:{_target.Port}/");
            await ExpectGreetingAsync("--unix-socket", _folder.File($"x.{server.Sshd.Port}.sock"), "http://x/");
        }
        finally
        {
            process.Kill();
        }
    }

    [Fact]
    public async Task A_refused_remote_forward_is_a_warning_or_fatal()
    {
        using var process = Start("-N", "-R", "0:127.0.0.1:1", "x");
        try
        {
            var port = (await process.StandardError.ReadLineAsync())!.Split(' ')[2];
            var text = $": remote port forwarding failed for listen port {port}";
            var result = await RunAsync("-R", $"{port}:127.0.0.1:2", "x", "echo hi");
            Assert.Equal((0, "hi\n"), (result.ExitCode, result.Output));
            Assert.StartsWith($"Warning{text}", result.ErrorOutput, StringComparison.Ordinal);
            result = await RunAsync("-o", "ExitOnForwardFailure=yes", "-R", $"{port}:127.0.0.1:2", "x", "echo hi");
            Assert.Equal((255, ""), (result.ExitCode, result.Output));
            Assert.StartsWith($"sshmux: Error{text}", result.ErrorOutput, StringComparison.Ordinal);
            result = await RunAsync(
                "-o", "ExitOnForwardFailure=yes", "-o", "ClearAllForwardings=yes", "-R", $"{port}:127.0.0.1:2", "x",
                "echo hi");
            Assert.Equal(new ProcessResult(0, "hi\n", ""), result);
        }
        finally
        {
            process.Kill();
        }
    }

    [Fact]
    public async Task In_the_background_the_forwards_are_there_when_the_command_returns()
    {
        var (remote, socks) = (TestSshd.FreePort(), TestSshd.FreePort());
        var control = _folder.File("m");
        var started = await RunAsync(
            "-f", "-N", "-M", "-S", control, "-o", "ExitOnForwardFailure=yes",
            "-R", $"{remote}:127.0.0.1:{_target.Port}", "-D", $"127.0.0.1:{socks}", "x");
        Assert.Equal(new ProcessResult(0, "", ""), started);
        var url = $"http://127.0.0.1:{_target.Port}/";
        await GreetAsync($"http://127.0.0.1:{remote}/");
        await GreetAsync("--socks5", $"127.0.0.1:{socks}", url);
        await RunAsync("-S", control, "-O", "exit", "x");
        await ExpectClosedAsync(remote);
        await ExpectClosedAsync(socks);

        // The same with ControlPersist, where the master is a process that this command starts.
        var session = await RunAsync(
            "-o", "ControlMaster=auto", "-o", "ControlPersist=yes", "-S", control,
            "-R", $"{remote}:127.0.0.1:{_target.Port}", "-D", $"127.0.0.1:{socks}", "x", "echo hi");
        Assert.Equal(new ProcessResult(0, "hi\n", ""), session);
        await GreetAsync($"http://127.0.0.1:{remote}/");
        await GreetAsync("--socks5", $"127.0.0.1:{socks}", url);
        await RunAsync("-S", control, "-O", "exit", "x");
        await ExpectClosedAsync(remote);
    }

    [Fact]
    public async Task PermitRemoteOpen_and_g_are_heard()
    {
        var (remote, local, socks) = (TestSshd.FreePort(), TestSshd.FreePort(), TestSshd.FreePort());
        using var process = Start(
            "-N", "-g", "-o", "PermitRemoteOpen=localhost:1", "-R", $"{remote}", "-L", $"{local}:127.0.0.1:1",
            "-D", $"{socks}", "x");
        try
        {
            await Wait.UntilAsync(() => IsListening(IPAddress.Loopback, remote), "the forwards are there");
            var refused = await CurlAsync("--socks5", $"127.0.0.1:{remote}", $"http://127.0.0.1:{_target.Port}/");
            Assert.Equal(97, refused.ExitCode); // CURLE_PROXY
            Assert.Contains("(2)", refused.ErrorOutput, StringComparison.Ordinal); // not allowed by ruleset

            // 127.0.0.2 is this machine, too, but not what a forward for loopback listens on.
            Assert.True(IsListening(IPAddress.Parse("127.0.0.2"), local));
            Assert.True(IsListening(IPAddress.Parse("127.0.0.2"), socks));
        }
        finally
        {
            process.Kill();
        }
    }

    [Fact]
    public async Task Standard_input_and_output_go_to_ports_and_unix_sockets()
    {
        using var path = TcpTestServer.OnPath(_folder.File("target"));
        var master = await server.MasterAsync(Peer.SshMux);
        foreach (var target in new[] { $"127.0.0.1:{_target.Port}", _folder.File("target") })
        {
            Assert.Equal(
                new ProcessResult(0, "ping", ""),
                await ProcessResult.RunAsync(
                    SshMuxProgram.Path, ["-F", server.Sshd.SshConfig, "-W", target, "x"], "ping"));
            Assert.Equal(
                new ProcessResult(0, "ping", ""),
                await ProcessResult.RunAsync(
                    SshMuxProgram.Path, master.ClientArguments("-W", target, "x"), "ping"));
        }
    }

    [Theory]
    [InlineData("-R", "1:2:3:4:5", "sshmux: bad remote forward '1:2:3:4:5': ")]
    [InlineData("-D", "a:b", "sshmux: bad dynamic forward 'a:b': 'b' is no port")]
    [InlineData("-L", "${SSHMUX_NOT_SET}:a:1", "sshmux: forward '${SSHMUX_NOT_SET}:a:1' cannot be used: ")]
    public async Task A_wrong_forward_is_told_before_the_login(string option, string spec, string message)
    {
        var result = await SshMuxProgram.RunAsync("-F", "none", option, spec, "no.such.host.invalid", "true");
        Assert.Equal((255, ""), (result.ExitCode, result.Output));
        Assert.StartsWith(message, result.ErrorOutput, StringComparison.Ordinal);
    }

    private static Task<ProcessResult> CurlAsync(params string[] arguments) =>
        ProcessResult.RunAsync("curl", ["-q", "-sS", "--noproxy", "", "-m", "30", .. arguments]);

    private static async Task GreetAsync(params string[] arguments) =>
        Assert.Equal(new ProcessResult(0, TcpTestServer.Greeting, ""), await CurlAsync(arguments));

    /// <summary>Tries until the forward is there.</summary>
    private static async Task ExpectGreetingAsync(params string[] arguments)
    {
        var result = await ProcessResult.RunAsync(
            "curl",
            [
                "-q", "-sS", "--noproxy", "", "-m", "30",
                "--retry", "100", "--retry-delay", "1", "--retry-max-time", "30", "--retry-all-errors", .. arguments,
            ]);
        Assert.Equal(TcpTestServer.Greeting, result.Output);
    }

    private static Task ExpectClosedAsync(int port) =>
        Wait.UntilAsync(() => !IsListening(IPAddress.Loopback, port), "nobody listens any more");

    private static bool IsListening(IPAddress address, int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(address, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private Task<ProcessResult> RunAsync(params IEnumerable<string> arguments) =>
        SshMuxProgram.RunAsync(["-F", server.Sshd.SshConfig, .. arguments]);

    private Process Start(params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(SshMuxProgram.Path)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (string[])["-F", server.Sshd.SshConfig, .. arguments]) start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }
}
