using SshMux.Engine.Channels;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Mux.Proxy;
using SshMux.Engine.Streams;
using SshMux.Engine.Tests.Mux.Master;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Mux.Sessions;

/// <summary>What any client may do to any session of a master of ours.</summary>
public class MuxSessionControlTests(MuxSshd server) : IClassFixture<MuxSshd>
{
    private static readonly SessionRequest Cat = new() { Command = "cat" };

    private readonly TestSshd _sshd = server.Sshd;

    [Fact]
    public async Task A_session_is_named_and_renamed_and_found_by_name_and_number()
    {
        await using var master = await OurMaster.StartAsync(_sshd);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        await using var first = await client.StartAsync(Cat with { SessionName = "a" });
        await using var second = await client.StartAsync(Cat with { SessionName = "a" });
        Assert.Equal(
            "the master refused: 2 sessions are called 'a'; name one by its number: 1, 2",
            await RefusalAsync(() => client.RenameSessionAsync("a", "b", default)));
        await client.RenameSessionAsync("2", "b", default);
        await client.RenameSessionAsync("a", "", default);
        Assert.Equal(["", "b"], (await client.ListSessionsAsync(default)).Select(one => one.Name));
        Assert.Equal(
            "the master refused: there is no session called 'a' (any more)",
            await RefusalAsync(() => client.CloseSessionAsync("a", default)));
        Assert.Equal(
            "the master refused: there is no session 77 (any more)",
            await RefusalAsync(() => client.SignalSessionAsync("77", "TERM", default)));
        Assert.Equal(
            "the master refused: '12' is a number, and sessions have those already",
            await RefusalAsync(() => client.RenameSessionAsync("b", "12", default)));
        await client.CloseSessionAsync("b", default);
        await Eventually.TrueAsync(() => master.Master.SessionTable.All.Count == 1, "one is left");
        await first.StandardInput.DisposeAsync();
        Assert.Equal(0u, (await first.Exit).Status);
    }

    [Theory]
    [InlineData("12", "'12' is a number, and sessions have those already")]
    [InlineData("a b", "a name has no spaces and nothing that cannot be printed")]
    [InlineData("a\nb", "a name has no spaces and nothing that cannot be printed")]
    [InlineData("", "the name is empty")]
    [InlineData("1234567890123456789012345678901234567890123456789012345678901234x", "the name has more than 64 bytes")]
    public async Task What_is_no_name_is_refused_before_anything_runs(string name, string why)
    {
        await using var master = await OurMaster.StartAsync(_sshd);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        var error = await Assert.ThrowsAsync<SshException>(() => client.StartAsync(Cat with { SessionName = name }));
        Assert.Equal(
            (SshError.ConfigurationInvalid, $"a session cannot be called that: {why}"), (error.Error, error.Message));

        // And by the master, whoever asks.
        using var raw = await RawClient.GreetAsync(master.Path);
        await raw.Messages.SendAsync(new MuxSessionOptions(5, [new("name", name)]));
        Assert.Equal(new MuxFailure(5, why), await raw.ReceiveAsync());
        await raw.Messages.SendAsync(new MuxSessionOptions(6, [new("colour", "red")]));
        Assert.Equal(new MuxFailure(6, "there is no session option 'colour'"), await raw.ReceiveAsync());
        Assert.Equal(0, master.Master.SessionCount);
    }

    [Fact]
    public async Task A_session_that_is_open_takes_no_options()
    {
        await using var master = await OurMaster.StartAsync(_sshd);
        using var raw = await RawClient.GreetAsync(master.Path);
        using var pipe = new RawClient.WatchedPipe();
        await raw.OpenSessionAsync(pipe.Read, pipe.Write, pipe.Write, "cat");
        await raw.Messages.SendAsync(new MuxSessionOptions(5, [new("name", "late")]));
        Assert.Equal(new MuxFailure(5, "the session is open already"), await raw.ReceiveAsync());
    }

    [Fact]
    public async Task Whoever_closes_a_session_ends_only_that_and_its_user_is_told()
    {
        await using var master = await OurMaster.StartAsync(_sshd);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        await using var other = await client.StartAsync(Cat);
        var ssh = master.SshAsync("x", "echo up; exec cat /dev/zero | sleep 100");
        await Eventually.TrueAsync(
            () => master.Master.SessionTable.All is [_, { Traffic.Received: > 0 }], "the program runs");
        await client.CloseSessionAsync("2", default);
        var result = await ssh;
        Assert.Equal((255, "up\n"), (result.ExitCode, result.Output));
        Assert.Contains("session 2 was closed at the master", result.ErrorOutput, StringComparison.Ordinal);

        // A program that does not notice: the server keeps it, and our list does not.
        await using var direct = await master.Master.Connection.StartAsync(
            new() { Command = "sleep 5" }, CancellationToken.None);
        await client.CloseSessionAsync("3", default);
        var error = await Assert.ThrowsAsync<SshException>(() => direct.Exit);
        Assert.Equal((SshError.Stopped, "session 3 was closed at the master"), (error.Error, error.Message));
        Assert.Equal([1u], (await client.ListSessionsAsync(default)).Select(one => one.Number));
        await other.StandardInput.DisposeAsync();
        Assert.Equal(0u, (await other.Exit).Status);
        await master.ExpectNothingLeftAsync();
    }

