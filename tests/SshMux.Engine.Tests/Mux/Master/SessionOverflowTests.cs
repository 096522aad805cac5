using System.Diagnostics;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Mux.Master;
using SshMux.Engine.Streams;
using SshMux.Engine.Tests.Authentication;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Mux.Master;

/// <summary>Masters of which more sessions are wanted than sshd allows (MaxSessions).</summary>
public sealed class SessionOverflowTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Five_hundred_commands_at_once_all_run_in_the_order_of_asking()
    {
        await using var sshd = await MuxSshd.StartAsync("MaxSessions 10");
        await using var master = await OurMaster.StartAsync(sshd);
        List<int> opened = [];
        var results = await Task.WhenAll(Enumerable.Range(0, 500).Select(RunInOrderAsync));
        Assert.Equal(Enumerable.Range(0, 500).Select(i => (uint?)(i % 200)), results);
        Assert.Equal(Enumerable.Range(0, 500), opened);
        await master.ExpectNothingLeftAsync();

        async Task<uint?> RunInOrderAsync(int i)
        {
            var program = new OpenedInOrder(() => opened.Add(i));
            var channel = await master.Master.Shared.OpenSessionAsync(program, Stop);
            await channel.StartProgramAsync(new SessionRequest { Command = $"exit {i % 200}" });
            await program.Closed;
            return channel.Exit?.Status;
        }
    }

    [Fact]
    public async Task Five_hundred_sessions_of_clients_at_once_all_run()
    {
        await using var sshd = await MuxSshd.StartAsync("MaxSessions 10");
        await using var master = await OurMaster.StartAsync(sshd);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        var results = await Task.WhenAll(Enumerable.Range(0, 500).Select(i => RunAsync(
            client.StartAsync(new SessionRequest { Command = $"exit {i % 200}" }, Stop))));
        Assert.Equal(Enumerable.Range(0, 500).Select(i => (uint?)(i % 200)), results);
        await master.ExpectNothingLeftAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task The_systems_ssh_sees_a_slower_answer_and_no_more(int limit)
    {
        await using var sshd = await MuxSshd.StartAsync($"MaxSessions {limit}");
        await using var master = await OurMaster.StartAsync(sshd);
        var results = await Task.WhenAll(
            Enumerable.Range(0, 30).Select(i => master.SshAsync(["x", $"cat; exit {i}"], $"{i}\n")));
        Assert.Equal(
            Enumerable.Range(0, 30).Select(i => (i, $"{i}\n", "")),
            results.Select(result => (result.ExitCode, result.Output, result.ErrorOutput)));
        await master.ExpectNothingLeftAsync();
    }

    [Fact]
    public async Task Who_waits_in_vain_hears_why_and_what_can_be_done_and_ssh_falls_back()
    {
        await using var sshd = await MuxSshd.StartAsync("MaxSessions 1");
        await using var master = await StartAsync(sshd, new(SessionOverflowMode.Queue, TimeSpan.FromSeconds(1), 0));
        await using var running = await master.Master.Shared.StartAsync(new SessionRequest { Command = "cat" }, Stop);
        var second = await ProcessResult.RunAsync(
            "ssh", ["-F", sshd.SshConfig, "-S", master.Path, "-tt", "x", "echo alone"]);
        Assert.Equal((0, "alone\r\n"), (second.ExitCode, second.Output));
        Assert.Matches(
            "Session open refused by peer: the server refused to open a session \\(connect failed: open failed\\); "
            + "waited [0-9]+ s for another session to end; raise MaxSessions",
            second.ErrorOutput);
    }

    [Fact]
    public async Task Somebody_at_a_terminal_is_told_what_he_waits_for()
    {
        await using var sshd = await MuxSshd.StartAsync("MaxSessions 1");
        await using var master = await OurMaster.StartAsync(sshd);
        var running = await master.Master.Shared.StartAsync(new SessionRequest { Command = "cat" }, Stop);
        using var waiting = StartSsh(master, "-tt", "echo here");
        Assert.Matches(
            "sshmux: the server refused to open a session .*: waiting for another session to end",
            await waiting.StandardError.ReadLineAsync(Stop));
        await running.DisposeAsync();
        Assert.Equal("here", await waiting.StandardOutput.ReadLineAsync(Stop));
        await waiting.WaitForExitAsync(Stop);
    }

    [Fact]
    public async Task A_client_that_goes_while_it_waits_leaves_the_queue_and_one_that_asks_is_answered()
    {
        await using var sshd = await MuxSshd.StartAsync("MaxSessions 1");
        await using var master = await OurMaster.StartAsync(sshd);
        var sessions = master.Master.Shared;
        var running = await sessions.StartAsync(new SessionRequest { Command = "cat" }, Stop);
        using var waiting = StartSsh(master, "echo never");
        await Eventually.TrueAsync(() => sessions.ChannelCount == 2, "the second one waits");
        var next = sessions.StartAsync(new SessionRequest { Command = "exit 3" }, Stop);
        Assert.Equal(3, sessions.ChannelCount);

        waiting.Kill();
        await Eventually.TrueAsync(() => sessions.ChannelCount == 2, "it has left");
        Assert.Equal(0, (await master.SshAsync("-O", "check", "x")).ExitCode);
        await running.DisposeAsync();
        Assert.Equal(3u, await RunAsync(next));
        await master.ExpectNothingLeftAsync();
    }

    [Fact]
    public async Task A_master_ends_with_its_last_session_and_not_while_one_waits()
    {
        await using var sshd = await MuxSshd.StartAsync("MaxSessions 1");
        await using var master = await OurMaster.StartAsync(sshd);
        var sessions = master.Master.Shared;
        var running = await sessions.StartAsync(new SessionRequest { Command = "cat" }, Stop);
        var next = sessions.StartAsync(new SessionRequest { Command = "exit 3" }, Stop);
        master.Master.StopListening();
        await running.DisposeAsync();
        Assert.Equal(3u, await RunAsync(next));
        await master.Ended.WaitAsync(TimeSpan.FromSeconds(30), Stop);
    }

    private static Task<OurMaster> StartAsync(TestSshd sshd, SessionOverflow overflow, ListLogger? logger = null) =>
        OurMaster.StartAsync(sshd, new MuxMasterOptions
        {
            Overflow = overflow,
            LogInAgain = stop => OurMaster.ConnectAsync(sshd, stop),
            Logger = logger ?? new ListLogger(),
        });

    private static async Task<uint?> RunAsync(Task<RemoteProcess> starting)
    {
        await using var process = await starting;
        return (await process.Exit).Status;
    }

    private static Process StartSsh(OurMaster master, params string[] arguments)
    {
        var start = new ProcessStartInfo("ssh", [.. master.SshOptions, .. arguments[..^1], "x", arguments[^1]])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(start)!;
    }

    /// <summary>Tells when its session is opened, on the receive loop.</summary>
    private sealed class OpenedInOrder(Action onOpened) : IChannelHandler
    {
        private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Closed => _closed.Task;

        public void OnOpened(Channel channel) => onOpened();

        public void OnData(ReadOnlySpan<byte> data)
        {
        }

        public void OnExtendedData(ReadOnlySpan<byte> data)
        {
        }

        public void OnEof()
        {
        }

        public void OnWritable()
        {
        }

        public void OnExit(CommandExit exit)
        {
        }

        public void OnClosed(SshException? reason)
        {
            if (reason is null) _closed.SetResult();
            else _closed.SetException(reason);
        }
    }
}
