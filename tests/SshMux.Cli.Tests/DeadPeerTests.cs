using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>A server, or what leads to it, that goes silent without closing anything.</summary>
public class DeadPeerTests
{
    private const string Reason = "Timeout, server 127.0.0.1 not responding";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("server")]
    [InlineData("key exchange")]
    [InlineData("proxy")]
    public async Task Every_session_forward_and_client_of_a_master_ends_with_it(string who)
    {
        await using var sshd = await TestSshd.StartAsync();
        using var echo = new TcpTestServer();
        var port = TestSshd.FreePort();
        List<string> options =
        [
            "-v", "-o", "ServerAliveInterval=1", "-o", "ServerAliveCountMax=3", "-L", $"{port}:127.0.0.1:{echo.Port}",
        ];
        if (who == "proxy") options.AddRange(["-o", "ProxyCommand=socat - TCP:%h:%p"]);

        // The keys are renewed every two seconds: one such exchange begins when the server stands still, and before
        // that is noticed.
        if (who == "key exchange") options.AddRange(["-o", "RekeyLimit=default 2"]);
        await using var master = await TestMaster.StartAsync(Peer.SshMux, sshd, options);
        using var theirs = await StartSessionAsync(Peer.OpenSsh, master);
        using var ours = await StartSessionAsync(Peer.SshMux, master);
        using var forwarded = new TcpClient();
        await forwarded.ConnectAsync(IPAddress.Loopback, port, Token);
        var stream = forwarded.GetStream();
        await stream.WriteAsync("hello"u8.ToArray(), Token);
        await stream.ReadExactlyAsync(new byte[5], Token);

        var frozen = who == "proxy"
            ? Children.Of(master.Process.Id)
            : [.. Children.Of(sshd.ProcessId).SelectMany(id => Children.Of(id).Append(id))];
        Assert.NotEmpty(frozen);
        var watch = Stopwatch.StartNew();
        await SignalAsync("-STOP", frozen);
        try
        {
            // More than any buffer holds, so that nothing can be written any more either.
            var writing = theirs.StandardInput.BaseStream.WriteAsync(new byte[32_000_000], Token).AsTask();
            await Wait.UntilAsync(() => master.Process.HasExited, "the master has ended");
            await theirs.WaitForExitAsync(Token);
            await ours.WaitForExitAsync(Token);
            await Assert.ThrowsAsync<IOException>(() => writing);
            await EndAsync(stream);
        }
        finally
        {
            await SignalAsync("-CONT", frozen);
        }

        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(25), $"it took {watch.Elapsed}");
        Assert.Equal(255, await master.WaitForExitAsync());
        Assert.Equal(255, theirs.ExitCode);
        Assert.Equal(255, ours.ExitCode);
        Assert.Contains(Reason, master.Messages, StringComparison.Ordinal);
        Assert.Contains("ServerAliveCountMax 3", master.Messages, StringComparison.Ordinal);
        if (who == "key exchange")
        {
            var text = master.Messages;
            var begun = text.LastIndexOf("begins", StringComparison.Ordinal);
            Assert.True(begun > text.LastIndexOf("new keys in use", StringComparison.Ordinal), text);
        }
    }

    [Fact]
    public async Task The_end_of_a_frozen_jump_host_is_noticed_behind_it()
    {
        await using var hop = await TestSshd.StartAsync();
        await using var target = await TestSshd.StartAsync();
        using var folder = new TestFolder();
        var section = (await File.ReadAllTextAsync(hop.SshConfig, Token)).Replace(
            "Host *", "Host hop\n  ServerAliveInterval 1\n  ServerAliveCountMax 2", StringComparison.Ordinal);
        var config = folder.Write("config", section + await File.ReadAllTextAsync(target.SshConfig, Token));
        using var process = Start(SshMuxProgram.Path, "-F", config, "-J", "hop", "x", "echo up; cat");
        Assert.Equal("up", await process.StandardOutput.ReadLineAsync(Token));
        int[] frozen = [.. Children.Of(hop.ProcessId).SelectMany(id => Children.Of(id).Append(id))];
        await SignalAsync("-STOP", frozen);
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
            limit.CancelAfter(TimeSpan.FromSeconds(25));
            await process.WaitForExitAsync(limit.Token);
        }
        finally
        {
            await SignalAsync("-CONT", frozen);
        }

        Assert.Equal(255, process.ExitCode);
        Assert.Contains(
            $"jump host hop: {Reason}", await process.StandardError.ReadToEndAsync(Token), StringComparison.Ordinal);
    }

    private static async Task<Process> StartSessionAsync(Peer client, TestMaster master)
    {
        var process = Start(TestMaster.ProgramOf(client), master.ClientArguments("x", "echo up; cat > /dev/null"));
        Assert.Equal("up", await process.StandardOutput.ReadLineAsync(Token));
        return process;
    }

    private static Process Start(string program, params string[] arguments) => Process.Start(
        new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;

    private static async Task SignalAsync(string signal, int[] processes) =>
        await ProcessResult.RunAsync("kill", [signal, .. processes.Select(id => $"{id}")]);

    private static async Task EndAsync(NetworkStream stream)
    {
        try
        {
            while (await stream.ReadAsync(new byte[100], Token) > 0)
            {
            }
        }
        catch (IOException)
        {
            // A reset is an end, too.
        }
    }
}