    [Fact]
    public async Task A_client_in_proxy_mode_survives_that_somebody_closes_one_of_its_sessions()
    {
        await using var master = await OurMaster.StartAsync(_sshd);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        await using var proxy = await MuxProxyTransport.OpenConnectionAsync(master.Path);
        for (var i = 1; i <= 20; i++)
        {
            // It sends, and is sent, as if nothing had happened, until it hears of it.
            await using var closed = await proxy.StartAsync(new() { Command = "cat" }, CancellationToken.None);
            var writing = WriteAsync(closed.StandardInput);
            var reading = closed.StandardOutput.CopyToAsync(Stream.Null);
            await Eventually.TrueAsync(
                () => master.Master.SessionTable.All is [{ Traffic.Received: > 0 }], "data flows both ways");
            await client.CloseSessionAsync($"{i}", default);
            await closed.Exit; // cat may have seen the end of its input
            await writing;
            await reading;
            await Eventually.TrueAsync(() => master.Master.SessionTable.All.Count == 0, "the session is gone");
        }

        await using var next = await proxy.StartAsync(new() { Command = "exit 5" }, CancellationToken.None);
        Assert.Equal(5u, (await next.Exit).Status);
        await proxy.DisposeAsync();
        await master.ExpectNothingLeftAsync();
    }

    [Fact]
    public async Task A_signal_reaches_the_program_of_another_session_or_the_answer_tells_why_not()
    {
        await using var master = await OurMaster.StartAsync(_sshd);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        await using var process = await client.StartAsync(
            new() { Command = "trap 'exit 9' TERM; while echo up; do sleep 0.05; done", SessionName = "trapped" });
        var up = new byte[3];
        await process.StandardOutput.ReadExactlyAsync(up);
        try
        {
            await client.SignalSessionAsync("trapped", "TERM", default);
            Assert.Equal(9u, (await process.Exit).Status);
        }
        catch (SshException e)
        {
            // sshd before 9.8 does it for all but root.
            Assert.Equal("root", _sshd.UserName);
            Assert.StartsWith("the master refused: the server did not send the signal TERM: OpenSSH ", e.Message, StringComparison.Ordinal);
            Assert.Contains("does not for logins of root", e.Message, StringComparison.Ordinal);
        }

        Assert.Equal(
            "the master refused: this is not a signal's name",
            await RefusalAsync(() => client.SignalSessionAsync("trapped", new string('A', 65), default)));
    }

    [Fact]
    public async Task What_is_done_to_sessions_needs_the_permission_of_a_user_who_wants_to_be_asked()
    {
        var questions = new List<string>();
        await using var master = await OurMaster.StartAsync(_sshd, new()
        {
            HostName = "host.example",
            AskPermission = (question, _) =>
            {
                questions.Add(question);
                return Task.FromResult(question.StartsWith("Allow shared", StringComparison.Ordinal));
            },
        });
        await using var client = await MuxClient.ConnectAsync(master.Path);
        await using var process = await client.StartAsync(Cat);
        foreach (var ask in new Func<Task>[]
        {
            () => client.SignalSessionAsync("1", "TERM", default), () => client.CloseSessionAsync("1", default),
            () => MuxSessionWatch.StartAsync(client, "1", default),
        })
        {
            Assert.Equal("the master's user refused: Permission denied", await RefusalAsync(ask));
        }

        Assert.Equal(
            [
                "Allow shared connection to host.example? ", "Send TERM to session 1 on host.example? ",
                "Close session 1 on host.example? ", "Allow watching of sessions on host.example? ",
            ],
            questions);
        Assert.Equal(MuxSessionState.Open, Assert.Single(await client.ListSessionsAsync(default)).State);
    }

    private static async Task<string> RefusalAsync(Func<Task> ask)
    {
        var error = await Assert.ThrowsAsync<SshException>(ask);
        Assert.Equal(SshError.MuxRefused, error.Error);
        return error.Message;
    }

    private static async Task WriteAsync(Stream input)
    {
        try
        {
            while (true) await input.WriteAsync(new byte[10_000]);
        }
        catch (IOException)
        {
            // The session has ended.
        }
    }
}
