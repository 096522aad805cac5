using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>ChannelTimeout: what nobody uses is closed, and nothing else.</summary>
public class ChannelTimeoutTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("session=1")]
    [InlineData("global=1s")]
    public async Task A_session_that_nobody_uses_is_closed(string limit)
    {
        var start = new ProcessStartInfo(
            SshMuxProgram.Path,
            [
                "-v", "-F", server.Sshd.SshConfig, "-o", $"ChannelTimeout={limit}", "x",
                $"echo up; {TestSshd.RunUntilDisconnected}",
            ])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        Assert.Equal("up", await process.StandardOutput.ReadLineAsync(Token));
        var said = await process.StandardError.ReadToEndAsync(Token).WaitAsync(TimeSpan.FromSeconds(30), Token);
        await process.WaitForExitAsync(Token);
        Assert.Equal(255, process.ExitCode);
        Assert.Contains("was not used for 1 seconds (ChannelTimeout)", said, StringComparison.Ordinal);
        Assert.Contains(
            "(session): closing after 1 seconds of inactivity (ChannelTimeout)", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_forwarded_connection_is_closed_when_idle_and_stays_when_used()
    {
        using var echo = new TcpTestServer();
        var port = TestSshd.FreePort();
        await using var master = await TestMaster.StartAsync(
            Peer.SshMux, server.Sshd, "-o", "ChannelTimeout=direct-tcpip=3", "-L", $"{port}:127.0.0.1:{echo.Port}");
        await Wait.UntilAsync(() => IsOpen(port), "the forward listens");
        using var idle = await ConnectAsync(port);
        using var busy = await ConnectAsync(port);
        var end = idle.GetStream().ReadAsync(new byte[1], Token).AsTask();
        do
        {
            await EchoAsync(busy);
            await Task.Delay(50, Token);
        }
        while (!end.IsCompleted);
        Assert.Equal(0, await end);
        await EchoAsync(busy);
        Assert.Equal(0, (await master.RunClientAsync(Peer.OpenSsh, "-O", "check", "x")).ExitCode);
    }

    private static bool IsOpen(int port)
    {
        try
        {
            using var client = new TcpClient();
            client.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static async Task<TcpClient> ConnectAsync(int port)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, Token);
        await EchoAsync(client);
        return client;
    }

    private static async Task EchoAsync(TcpClient client)
    {
        await client.GetStream().WriteAsync("hello"u8.ToArray(), Token);
        await client.GetStream().ReadExactlyAsync(new byte[5], Token);
    }
}
