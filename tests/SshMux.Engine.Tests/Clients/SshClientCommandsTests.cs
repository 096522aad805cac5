using SshMux.Engine.Channels;
using SshMux.Engine.Clients;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Streams;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Clients;

/// <summary>Commands that are run to their end, over whatever login.</summary>
public sealed class SshClientCommandsTests(ClientFixture server) : IClassFixture<ClientFixture>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private SshClient Client => server.Client;

    [Fact]
    public async Task A_command_reads_its_input_and_gives_its_output_its_errors_and_its_status()
    {
        var result = await Client.RunAsync("cat; echo wrong >&2; exit 3", "smørrebrød", Stop);
        Assert.Equal(new CommandOutput(new CommandExit(3), "smørrebrød", "wrong\n"), result);
        Assert.False(result.Succeeded);
        Assert.True((await Client.RunAsync("true", cancellationToken: Stop)).Succeeded);
    }

    [Fact]
    public async Task A_command_without_input_sees_its_end()
    {
        var result = await Client.RunAsync("cat; echo end", cancellationToken: Stop);
        Assert.Equal("end\n", result.Output);
    }

    [Fact]
    public async Task A_command_that_a_signal_ends_has_not_succeeded()
    {
        var result = await Client.RunAsync("kill -TERM $$", cancellationToken: Stop);
        Assert.Equal((null, "TERM", false), (result.Exit.Status, result.Exit.Signal, result.Succeeded));
    }

    [Fact]
    public async Task A_command_need_not_read_all_of_its_input()
    {
        var result = await Client.RunAsync("head -c 3", new string('x', 20_000_000), Stop);
        Assert.Equal((0u, "xxx"), (result.Exit.Status, result.Output));
    }

    [Fact]
    public async Task Who_gives_up_closes_the_session()
    {
        using var cancelled = new CancellationTokenSource();
        var client = new WatchedClient(Client);
        var running = client.RunAsync("echo begun; exec cat", new string('x', 1000), cancelled.Token);
        var process = await client.Started.WaitAsync(TimeSpan.FromSeconds(30), Stop);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);

        // sshd closes it, too, when the program has seen the end of its input.
        await process.Exit.WaitAsync(TimeSpan.FromSeconds(30), Stop);
    }

    [Fact]
    public async Task It_is_the_same_over_a_master()
    {
        using var folder = new TestFolder();
        await using var master = await SshClient.ConnectAsync(
            "x", server.Options with { ControlPath = folder.File("s") }, Stop);
        await using var client = await MuxClient.ConnectAsync(folder.File("s"), Stop);
        var result = await client.RunAsync("cat; echo wrong >&2; exit 3", "in", Stop);
        Assert.Equal(new CommandOutput(new CommandExit(3), "in", "wrong\n"), result);
    }

    [Fact]
    public async Task Whom_and_what_must_be_said()
    {
        await Assert.ThrowsAsync<ArgumentNullException>(() => ((SshClient)null!).RunAsync("x", cancellationToken: Stop));
        await Assert.ThrowsAsync<ArgumentNullException>(() => Client.RunAsync(null!, cancellationToken: Stop));
    }

    /// <summary>Shows what is started over another client.</summary>
    private sealed class WatchedClient(ISshClient inner) : ISshClient
    {
        private readonly TaskCompletionSource<RemoteProcess> _started =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<RemoteProcess> Started => _started.Task;

        public string Name => inner.Name;

        public async Task<RemoteProcess> StartAsync(SessionRequest request, CancellationToken cancellationToken)
        {
            var process = await inner.StartAsync(request, cancellationToken);
            _started.TrySetResult(process);
            return process;
        }

        public Task<DuplexStream> OpenStreamAsync(string host, int port, CancellationToken cancellationToken) =>
            inner.OpenStreamAsync(host, port, cancellationToken);

        public Task<DuplexStream> OpenStreamAsync(string path, CancellationToken cancellationToken) =>
            inner.OpenStreamAsync(path, cancellationToken);

        public Task<int?> OpenForwardAsync(
            Engine.Configuration.Forwards.ForwardSpec spec, CancellationToken cancellationToken) =>
            inner.OpenForwardAsync(spec, cancellationToken);

        public Task CloseForwardAsync(
            Engine.Configuration.Forwards.ForwardSpec spec, CancellationToken cancellationToken) =>
            inner.CloseForwardAsync(spec, cancellationToken);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
