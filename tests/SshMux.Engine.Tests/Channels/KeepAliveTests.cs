using SshMux.Engine.Channels;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Channels;

/// <summary>ServerAliveInterval and ServerAliveCountMax, on a clock of the test's.</summary>
public sealed class KeepAliveTests : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly ManualTime _time = new();
    private readonly ScriptedConnection _server = new();
    private readonly SshConnection _connection;

    public KeepAliveTests()
    {
        _connection = new SshConnection(_server, null, _time);
        _server.Start(_connection);
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    [Fact]
    public async Task A_server_that_stays_silent_is_asked_so_many_times_and_then_given_up()
    {
        _connection.KeepAlive("web1", Interval, 2);
        for (var asked = 0; asked < 2; asked++)
        {
            await AdvanceAsync(Interval);
            await ExpectQuestionAsync();
        }

        await AdvanceAsync(Interval);
        var reason = await _connection.Ended.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Equal(SshError.ConnectionTimeout, reason.Error);
        Assert.Equal(
            "Timeout, server web1 not responding (ServerAliveInterval 10, ServerAliveCountMax 2)", reason.Message);
        Assert.Equal(0, _time.Waiting);
    }

    [Fact]
    public async Task Any_word_of_the_server_counts_from_when_it_was_said()
    {
        _connection.KeepAlive("web1", Interval, 1);
        await AdvanceAsync(Interval);
        await ExpectQuestionAsync();
        await AdvanceAsync(Interval / 2);
        _server.Say(MessageNumber.RequestFailure, (ref SshWriter _) => { }); // "no" is an answer
        await AdvanceAsync(Interval / 2);
        await Eventually.TrueAsync(() => _time.Waiting == 1, "it waits for the rest of the interval");
        Assert.Equal(0, _server.Waiting);
        await AdvanceAsync(Interval / 2);
        await ExpectQuestionAsync();
        Assert.False(_connection.Ended.IsCompleted);
    }

    [Fact]
    public async Task The_first_question_that_is_left_unanswered_is_told_and_the_next_word_after_it()
    {
        var told = new List<bool>();
        _connection.SilenceChanged += told.Add;
        _connection.KeepAlive("web1", Interval, 3);
        for (var asked = 0; asked < 3; asked++)
        {
            Assert.Equal(asked < 2 ? [] : [true], told);
            await AdvanceAsync(Interval);
            await ExpectQuestionAsync();
        }

        foreach (var _ in new[] { 1, 2 }) _server.Say(MessageNumber.RequestFailure, (ref SshWriter _) => { });
        Assert.Equal([true, false], told);
    }

    [Fact]
    public void Without_an_interval_nobody_is_asked()
    {
        _connection.KeepAlive("web1", TimeSpan.Zero, 3);
        _server.Say(MessageNumber.GlobalRequest, (ref SshWriter w) =>
        {
            w.WriteString("x");
            w.WriteBoolean(false);
        });
        Assert.Equal((0, 0), (_time.Waiting, _server.Waiting));
    }

    [Fact]
    public async Task With_the_connection_it_ends()
    {
        _connection.KeepAlive("web1", Interval, 3);
        Assert.Equal(1, _time.Waiting);
        _connection.Close(new SshException(SshError.Stopped, "enough"));
        await Eventually.TrueAsync(() => _time.Waiting == 0, "nothing keeps it any more");
    }

    /// <summary>Waits until the interval is being waited for, and ends it.</summary>
    private async Task AdvanceAsync(TimeSpan time)
    {
        await Eventually.TrueAsync(() => _time.Waiting == 1, "the interval is waited for");
        _time.Advance(time);
    }

    private async Task ExpectQuestionAsync()
    {
        await Eventually.TrueAsync(() => _server.Waiting == 1, "the server is asked");
        var request = new SshReader(_server.Expect(MessageNumber.GlobalRequest));
        request.ReadByte();
        Assert.Equal(("keepalive@openssh.com", true), (request.ReadText(), request.ReadBoolean()));
    }
}
