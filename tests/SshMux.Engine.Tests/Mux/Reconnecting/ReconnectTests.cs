using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Mux.Master;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Mux.Proxy;
using SshMux.Engine.Streams;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Mux.Reconnecting;

/// <summary>Masters whose connection is cut, and that make it again (SshMuxReconnect).</summary>
public sealed class ReconnectTests(MuxSshd server) : IClassFixture<MuxSshd>
{
    private static readonly Reconnection Always = new(null, TimeSpan.FromSeconds(30));

    private readonly List<MuxNotice> _told = [];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private MuxNotice[] Told
    {
        get { lock (_told) return [.. _told]; }
    }

    [Fact]
    public async Task What_ran_ends_with_the_reason_and_what_comes_runs_over_the_next_connection()
    {
        await using var sshd = await MuxSshd.StartAsync();
        await using var master = await StartAsync(sshd, Always);
        await using var running = await CatAsync(master);
        using var ssh = Process.Start(new ProcessStartInfo("ssh", [.. master.SshOptions, "x", "echo up; cat"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Assert.Equal("up", await ssh.StandardOutput.ReadLineAsync(Stop));

        sshd.KillConnections();
        var reason = await Assert.ThrowsAsync<SshException>(() => running.Exit);
        Assert.Equal(SshError.ConnectionLost, reason.Error);
        await ssh.WaitForExitAsync(Stop);
        Assert.Equal(255, ssh.ExitCode);

        // Both at once, whoever asks; they wait for the next connection.
        var theirs = master.SshAsync(["x", "cat; exit 3"], "theirs");
        await using var ours = await CatAsync(master);
        await ours.StandardInput.DisposeAsync();
        Assert.Equal(0u, (await ours.Exit).Status);
        Assert.Equal((3, "theirs"), ((await theirs).ExitCode, (await theirs).Output));
        await Eventually.TrueAsync(() => Told.Length == 2, "both are told");
        Assert.Equal([MuxNoticeKind.ConnectionTrouble, MuxNoticeKind.ConnectionRestored], Told.Select(notice => notice.Kind));
        Assert.Equal($"{reason.Message}; the master connects again", Told[0].Text);
        Assert.Null(master.Master.Shared.Lost);
        Assert.False(master.Ended.IsCompleted);
    }

    [Fact]
    public async Task Forwards_stay_where_they_are()
    {
        await using var sshd = await MuxSshd.StartAsync();
        await using var master = await StartAsync(sshd, Always);
        using var target = new TcpListener(IPAddress.Loopback, 0);
        target.Start();
        var port = ((IPEndPoint)target.LocalEndpoint).Port;
        var local = (await master.Master.OpenForwardAsync(Forward("-L", $"0:127.0.0.1:{port}"), Stop))!.Value;
        var socks = (await master.Master.OpenForwardAsync(Forward("-D", "0"), Stop))!.Value;
        var remote = (await master.Master.OpenForwardAsync(Forward("-R", $"0:127.0.0.1:{port}"), Stop))!.Value;
        var before = master.Master.ForwardTable.Describe();

        for (var cut = 0; cut < 3; cut++)
        {
            sshd.KillConnections();

            // The local one takes connections meanwhile; the remote one only when the server listens again.
            await ExpectCarriedAsync(target, local);
            await Eventually.TrueAsync(() => Listens(remote), "the server listens again");
            await ExpectCarriedAsync(target, remote);
            await ExpectCarriedAsync(target, socks, [5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, (byte)(port >> 8), (byte)port], 12);
        }

        var after = master.Master.ForwardTable.Describe();
        Assert.Equal(
            before.Select(forward => (forward.Number, forward.Port, forward.Opened)),
            after.Select(forward => (forward.Number, forward.Port, forward.Opened)));
        Assert.All(after, forward => Assert.Equal(3u, forward.TotalConnections));
        Assert.True(await master.Master.CloseForwardAsync(Forward("-R", $"0:127.0.0.1:{port}")));
        await Eventually.TrueAsync(() => !Listens(remote), "the server listens no more");
    }

    [Fact]
    public async Task A_forward_that_the_server_does_not_open_again_is_lost_and_that_is_said()
    {
        await using var sshd = await MuxSshd.StartAsync();
        var mayReturn = new TaskCompletionSource();
        await using var master = await StartAsync(sshd, Always, async stop =>
        {
            await mayReturn.Task.WaitAsync(stop);
            return await OurMaster.ConnectAsync(sshd, stop);
        });
        var port = (await master.Master.OpenForwardAsync(Forward("-R", "0:127.0.0.1:9"), Stop))!.Value;
        sshd.KillConnections();
        await Eventually.TrueAsync(() => !Listens(port), "the server listens no more");
        using var other = new TcpListener(IPAddress.IPv6Any, port);
        other.Server.DualMode = true;
        other.Start();
        mayReturn.SetResult();
        await Eventually.TrueAsync(() => Told.Length == 3, "it is told");
        Assert.Equal(MuxNoticeKind.ForwardFailed, Told[^1].Kind);
        Assert.StartsWith("remote port forwarding failed for listen port ", Told[^1].Text, StringComparison.Ordinal);
        Assert.Empty(master.Master.Forwards);
    }

    [Fact]
    public async Task What_waits_too_long_is_refused_and_told_why()
    {
        await using var master = await StartAsync(
            server.Sshd, new Reconnection(null, TimeSpan.FromMilliseconds(300)), NeverAsync);
        Cut(master);
        var e = await Assert.ThrowsAsync<SshException>(() => CatAsync(master));
        Assert.Equal(SshError.ConnectionLost, e.Error);
        Assert.Equal("cut; the connection was not made again within 0.3 s (SshMuxReconnect)", e.Message);
        e = await Assert.ThrowsAsync<SshException>(
            () => master.Master.OpenForwardAsync(Forward("-R", "0:127.0.0.1:9"), Stop));
        Assert.EndsWith("within 0.3 s (SshMuxReconnect)", e.Message, StringComparison.Ordinal);

        // ssh connects by itself then, as from a master that refuses; here it cannot.
        Assert.Equal(255, (await master.SshAsync("x", "true")).ExitCode);
        Assert.Equal(0, (await master.SshAsync("-O", "check", "x")).ExitCode);
        Assert.Equal("cut", master.Master.Shared.Lost?.Message);
    }

    [Fact]
    public async Task Who_waits_may_give_up()
    {
        await using var master = await StartAsync(server.Sshd, Always, NeverAsync);
        Cut(master);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var starting = master.Master.Shared.StartAsync(new SessionRequest { Command = "true" }, stop.Token);
        await Eventually.TrueAsync(() => master.Master.Shared.Lost is not null, "the loss is seen");
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting);
    }

    [Fact]
    public async Task A_master_that_is_stopped_meanwhile_ends_at_once()
    {
        var master = await StartAsync(server.Sshd, Always, NeverAsync);
        Cut(master);
        var starting = CatAsync(master);
        await Eventually.TrueAsync(() => master.Master.Shared.Lost is not null, "the loss is seen");
        await master.DisposeAsync();
        Assert.Equal("the master was stopped", (await master.Master.Ended).Message);
        Assert.Equal("the master was stopped", (await Assert.ThrowsAsync<SshException>(() => starting)).Message);
    }

    [Fact]
    public async Task A_master_that_nobody_uses_meanwhile_ends_in_its_time()
    {
        await using var master = await StartAsync(server.Sshd, Always, NeverAsync, idleLimit: TimeSpan.FromMilliseconds(300));
        Cut(master);
        var reason = await master.Master.Ended.WaitAsync(TimeSpan.FromSeconds(30), Stop);
        Assert.StartsWith("nobody used the master", reason.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_login_that_is_refused_is_the_end_and_the_reason_says_both()
    {
        await using var sshd = await MuxSshd.StartAsync();
        await using var master = await StartAsync(sshd, Always);
        File.WriteAllText(sshd.AuthorizedKeys, "");
        sshd.KillConnections();
        var waiting = CatAsync(master);
        var reason = await master.Master.Ended.WaitAsync(TimeSpan.FromSeconds(30), Stop);
        Assert.Equal(SshError.AuthenticationFailed, reason.Error);
        Assert.Contains("; cannot log in again: ", reason.Message, StringComparison.Ordinal);
        Assert.Contains("Permission denied", reason.Message, StringComparison.Ordinal);
        Assert.Equal(reason.Message, (await Assert.ThrowsAsync<SshException>(() => waiting)).Message);
        Assert.Equal($"the master ends: {reason.Message}", Told[^1].Text);
    }

    [Fact]
    public async Task Another_host_key_is_the_end()
    {
        await using var sshd = await MuxSshd.StartAsync();
        await using var master = await StartAsync(sshd, Always);
        var known = File.ReadAllText(sshd.KnownHosts);
        var other = await File.ReadAllTextAsync($"{server.Sshd.UserKey}.pub", Stop);
        var host = known.Split(' ')[0];
        File.WriteAllText(sshd.KnownHosts, $"{host} {string.Join(' ', other.Split(' ')[..2])}\n");
        sshd.KillConnections();
        var reason = await master.Master.Ended.WaitAsync(TimeSpan.FromSeconds(30), Stop);
        Assert.Equal(SshError.HostKeyChanged, reason.Error);
        Assert.Contains("; cannot log in again: ", reason.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Clients_in_proxy_mode_end_with_the_connection_that_they_spoke_over()
    {
        await using var sshd = await MuxSshd.StartAsync();
        await using var master = await StartAsync(sshd, Always);
        await using (var proxied = await MuxProxyTransport.OpenConnectionAsync(master.Path, cancellationToken: Stop))
        {
            await using var cat = await proxied.StartAsync(new SessionRequest { Command = "cat" }, Stop);
            sshd.KillConnections();
            await proxied.Ended.WaitAsync(TimeSpan.FromSeconds(30), Stop);
            await Assert.ThrowsAsync<SshException>(() => cat.Exit);
        }

        await using var again = await MuxProxyTransport.OpenConnectionAsync(master.Path, cancellationToken: Stop);
        await using var next = await again.StartAsync(new SessionRequest { Command = "exit 5" }, Stop);
        Assert.Equal(5u, (await next.Exit).Status);
    }

    [Fact]
    public async Task A_stdio_forward_waits_too()
    {
        await using var sshd = await MuxSshd.StartAsync();
        await using var master = await StartAsync(sshd, Always);
        sshd.KillConnections();
        var result = await master.SshAsync("-W", $"127.0.0.1:{sshd.Port}", "x");
        Assert.StartsWith("SSH-2.0-OpenSSH", result.Output, StringComparison.Ordinal);
        await using var client = await MuxClient.ConnectAsync(master.Path, Stop);
        sshd.KillConnections();
        await using var stream = await client.OpenStreamAsync("127.0.0.1", sshd.Port, Stop);
        var text = new byte[15];
        await stream.ReadExactlyAsync(text, Stop);
        Assert.Equal("SSH-2.0-OpenSSH"u8, text);
    }

    private static Task<SshConnection> NeverAsync(CancellationToken stop) =>
        Task.Delay(Timeout.Infinite, stop).ContinueWith<SshConnection>(
            _ => throw new OperationCanceledException(stop), CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private static void Cut(OurMaster master) =>
        master.Master.Connection.Close(new SshException(SshError.ConnectionLost, "cut"));

    private static ForwardSpec Forward(string kind, string text) => ForwardSpecParser.Parse(
        kind switch { "-L" => ForwardKind.Local, "-R" => ForwardKind.Remote, _ => ForwardKind.Dynamic }, text);

    private static Task<RemoteProcess> CatAsync(OurMaster master) =>
        master.Master.Shared.StartAsync(new SessionRequest { Command = "cat" }, Stop);

    private static bool Listens(int port)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $":{port:X4} 00000000:0000 0A");
        return File.ReadLines("/proc/net/tcp").Any(entry => entry.Contains(line, StringComparison.Ordinal));
    }

    private static async Task ExpectCarriedAsync(TcpListener target, int port, byte[]? first = null, int answer = 0)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, Stop);
        await using var stream = client.GetStream();
        if (first is not null)
        {
            await stream.WriteAsync(first, Stop);
            await stream.ReadExactlyAsync(new byte[answer], Stop);
        }

        using var accepted = await target.AcceptTcpClientAsync(Stop);
        await stream.WriteAsync("there"u8.ToArray(), Stop);
        var there = new byte[5];
        await accepted.GetStream().ReadExactlyAsync(there, Stop);
        Assert.Equal("there"u8, there);
    }

    private async Task<OurMaster> StartAsync(
        TestSshd sshd,
        Reconnection policy,
        Func<CancellationToken, Task<SshConnection>>? logInAgain = null,
        TimeSpan? idleLimit = null)
    {
        var master = await OurMaster.StartAsync(sshd, new MuxMasterOptions
        {
            Reconnection = policy,
            LogInAgain = logInAgain ?? (stop => OurMaster.ConnectAsync(sshd, stop)),
            IdleLimit = idleLimit,
        });
        master.Master.Notices.Told += notice =>
        {
            lock (_told) _told.Add(notice);
        };
        return master;
    }
}
