using System.Diagnostics;
using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>The examples of the engine's package, as programs, against a real sshd and OpenSSH's own master.</summary>
public sealed class ExampleTests(ServerFixture servers) : IClassFixture<ServerFixture>, IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_command_gives_its_output_and_status()
    {
        var result = await RunAsync("run", "x", "echo out; echo err >&2; exit 3");
        Assert.Equal((3, "out\n", "err\n"), (result.ExitCode, result.Output, result.ErrorOutput));
    }

    [Fact]
    public async Task Commands_run_side_by_side()
    {
        var result = await RunAsync(["many", "x", .. Enumerable.Range(0, 25).Select(i => $"sleep 0.2; echo {i}")]);
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(Enumerable.Range(0, 25).Select(i => $"sleep 0.2; echo {i}: {i}"), result.Output.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task Ssh_uses_the_login_that_is_shared()
    {
        var path = _folder.File("s");
        using var master = Start("share", "x", path);
        Assert.Equal($"ssh -S {path} x", await master.StandardOutput.ReadLineAsync());
        var ssh = await ProcessResult.RunAsync(
            "ssh", ["-F", "none", "-S", path, "-o", "ProxyCommand=false", "x", "echo over it"]);
        Assert.Equal((0, "over it\n"), (ssh.ExitCode, ssh.Output));
        await ProcessResult.RunAsync("ssh", ["-F", "none", "-S", path, "-O", "exit", "x"]);
        var rest = await master.StandardOutput.ReadToEndAsync();
        await master.WaitForExitAsync();
        Assert.Equal(0, master.ExitCode);
        Assert.Contains("a client", rest, StringComparison.Ordinal);
        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task A_master_of_OpenSSH_is_used()
    {
        var master = await servers.MasterAsync(Peer.OpenSsh);
        var result = await RunAsync("attach", master.ControlPath, "echo over it; exit 4");
        Assert.Equal((4, "over it\n"), (result.ExitCode, result.Output));
        Assert.Equal($"the master's process is {master.Process.Id}\n", result.ErrorOutput);
    }

    [Fact]
    public async Task A_forward_is_used()
    {
        using var server = new TcpTestServer();
        var result = await RunAsync("forward", "x", $"0:127.0.0.1:{server.Port}");
        Assert.Equal((0, ""), (result.ExitCode, result.ErrorOutput));
        Assert.StartsWith(TcpTestServer.Greeting, result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_goes_there_and_back()
    {
        Directory.CreateDirectory(_folder.File("site/sub"));
        _folder.Write("site/a", "one");
        _folder.Write("site/sub/b", "two");
        var there = _folder.File("there");
        var result = await RunAsync("copy", "x", _folder.File("site"), there);
        Assert.Equal((0, ""), (result.ExitCode, result.ErrorOutput));
        Assert.EndsWith("2 files there, 2 back\n", result.Output, StringComparison.Ordinal);
        Assert.Equal("two", await File.ReadAllTextAsync(there + ".back/sub/b"));
    }

    [Theory]
    [InlineData("CommandNotThere", 127)]
    [InlineData("kill -9 $$", 128)]
    public async Task A_command_that_fails_is_no_exception(string command, int status) =>
        Assert.Equal(status, (await RunAsync("run", "x", command)).ExitCode);

    [Fact]
    public async Task Errors_are_for_the_person_at_the_prompt()
    {
        var result = await RunAsync("attach", _folder.File("none"), "true");
        Assert.Equal(255, result.ExitCode);
        Assert.StartsWith("ControlSocketMissing: ", result.ErrorOutput, StringComparison.Ordinal);

        result = await RunAsync("copy", "x", _folder.File("nothing"), _folder.File("there"));
        Assert.Equal(255, result.ExitCode);
        Assert.Contains(_folder.File("nothing"), result.ErrorOutput, StringComparison.Ordinal);
    }

    private Task<ProcessResult> RunAsync(params IEnumerable<string> arguments) =>
        ProcessResult.RunAsync("env", [$"SSHMUX_EXAMPLES_CONFIG={servers.Sshd.SshConfig}", BuiltFiles.Examples, .. arguments]);

    private Process Start(params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(BuiltFiles.Examples, arguments) { RedirectStandardOutput = true };
        start.Environment["SSHMUX_EXAMPLES_CONFIG"] = servers.Sshd.SshConfig;
        return Process.Start(start)!;
    }
}
