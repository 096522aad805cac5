using System.Text;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Mux.Proxy;
using SshMux.Engine.Mux.Sessions;
using SshMux.Engine.Streams;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Mux.Sessions;

/// <summary>What a master of ours tells of its sessions and forwards (extension "sessions@sshmux").</summary>
public class MuxSessionListTests(MuxSshd server) : IClassFixture<MuxSshd>
{
    private readonly TestSshd _sshd = server.Sshd;

    [Fact]
    public async Task Sessions_of_everybody_are_listed_with_what_they_run()
    {
        await using var master = await OurMaster.StartAsync(_sshd);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        var cat = new SessionRequest { Command = "cat", SessionName = "build" };
        await using var over = await client.StartAsync(cat);
        await using var direct = await master.Master.Connection.StartAsync(
            cat with { SessionName = "direct" }, CancellationToken.None);
        await using var proxy = await MuxProxyTransport.OpenConnectionAsync(master.Path);
        await using var proxied = await proxy.StartAsync(
            new() { Command = "sftp", Subsystem = true }, CancellationToken.None);
        await using var stream = await client.OpenStreamAsync("127.0.0.1", _sshd.Port);
        var ssh = master.SshAsync(["x", "read -r x; exit 3"], "");
        await using var shell = await client.StartAsync(
            new() { Pty = PtyRequest.Unattended("xterm", new TerminalSize(91, 17)) });
        Assert.Equal(3, (await ssh).ExitCode);

        var all = await client.ListSessionsAsync(default);
        Assert.All(all, one => Assert.Equal(((uint)Environment.ProcessId, MuxSessionState.Open), (one.ClientProcessId, one.State)));
        Assert.All(all, one => Assert.InRange(DateTime.UtcNow - one.Asked, TimeSpan.FromSeconds(-1), TimeSpan.FromMinutes(5)));
        Assert.Equal([.. all.Select(one => one.Number).Order()], all.Select(one => one.Number));
        Assert.Equal(
            [
                ("build", MuxSessionKind.Exec, "cat", "", 0u), ("direct", MuxSessionKind.Exec, "cat", "", 0u),
                ("", MuxSessionKind.Subsystem, "sftp", "", 0u),
                ("", MuxSessionKind.StdioForward, $"127.0.0.1:{_sshd.Port}", "", 0u),
                ("", MuxSessionKind.Shell, "", "xterm", 91u),
            ],
            all.Select(one => (one.Name, one.Kind, one.Command, one.Term, one.Columns)));

        await over.StandardInput.DisposeAsync();
        Assert.Equal(0u, (await over.Exit).Status);
        await direct.DisposeAsync();
        await proxied.DisposeAsync();
        await stream.DisposeAsync();
        await shell.DisposeAsync();
        await Eventually.TrueAsync(() => master.Master.SessionTable.All.Count == 0, "no session is listed any more");
    }

    [Fact]
    public async Task A_client_of_ssh_is_listed_with_its_process_and_bytes_and_gets_a_number()
    {
        await using var master = await OurMaster.StartAsync(_sshd);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        using var held = new TestFolder();
        var go = held.File("go");
        var ssh = master.SshAsync(["x", $"cat; printf 12345; until [ -e {go} ]; do sleep 0.05; done"], "0123456789");
        MuxSessionDescription? one = null;
        await Eventually.TrueAsync(
            () =>
            {
                one = client.ListSessionsAsync(default).GetAwaiter().GetResult().SingleOrDefault();
                return one is { Received: 15 };
            },
            "all has gone through");
        Assert.Equal((1u, "", 10ul, 15ul), (one!.Number, one.Name, one.Sent, one.Received));
        Assert.NotEqual((uint)Environment.ProcessId, one.ClientProcessId);
        Assert.True(Directory.Exists($"/proc/{one.ClientProcessId}"));
        await File.WriteAllTextAsync(go, "");
        Assert.Equal(0, (await ssh).ExitCode);
        await Eventually.TrueAsync(() => master.Master.SessionTable.All.Count == 0, "it is listed no more");
    }

