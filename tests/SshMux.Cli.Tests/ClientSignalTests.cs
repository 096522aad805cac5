using System.Diagnostics;
using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>A client over a master, without a terminal, that gets a signal.</summary>
public class ClientSignalTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    public static TheoryData<string> Signals => ["TERM", "INT", "HUP", "QUIT"];

    [Theory, MemberData(nameof(Signals))]
    public async Task Its_status_is_255_and_the_remote_program_gets_the_signal(string signal)
    {
        // Not sshd, which sends root's programs none.
        await using var dropbear = await TestDropbear.StartHardenedAsync();
        await using var master = await TestMaster.StartAsync(
            Peer.SshMux, dropbear.SshConfig, new TestFolder(), [], "-M");
        var (up, got) = (master.Folder.File("up"), master.Folder.File("got"));
        using var client = await StartAsync(
            master, up, "x", $"trap 'echo > {got}; exit 3' {signal}; touch {up}; while :; do sleep 0.05; done");
        Assert.Equal(255, await EndAsync(client, signal));
        await Wait.UntilAsync(() => File.Exists(got), "the remote program has the signal");
    }

    [Theory, MemberData(nameof(Signals))]
    public async Task Its_status_is_255_where_the_server_sends_none(string signal)
    {
        using var folder = new TestFolder();
        var shared = await server.MasterAsync(Peer.SshMux);
        using var client = await StartAsync(shared, folder.File("up"), "x", $"touch {folder.File("up")}; cat");
        Assert.Equal(255, await EndAsync(client, signal));
    }

    [Fact]
    public async Task Over_OpenSSHs_master_its_status_is_255_too()
    {
        using var folder = new TestFolder();
        var shared = await server.MasterAsync(Peer.OpenSsh);
        using var client = await StartAsync(
            shared, folder.File("up"), "x", $"touch {folder.File("up")}; cat");
        Assert.Equal(255, await EndAsync(client, "TERM"));
    }

    [Theory]
    [InlineData(Peer.OpenSsh)]
    [InlineData(Peer.SshMux)]
    public async Task A_stdio_forward_ends_well(Peer master)
    {
        var shared = await server.MasterAsync(master);
        using var echo = new EchoServer();
        var start = Start(shared, "-W", $"127.0.0.1:{echo.Port}", "x");
        using var client = Process.Start(start)!;
        await client.StandardInput.WriteAsync("ping");
        await client.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
        var answer = new char[4];
        await client.StandardOutput.ReadBlockAsync(answer, TestContext.Current.CancellationToken);
        Assert.Equal(0, await EndAsync(client, "TERM"));
    }

    private static async Task<Process> StartAsync(TestMaster master, string up, params string[] arguments)
    {
        var client = Process.Start(Start(master, arguments))!;
        await Wait.UntilAsync(() => File.Exists(up), "the remote program runs");
        return client;
    }

    private static ProcessStartInfo Start(TestMaster master, params string[] arguments)
    {
        var start = new ProcessStartInfo(SshMuxProgram.Path)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in master.ClientArguments(arguments)) start.ArgumentList.Add(argument);
        return start;
    }

    private static async Task<int> EndAsync(Process client, string signal)
    {
        await ProcessResult.RunAsync("kill", [$"-{signal}", $"{client.Id}"]);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await client.WaitForExitAsync(limit.Token);
        return client.ExitCode;
    }
}
