using System.Diagnostics;
using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>SIGUSR1 and SIGUSR2, which are the remote program's and end nothing here.</summary>
public sealed class UserSignalTests(ServerFixture server) : IClassFixture<ServerFixture>, IAsyncLifetime
{
    // Not sshd, which sends root's programs none. Nor does it end what has no terminal: such programs watch their parent.
    private OtherServer _dropbear = null!;

    public async ValueTask InitializeAsync() => _dropbear = await TestDropbear.StartHardenedAsync();

    public ValueTask DisposeAsync() => _dropbear.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_remote_program_gets_them_and_the_command_goes_on(bool hasMaster)
    {
        using var folder = new TestFolder();
        await using var master = hasMaster
            ? await TestMaster.StartAsync(Peer.SshMux, _dropbear.SshConfig, new TestFolder(), [], "-M")
            : null;
        const string program = """
            trap 'echo one' USR1; trap 'echo two' USR2; trap 'echo end; exit 3' TERM
            echo up; while kill -0 $PPID; do sleep 0.05; done 2> /dev/null
            """;
        string[] arguments = ["x", program];
        using var client = Start(
            master is null ? ["-F", _dropbear.SshConfig, .. arguments] : master.ClientArguments(arguments));
        Assert.Equal("up", await ReadLineAsync(client));
        foreach (var (signal, answer) in new[] { ("USR1", "one"), ("USR2", "two"), ("USR1", "one") })
        {
            await KillAsync(client, signal);
            Assert.Equal(answer, await ReadLineAsync(client));
        }

        Assert.False(client.HasExited);
        await KillAsync(client, "TERM");
        Assert.Equal(255, await WaitForExitAsync(client));
    }

    [Fact]
    public async Task Many_at_once_are_sent_one_after_the_other()
    {
        await using var master = await TestMaster.StartAsync(
            Peer.SshMux, _dropbear.SshConfig, new TestFolder(), [], "-M");
        var got = master.Folder.File("got");
        using var client = Start(master.ClientArguments(
            "-v", "x", $"trap 'echo >{got}' TERM; trap : USR1 USR2; echo up; while kill -0 $PPID; do sleep 0.05; done"));
        Assert.Equal("up", await ReadLineAsync(client));
        var errors = client.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await ProcessResult.RunAsync(
            "sh", ["-c", $"for i in 1 2 3 4 5 6 7 8; do kill -USR1 {client.Id}; kill -USR2 {client.Id}; done; kill {client.Id}"]);

        // That one is under way is no reason to lose the one that ends the client.
        Assert.Equal(255, await WaitForExitAsync(client));
        await Wait.UntilAsync(() => File.Exists(got), "the remote program has the last signal, too");
        Assert.DoesNotContain("does not get", await errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public async Task A_server_that_sends_none_is_told_only_with_v(bool hasMaster, bool verbose)
    {
        // sshd does not for root, and before 7.9 for nobody.
        Assert.SkipUnless(server.Sshd.UserName == "root", "sshd sends this user's programs signals");
        string[] arguments = [.. verbose ? ["-v"] : Array.Empty<string>(), "x", "echo up; read x; exit 4"];
        using var client = Start(hasMaster
            ? (await server.MasterAsync(Peer.SshMux)).ClientArguments(arguments)
            : ["-F", server.Sshd.SshConfig, .. arguments]);
        Assert.Equal("up", await ReadLineAsync(client));
        await KillAsync(client, "USR1");
        const string told = "debug1: the remote program does not get SIGUSR1: ";
        var errors = "";
        while (verbose && !errors.Contains(told, StringComparison.Ordinal))
        {
            errors += await client.StandardError.ReadLineAsync(TestContext.Current.CancellationToken)
                .AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        }

        await client.StandardInput.WriteLineAsync();
        Assert.Equal(4, await WaitForExitAsync(client));
        if (!verbose)
        {
            Assert.Equal("", await client.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        }
    }

    [Theory]
    [InlineData("USR1", 138)]
    [InlineData("USR2", 140)]
    public async Task Over_OpenSSHs_master_they_end_the_client_as_any_program(string signal, int status)
    {
        var master = await server.MasterAsync(Peer.OpenSsh);
        using var client = Start(master.ClientArguments("x", "echo up; cat"));
        Assert.Equal("up", await ReadLineAsync(client));
        await KillAsync(client, signal);
        Assert.Equal(status, await WaitForExitAsync(client));
    }

    private static Process Start(string[] arguments)
    {
        // With these signals as they are for who was not started to ignore them.
        var start = new ProcessStartInfo("env", ["--default-signal=USR1,USR2,TERM", SshMuxProgram.Path, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(start)!;
    }

    private static async Task<string?> ReadLineAsync(Process client) =>
        await client.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30));

    private static Task<ProcessResult> KillAsync(Process client, string signal) =>
        ProcessResult.RunAsync("kill", [$"-{signal}", $"{client.Id}"]);

    private static async Task<int> WaitForExitAsync(Process client)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await client.WaitForExitAsync(limit.Token);
        return client.ExitCode;
    }
}