    [Fact]
    public async Task A_session_that_waits_for_the_masters_user_is_listed_as_waiting()
    {
        var asked = new TaskCompletionSource();
        var answer = new TaskCompletionSource<bool>();
        await using var master = await OurMaster.StartAsync(_sshd, new()
        {
            AskPermission = (_, _) =>
            {
                asked.SetResult();
                return answer.Task;
            },
        });
        await using var client = await MuxClient.ConnectAsync(master.Path);
        var starting = client.StartAsync(new() { Command = "true" });
        await asked.Task;
        var one = Assert.Single(await client.ListSessionsAsync(default));
        Assert.Equal((MuxSessionState.Waiting, "true"), (one.State, one.Command));
        answer.SetResult(false);
        await Assert.ThrowsAsync<SshException>(() => starting);
        Assert.Empty(await client.ListSessionsAsync(default));
    }

    [Fact]
    public async Task More_sessions_than_one_message_carries_are_all_listed()
    {
        await using var master = await OurMaster.StartAsync(_sshd);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        var long_command = Encoding.UTF8.GetBytes(new string('x', 1000));
        for (var i = 0; i < 1000; i++) master.Master.SessionTable.Add(new() { Command = long_command }, new NoSession());
        var all = await client.ListSessionsAsync(default);
        Assert.Equal(Enumerable.Range(1, 1000).Select(number => (uint)number), all.Select(one => one.Number));
        Assert.Equal(1000, all[999].Command.Length);
    }

    [Fact]
    public async Task Forwards_are_listed_whoever_asked_for_them_with_connections_and_bytes()
    {
        await using var master = await OurMaster.StartAsync(_sshd);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        using var echo = new TcpTestServer();
        var local = ForwardSpec.ParseLocal($"127.0.0.1:0:127.0.0.1:{echo.Port}");
        var port = await client.OpenForwardAsync(local);
        await master.Master.OpenForwardAsync(ForwardSpec.ParseDynamic("127.0.0.1:0"));
        var remote = await client.OpenForwardAsync(ForwardSpec.ParseRemote($"127.0.0.1:0:127.0.0.1:{echo.Port}"));
        await EchoAsync(port!.Value, 1000);
        await EchoAsync(port.Value, 24);
        await EchoAsync(remote!.Value, 77);
        IReadOnlyList<MuxForwardDescription> all = [];
        await Eventually.TrueAsync(
            () =>
            {
                all = client.ListForwardsAsync(default).GetAwaiter().GetResult();
                return all.All(one => one.Connections == 0);
            },
            "the connections have ended");
        Assert.Equal([1u, 2u, 3u], all.Select(one => one.Number));
        Assert.Equal((local, (uint)port.Value, 2u), (all[0].Forward.ToSpec(), all[0].Port, all[0].TotalConnections));
        Assert.Equal((1024ul, 1024ul), (all[0].Sent, all[0].Received));
        Assert.Equal((0u, 0ul), (all[1].TotalConnections, all[1].Sent));
        Assert.Equal(((uint)remote.Value, 1u, 77ul, 77ul), (all[2].Port, all[2].TotalConnections, all[2].Sent, all[2].Received));
        await client.CloseForwardAsync(local);
        Assert.Equal([2u, 3u], (await client.ListForwardsAsync(default)).Select(one => one.Number));
    }

    [Fact]
    public async Task A_master_of_ssh_is_not_asked()
    {
        await using var master = await RealMaster.StartAsync(_sshd);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        Assert.False(await client.TellsSessionsAsync(default));
        foreach (var ask in new Func<Task>[]
        {
            () => client.ListSessionsAsync(default), () => client.ListForwardsAsync(default),
            () => client.SignalSessionAsync("1", "TERM", default), () => client.CloseSessionAsync("1", default),
            () => client.RenameSessionAsync("1", "a", default), () => MuxSessionWatch.StartAsync(client, "", default),
        })
        {
            Assert.Equal(SshError.NotSupported, (await Assert.ThrowsAsync<SshException>(ask)).Error);
        }

        // A name is for those who have a list.
        await using var named = await client.StartAsync(new() { Command = "exit 4", SessionName = "build" });
        Assert.Equal(4u, (await named.Exit).Status);
    }

    private static async Task EchoAsync(int port, int count)
    {
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(System.Net.IPAddress.Loopback, port);
        var stream = client.GetStream();
        await stream.WriteAsync(new byte[count]);
        await stream.ReadExactlyAsync(new byte[count]);
    }

    private sealed class NoSession : IMuxTrackedSession
    {
        public MuxSessionState State => MuxSessionState.Open;

        public TerminalSize? TerminalSize => null;

        public Task<bool> SignalAsync(string name) => Task.FromResult(false);

        public void Close(SshException reason)
        {
        }
    }
}
