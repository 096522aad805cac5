using System.Collections.Concurrent;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Forwarding;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Mux.Master;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Mux.Proxy;
using SshMux.Engine.Platform;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Mux.Master;

/// <summary>A master that asks its user first (ControlMaster ask).</summary>
public sealed class MuxPermissionTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TestFolder _folder = new();
    private readonly ConcurrentQueue<string> _questions = [];

    private string Path => _folder.File("s");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_the_user_denies_is_not_done_and_the_client_learns_it()
    {
        await using var master = await StartAsync((_, _) => Task.FromResult(false));
        await using var client = await MuxClient.ConnectAsync(Path);
        await ExpectDeniedAsync(() => client.StartAsync(new SessionRequest { Command = "true" }));
        await ExpectDeniedAsync(() => client.StartAsync(new SessionRequest { Command = "sftp", Subsystem = true }));
        await ExpectDeniedAsync(() => client.OpenStreamAsync("host", 22));
        using var nothing = DescriptorHandle.Open("/dev/null", FileAccess.ReadWrite);
        await ExpectDeniedAsync(() => client.OpenStdioForwardAsync("/path", nothing, nothing));
        await ExpectDeniedAsync(() => client.OpenForwardAsync(ForwardSpec.ParseLocal("4711:host:22")));
        await ExpectDeniedAsync(() => client.OpenForwardAsync(ForwardSpec.ParseLocal("a:4711:host:22")));
        await ExpectDeniedAsync(() => client.OpenForwardAsync(ForwardSpec.ParseRemote("4711:host:22")));
        await ExpectDeniedAsync(() => client.OpenForwardAsync(ForwardSpec.ParseDynamic("4711")));
        await ExpectDeniedAsync(client.TerminateAsync);
        await ExpectDeniedAsync(client.StopListeningAsync);
        await ExpectDeniedAsync(() => MuxProxyTransport.OpenConnectionAsync(Path));
        Assert.Equal(
            [
                "Allow shared connection to host.example? ", "Allow shared connection to host.example? ",
                "Allow forward to [host]:22? ", "Allow forward to path /path",
                "Open local forward LOCALHOST:4711 -> host:22 on host.example?",
                "Open local forward a:4711 -> host:22 on host.example?",
                "Open remote forward LOCALHOST:4711 -> host:22 on host.example?",
                "Open dynamic forward LOCALHOST:4711 -> * on host.example?",
                "Terminate shared connection to host.example? ", "Disable further multiplexing on shared "
                + "connection to host.example? ", "Allow multiplex proxy connection?",
            ],
            _questions);
        Assert.Equal(Environment.ProcessId, await client.CheckAliveAsync());
        Assert.Equal(0, master.Connection.ChannelCount);
    }

    [Fact]
    public async Task A_question_that_cannot_be_asked_ends_its_client_and_nobody_else()
    {
        var master = await StartAsync((question, _) => question.Contains("x.invalid", StringComparison.Ordinal)
            ? Task.FromResult(true)
            : throw new InvalidOperationException("no window"));
        await using var good = await MuxClient.ConnectAsync(Path);
        await good.OpenForwardAsync(ForwardSpec.ParseLocal($"{_folder.File("f")}:x.invalid:1"));
        foreach (var attempt in (Func<MuxClient, Task>[])
        [
            client => client.StartAsync(new SessionRequest { Command = "true" }),
            client => client.OpenStreamAsync("host", 22),
            client => client.OpenForwardAsync(ForwardSpec.ParseLocal("4711:host:22")),
            client => client.StopListeningAsync(),
        ])
        {
            await using var client = await MuxClient.ConnectAsync(Path);
            var failure = await Assert.ThrowsAsync<SshException>(() => attempt(client).WaitAsync(Patience));
            Assert.Equal(SshError.MasterGone, failure.Error);
        }

        Assert.Equal(Environment.ProcessId, await good.CheckAliveAsync());
        Assert.Equal(0, master.Connection.ChannelCount);
        await master.DisposeAsync().AsTask().WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.False(File.Exists(_folder.File("f")));
    }

    [Fact]
    public async Task What_the_user_allows_is_done_and_an_open_forward_is_not_asked_for_again()
    {
        var port = TestSshd.FreePort();
        await using var master = await StartAsync((_, _) => Task.FromResult(true), gatewayPorts: true);
        await using var client = await MuxClient.ConnectAsync(Path);
        var forward = ForwardSpec.ParseDynamic($"{port}");
        await client.OpenForwardAsync(forward);
        await client.OpenForwardAsync(forward);
        await client.CloseForwardAsync(forward);
        await using (var stream = await client.OpenStreamAsync("host", 22))
        {
            await stream.WriteAsync("echo"u8.ToArray());
            await stream.ReadExactlyAsync(new byte[4]);
        }

        await client.TerminateAsync();
        await master.Ended.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(
            [
                $"Open dynamic forward *:{port} -> * on host.example?", "Allow forward to [host]:22? ",
                "Terminate shared connection to host.example? ",
            ],
            _questions);
    }

    [Fact]
    public async Task Questions_come_one_at_a_time_and_go_with_their_clients()
    {
        var cancelled = 0;
        await using var master = await StartAsync(async (_, stop) =>
        {
            await using var registered = stop.Register(() => Interlocked.Increment(ref cancelled));
            await Task.Delay(-1, stop);
            return true;
        });
        using var first = await AskForAsync("first");
        await Eventually.TrueAsync(() => _questions.Count == 1, "the first question is asked");
        using var second = await AskForAsync("second");
        using var third = await AskForAsync("third");
        second.Dispose();
        Assert.Equal(0, cancelled);
        Assert.Single(_questions);
        first.Dispose();
        await Eventually.TrueAsync(
            () => _questions.Contains("Allow forward to [third]:22? "), "the third client's question is asked");

        // The second one's may have come up for a moment.
        await Eventually.TrueAsync(() => cancelled == _questions.Count - 1, "the others are withdrawn");

        // The end of the master answers what is left.
        await master.StopAsync();
        await Eventually.TrueAsync(() => cancelled == _questions.Count, "the last question goes with the master");
    }

    [Theory]
    [InlineData("terminate")]
    [InlineData("stop")]
    [InlineData("proxy")]
    [InlineData("forward")]
    public async Task A_question_about_any_request_goes_with_its_client(string kind)
    {
        MuxRequest request = kind switch
        {
            "terminate" => new MuxTerminate(1),
            "stop" => new MuxStopListening(1),
            "proxy" => new MuxProxyRequest(1),
            _ => new MuxOpenForward(1, new MuxForward(MuxForwardType.Dynamic, "", 1, "", 0)),
        };
        var cancelled = 0;
        await using var master = await StartAsync(async (_, stop) =>
        {
            await using var registered = stop.Register(() => Interlocked.Increment(ref cancelled));
            await Task.Delay(-1, stop);
            return true;
        });
        var client = await RawClient.GreetAsync(Path);
        await client.Messages.SendAsync(request);
        await Eventually.TrueAsync(() => _questions.Count == 1, "the question is asked");
        Assert.Equal(0, cancelled);
        client.Dispose();
        await Eventually.TrueAsync(() => cancelled == 1, "the question is withdrawn");
        using var next = await AskForAsync("next");
        await Eventually.TrueAsync(() => _questions.Count == 2, "the next question is asked");
        Assert.False(master.Ended.IsCompleted);
    }

    private async Task<RawClient> AskForAsync(string host)
    {
        using var nothing = DescriptorHandle.Open("/dev/null", FileAccess.ReadWrite);
        var client = await RawClient.GreetAsync(Path);
        await client.Messages.SendAsync(new MuxNewStdioForward(1, host, 22), nothing, nothing);
        return client;
    }

    private async Task ExpectDeniedAsync(Func<Task> ask)
    {
        var e = await Assert.ThrowsAsync<SshException>(() => ask().WaitAsync(Patience));
        Assert.Equal((SshError.MuxRefused, "the master's user refused: Permission denied"), (e.Error, e.Message));
    }

    private Task ExpectDeniedAsync(Func<CancellationToken, Task> ask) => ExpectDeniedAsync(() => ask(default));

    private Task<MuxMaster> StartAsync(Func<string, CancellationToken, Task<bool>> ask, bool gatewayPorts = false) =>
        MuxMaster.StartAsync(EchoServer.Connect(), new MuxMasterOptions
        {
            ControlPath = Path,
            HostName = "host.example",
            Forwards = new ForwardOptions { GatewayPorts = gatewayPorts },
            AskPermission = (question, stop) =>
            {
                _questions.Enqueue(question);
                return ask(question, stop);
            },
        });
}
