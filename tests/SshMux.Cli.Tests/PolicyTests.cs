using System.Diagnostics;
using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>What ssh(1) does around a session: local commands, arguments, fallback, the ways it ends.</summary>
public sealed class PolicyTests(ServerFixture server) : IClassFixture<ServerFixture>, IDisposable
{
    private readonly TestFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_local_command_runs_after_the_login_and_before_the_session()
    {
        string[] local = ["-o", "LocalCommand=echo local %n %p %%T %T; exit 9", "-o", "PermitLocalCommand=yes"];
        var result = await RunAsync([.. local, "x", "echo remote"]);
        Assert.Equal(
            new ProcessResult(0, $"local x {server.Sshd.Port} %T NONE\nremote\n", ""), result);

        // Not without permission, and not over a master.
        result = await RunAsync("-o", "LocalCommand=echo local", "x", "echo remote");
        Assert.Equal(new ProcessResult(0, "remote\n", ""), result);
        var master = await server.MasterAsync(Peer.SshMux);
        Assert.Equal(
            new ProcessResult(0, "remote\n", ""),
            await master.RunClientAsync(Peer.SshMux, [.. local, "x", "echo remote"]));
    }

    [Fact]
    public async Task Bytes_that_are_no_text_reach_the_command()
    {
        var master = await server.MasterAsync(Peer.SshMux);
        foreach (var options in new[]
        {
            $"-F {server.Sshd.SshConfig}",
            $"-F none -S {master.ControlPath} -o ProxyCommand=false",
            $"-F {server.Sshd.SshConfig} -f -E {_folder.File("log")}",
        })
        {
            var script = $$"""x=$(printf 'printf %%s a\377\351b\303\251'); "$1" {{options}} x "$x" | od -An -tx1""";
            var result = await ProcessResult.RunAsync("bash", ["-c", script, "bash", SshMuxProgram.Path]);
            Assert.Equal(new ProcessResult(0, " 61 ff e9 62 c3 a9\n", ""), result);
        }
    }

    [Fact]
    public async Task The_configuration_is_printed_as_ssh_prints_it()
    {
        Assert.SkipUnless(NewerOpenSsh.IsThere, NewerOpenSsh.Missing);
        string[] arguments =
        [
            "-F", server.Sshd.SshConfig, "-G", "-L", "1:a:2", "-D", "3", "-R", "4", "-N", "-J", "u@j:33", "-n", "-q",
            "-A", "-Y", "-e", "^]", "-c", "aes128-ctr", "-o", "User=v", "-P", "green", "u@x",
        ];
        var ours = await SshMuxProgram.RunAsync(arguments);
        Assert.Equal(await ProcessResult.RunAsync(NewerOpenSsh.Ssh, arguments), ours);
        Assert.Contains("localforward 1 [a]:2\n", ours.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_master_of_another_kind_in_the_way_is_said_and_left_alone()
    {
        var shared = await server.MasterAsync(Peer.OpenSsh);
        var result = await RunAsync("-M", "-S", shared.ControlPath, "x", "echo hi");
        Assert.Equal((0, "hi\n"), (result.ExitCode, result.Output));
        Assert.Contains("already exists, disabling multiplexing", result.ErrorOutput, StringComparison.Ordinal);
        Assert.Equal(0, (await shared.RunClientAsync(Peer.OpenSsh, "-O", "check", "x")).ExitCode);
    }

    [Fact]
    public async Task A_master_at_its_limit_of_sessions_says_so_and_the_client_logs_in_itself()
    {
        await using var sshd = await TestSshd.StartAsync("MaxSessions 1");
        foreach (var peer in new[] { Peer.OpenSsh, Peer.SshMux })
        {
            string[] refuse = peer == Peer.SshMux ? ["-o", "SshMuxOverflow=refuse"] : [];
            await using var master = await TestMaster.StartAsync(peer, sshd, refuse);
            var up = _folder.File($"up{peer}");
            var running = master.RunClientAsync(
                Peer.SshMux, "x", $"touch {up}; while [ -e {up} ]; do sleep 0.05; done");
            await Wait.UntilAsync(() => File.Exists(up), "the one session runs");
            var second = await SshMuxProgram.RunAsync("-F", sshd.SshConfig, "-S", master.ControlPath, "x", "echo hi");
            Assert.Equal((0, "hi\n"), (second.ExitCode, second.Output));
            Assert.Contains("Session open refused by peer", second.ErrorOutput, StringComparison.Ordinal);
            Assert.Contains("going on with a connection of our own", second.ErrorOutput, StringComparison.Ordinal);
            File.Delete(up);
            Assert.Equal(0, (await running).ExitCode);
        }
    }

    [Fact]
    public async Task A_server_that_answers_no_more_is_noticed()
    {
        await using var sshd = await TestSshd.StartAsync();
        var start = new ProcessStartInfo(SshMuxProgram.Path,
        [
            "-v", "-F", sshd.SshConfig, "-o", "ServerAliveInterval=1", "-o", "ServerAliveCountMax=10", "x",
            "echo up; cat",
        ])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        Assert.Equal("up", await process.StandardOutput.ReadLineAsync(Token));

        // It answers what it is asked: then it is asked anew after a silence, and nothing happens ...
        var asked = 0;
        while (asked < 3)
        {
            var line = await process.StandardError.ReadLineAsync(Token);
            Assert.NotNull(line);
            if (line.Contains("whether it is there", StringComparison.Ordinal)) asked++;
        }

        // ... until it stands still.
        var children = Children.Of(sshd.ProcessId).SelectMany(id => Children.Of(id).Append(id)).ToArray();
        foreach (var id in children) await ProcessResult.RunAsync("kill", ["-STOP", $"{id}"]);
        var said = await process.StandardError.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);
        foreach (var id in children) await ProcessResult.RunAsync("kill", ["-CONT", $"{id}"]);
        Assert.Equal(255, process.ExitCode);
        Assert.Contains("Timeout, server 127.0.0.1 not responding", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-TERM", false, 255)]
    [InlineData("-INT", false, 255)]
    [InlineData("-HUP", false, 255)]
    [InlineData("-TERM", true, 0)]
    [InlineData("-INT", true, 255)]
    public async Task A_signal_ends_it_with_the_status_of_ssh(string signal, bool withoutCommand, int status)
    {
        foreach (var program in new[] { "/usr/bin/ssh", SshMuxProgram.Path })
        {
            var path = _folder.File("m");
            string[] command = withoutCommand ? ["-N", "x"] : ["x", TestSshd.RunUntilDisconnected];
            var start = new ProcessStartInfo(program, ["-F", server.Sshd.SshConfig, "-M", "-S", path, .. command])
            {
                RedirectStandardInput = true,
                RedirectStandardError = true,
            };
            using var process = Process.Start(start)!;
            await Wait.UntilAsync(() => File.Exists(path), "the master listens");
            var check = await SshMuxProgram.RunAsync("-F", "none", "-S", path, "x", "true");
            Assert.Equal(0, check.ExitCode);
            await ProcessResult.RunAsync("kill", [signal, $"{process.Id}"]);
            await process.WaitForExitAsync(Token);
            Assert.Equal((program, status), (program, process.ExitCode));
            await Wait.UntilAsync(() => !File.Exists(path), "the socket is gone");
        }
    }

    private Task<ProcessResult> RunAsync(params IEnumerable<string> arguments) =>
        SshMuxProgram.RunAsync(["-F", server.Sshd.SshConfig, .. arguments]);
}
