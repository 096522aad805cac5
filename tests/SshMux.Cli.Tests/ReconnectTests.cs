using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>A master whose server goes away and comes back (SshMuxReconnect), and its clients.</summary>
public class ReconnectTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Clients_wait_for_a_server_that_is_started_again()
    {
        await using var sshd = await TestSshd.StartAsync();
        using var echo = new TcpTestServer();
        var port = TestSshd.FreePort();
        await using var master = await TestMaster.StartAsync(
            Peer.SshMux, sshd, ["-o", "SshMuxReconnect=yes", "-L", $"{port}:127.0.0.1:{echo.Port}"]);
        sshd.Kill();
        await Wait.UntilAsync(
            () => master.Messages.Contains("; connecting and logging in again", StringComparison.Ordinal), "the loss is seen");
        Assert.Matches("^Master running \\(pid=[0-9]+\\)\r\n.*; the master connects again\r\n$", await CheckAsync(master));

        // Clients of both kinds and a forwarded connection come while there is no server.
        var theirs = master.RunClientAsync(Peer.OpenSsh, ["x", "echo theirs; exit 3"]);
        var ours = master.RunClientAsync(Peer.SshMux, ["x", "echo ours; exit 4"]);
        using var forwarded = new TcpClient();
        await forwarded.ConnectAsync(IPAddress.Loopback, port, Token);
        await forwarded.GetStream().WriteAsync("hello"u8.ToArray(), Token);
        Assert.False(theirs.IsCompleted || ours.IsCompleted);
        await sshd.StartAgainAsync();
        Assert.Equal((3, "theirs\n"), ((await theirs).ExitCode, (await theirs).Output));
        Assert.Equal((4, "ours\n"), ((await ours).ExitCode, (await ours).Output));
        var text = new byte[5];
        await forwarded.GetStream().ReadExactlyAsync(text, Token);
        Assert.Equal("hello"u8, text);
        Assert.Matches("^Master running \\(pid=[0-9]+\\)\r\n$", await CheckAsync(master));
        Assert.False(master.Process.HasExited);
    }

    [Fact]
    public async Task Forwards_alone_are_kept_too_without_a_control_socket()
    {
        await using var sshd = await TestSshd.StartAsync();
        using var echo = new TcpTestServer();
        var port = TestSshd.FreePort();
        using var process = Process.Start(new ProcessStartInfo(
            SshMuxProgram.Path,
            [
                "-F", sshd.SshConfig, "-N", "-o", "ControlPath=none", "-o", "SshMuxReconnect=yes",
                "-L", $"{port}:127.0.0.1:{echo.Port}", "x",
            ])
        {
            RedirectStandardError = true,
        })!;
        try
        {
            await Wait.UntilAsync(() => CanConnect(port), "it listens");
            for (var i = 0; i < 2; i++)
            {
                sshd.KillConnections();
                using var forwarded = new TcpClient();
                await forwarded.ConnectAsync(IPAddress.Loopback, port, Token);
                await forwarded.GetStream().WriteAsync("hello"u8.ToArray(), Token);
                await forwarded.GetStream().ReadExactlyAsync(new byte[5], Token);
            }

            Assert.False(process.HasExited);
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(Token);
        }
    }

    [Fact]
    public async Task So_many_attempts_and_then_it_ends_and_says_why()
    {
        await using var sshd = await TestSshd.StartAsync();
        await using var master = await TestMaster.StartAsync(Peer.SshMux, sshd, ["-o", "SshMuxReconnect=2"]);
        sshd.Kill();
        await Wait.UntilAsync(() => master.Process.HasExited, "the master has ended");
        Assert.Equal(255, master.Process.ExitCode);
        Assert.Contains("cannot connect again (SshMuxReconnect 2): ", master.Messages, StringComparison.Ordinal);
        Assert.Contains("Connection refused", master.Messages, StringComparison.Ordinal);
        Assert.False(File.Exists(master.ControlPath));
    }

    private static async Task<string> CheckAsync(TestMaster master) =>
        (await master.RunClientAsync(Peer.SshMux, ["-O", "check", "x"])).ErrorOutput;

    private static bool CanConnect(int port)
    {
        using var client = new TcpClient();
        try
        {
            client.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
