using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Microsoft.Extensions.Logging.Abstractions;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Connecting;
using SshMux.Engine.Tests.Authentication;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Connecting;

/// <summary>Connections that do not come about, in what time, and what is said of them.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class ConnectFailureTests(SharedSshd shared) : ConnectorTestBase(shared)
{
    [Fact]
    public async Task A_host_that_does_not_exist_is_named()
    {
        var error = await FailAsync(NoInteraction.Instance, "HostName=no-such-host.invalid");
        Assert.Equal(SshError.HostNotFound, error.Error);
        Assert.StartsWith("Could not resolve hostname no-such-host.invalid: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_where_nobody_listens_is_named()
    {
        var port = TestSshd.FreePort();
        var error = await FailAsync(NoInteraction.Instance, "HostName=127.0.0.1", $"Port={port}");
        Assert.Equal(SshError.ConnectionRefused, error.Error);
        Assert.StartsWith(
            $"connect to host 127.0.0.1 port {port}: Connection refused; ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_says_nothing_runs_into_the_time_limit()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var watch = Stopwatch.StartNew();
        var error = await FailAsync(NoInteraction.Instance, "HostName=127.0.0.1", $"Port={port}", "ConnectTimeout=1");
        Assert.Equal(SshError.ConnectionTimeout, error.Error);
        Assert.Contains(
            $"Connection timed out during banner exchange: Connection to 127.0.0.1 port {port} timed out; no SSH server " +
            "answered within the ConnectTimeout of 1 seconds: is it the right port", error.Message, StringComparison.Ordinal);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_host_that_does_not_answer_runs_into_the_time_limit_whatever_ConnectionAttempts_says()
    {
        using var silent = await SilentListener.StartAsync(IPAddress.Loopback);
        var watch = Stopwatch.StartNew();
        var error = await FailAsync(
            NoInteraction.Instance, "HostName=127.0.0.1", $"Port={silent.EndPoint.Port}", "ConnectTimeout=1",
            "ConnectionAttempts=5");
        Assert.Equal(SshError.ConnectionTimeout, error.Error);
        Assert.StartsWith(
            $"connect to host 127.0.0.1 port {silent.EndPoint.Port}: Connection timed out; there was no answer " +
            "within the ConnectTimeout of 1 seconds: is the host up", error.Message, StringComparison.Ordinal);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_ProxyCommand_that_says_nothing_runs_into_the_time_limit_and_is_named()
    {
        var error = await FailAsync(
            NoInteraction.Instance, "HostName=127.0.0.1", "ProxyCommand=sleep 60", "ConnectTimeout=1");
        Assert.Equal(SshError.ConnectionTimeout, error.Error);
        Assert.Contains("ProxyCommand 'sleep 60'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_time_limit_does_not_count_while_the_user_looks_at_the_host_key()
    {
        await StartAsync();
        // Wide enough for a busy machine to shake hands within the limit.
        var user = new SlowInteraction(TimeSpan.FromSeconds(6));
        await using var connection = await ConnectAsync(
            user, "ConnectTimeout=5", "StrictHostKeyChecking=ask", $"UserKnownHostsFile={Folder.File("new")}");
        Assert.Equal("hi", await RunAsync(connection, "echo hi"));
    }

    [Fact]
    public async Task Connecting_can_be_cancelled()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var config = await LoadAsync("HostName=127.0.0.1", $"Port={port}");
        using var cancel = new CancellationTokenSource();
        var connecting = SshConnector.ConnectAsync(config, NoInteraction.Instance, NullLogger.Instance, cancel.Token);
        using var accepted = await listener.AcceptSocketAsync(Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);

        // Nothing is left behind: the socket is closed.
        var buffer = new byte[1000];
        while (await accepted.ReceiveAsync(buffer, Token) > 0)
        {
        }
    }
}
