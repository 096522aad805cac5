using SshMux.Engine.Channels;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Configuration;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Channels.Sessions;

/// <summary>More sessions than the server grants at a time, which wait for their turn.</summary>
public sealed class SessionPoolTests : IAsyncDisposable
{
    private readonly ScriptedPool _pool = new();

    private ScriptedConnection Server => _pool.Server;

    public ValueTask DisposeAsync() => _pool.DisposeAsync();

    [Fact]
    public async Task All_are_asked_for_at_once_until_the_server_refuses_one()
    {
        var asked = Enumerable.Range(0, 5).Select(_ => _pool.Ask()).ToArray();
        Assert.Equal(5, Server.Waiting);
        for (var i = 0; i < 5; i++) Server.Confirm();
        await Task.WhenAll(asked);
    }

    [Fact]
    public async Task Who_is_refused_waits_and_each_end_lets_the_next_one_in_in_the_order_of_asking()
    {
        var asked = Enumerable.Range(0, 5).Select(_ => _pool.Ask()).ToArray();
        Server.Confirm();
        Server.Confirm();
        for (var i = 0; i < 3; i++) _pool.Refuse();
        var open = new Queue<Channel>([await asked[0], await asked[1]]);
        for (var i = 2; i < 5; i++)
        {
            Assert.Equal(0, Server.Waiting);
            Assert.All(asked[i..], task => Assert.False(task.IsCompleted));
            _pool.End(open.Dequeue());
            Server.Confirm();
            open.Enqueue(await asked[i]);
        }

        Assert.Contains(
            "the server refused to open a session (connect failed: open failed): sessions wait for others to end, "
            + "for 00:00:10 at most while none does",
            _pool.Logger.Lines);
    }

    [Fact]
    public async Task A_place_goes_to_who_has_waited_longest_and_not_to_whose_request_was_luckier()
    {
        var first = await _pool.OpenAsync();
        var (second, third) = (_pool.Ask(), _pool.Ask());
        _pool.Refuse(); // second's
        Server.Confirm(); // third's: a session has ended in between, as the server sees it
        await second;
        Assert.False(third.IsCompleted);
        _pool.End(first);
        Server.Confirm();
        await third;
    }

    [Fact]
    public async Task Newcomers_do_not_overtake_and_do_not_trouble_the_server()
    {
        var first = await _pool.OpenAsync();
        var second = _pool.Ask();
        _pool.Refuse();
        var third = _pool.Ask();
        Assert.Equal(0, Server.Waiting);
        _pool.End(first);
        Server.Confirm();
        await second;
        Assert.False(third.IsCompleted);
        Assert.Equal(0, Server.Waiting);
    }

    [Fact]
    public async Task A_session_refused_when_another_one_has_just_ended_is_asked_for_again()
    {
        var first = await _pool.OpenAsync();
        var second = _pool.Ask();
        _pool.Refuse();
        _pool.End(first);
        _pool.Refuse();
        Server.Confirm();
        await second;
    }

    [Fact]
    public async Task Beside_others_too()
    {
        await _pool.OpenAsync();
        _pool.End(await _pool.OpenAsync());
        var next = _pool.Ask();
        _pool.Refuse();
        Server.Confirm();
        await next;
    }

    [Fact]
    public async Task Where_the_last_session_has_just_ended_nobody_is_refused_for_it()
    {
        _pool.End(await _pool.OpenAsync());
        var (second, third) = (_pool.Ask(), _pool.Ask());
        _pool.Refuse(); // the server counts the first one still
        _pool.Refuse();
        Assert.False(third.IsCompleted);
        Server.Confirm(); // it was asked again
        await second;
        Server.Confirm(); // and at once for the next
        await third;
    }

    [Fact]
    public async Task Clients_take_turns()
    {
        var running = await _pool.OpenAsync();
        var many = Enumerable.Range(0, 4).Select(_ => _pool.Ask(client: 1)).ToArray();
        for (var i = 0; i < 4; i++) _pool.Refuse();
        var one = _pool.Ask(client: 2);
        var two = new[] { _pool.Ask(client: 3), _pool.Ask(client: 3) };
        Task<Channel>[] expected = [many[0], one, two[0], many[1], two[1], many[2], many[3]];
        foreach (var next in expected)
        {
            _pool.End(running);
            Server.Confirm();
            running = await next;
        }
    }

    [Fact]
    public async Task Where_nothing_is_open_the_refusal_comes_at_once()
    {
        var asked = new[] { _pool.Ask(), _pool.Ask() };
        _pool.Refuse();
        _pool.Refuse(OpenFailureReason.ResourceShortage);
        foreach (var task in asked)
        {
            var e = await Assert.ThrowsAsync<SshException>(() => task);
            Assert.Equal(SshError.ChannelOpenRefused, e.Error);
            Assert.StartsWith("the server refused to open a session (", e.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("waited", e.Message, StringComparison.Ordinal);
        }

        Assert.Equal((0, 0), (Server.Waiting, _pool.Pool.ChannelCount));
    }

    [Theory]
    [InlineData((uint)OpenFailureReason.AdministrativelyProhibited)]
    [InlineData((uint)OpenFailureReason.UnknownChannelType)]
    public async Task A_refusal_for_another_reason_comes_at_once_and_is_no_limit(uint reason)
    {
        await _pool.OpenAsync();
        var (second, third) = (_pool.Ask(), _pool.Ask());
        _pool.Refuse((OpenFailureReason)reason);
        await Assert.ThrowsAsync<SshException>(() => second);
        Server.Confirm();
        await third;
    }

    [Fact]
    public async Task Who_waits_too_long_is_refused_with_what_was_said_what_was_waited_for_and_what_can_be_done()
    {
        await _pool.OpenAsync();
        var second = _pool.Ask();
        _pool.Refuse();
        for (var i = 0; i < 9; i++)
        {
            _pool.Wait(1);
            _pool.Refuse(); // it is tried now and then
            Assert.False(second.IsCompleted);
        }

        _pool.Wait(1);
        var e = await Assert.ThrowsAsync<SshException>(() => second);
        Assert.Equal(
            (SshError.ChannelOpenRefused,
                "the server refused to open a session (connect failed: open failed); waited 10 s for another session to "
                + "end; raise MaxSessions in the server's sshd_config, or have the master log in again for them "
                + "(SshMuxOverflow=connect)"),
            (e.Error, e.Message));
        Assert.Equal((0, 1), (Server.Waiting, _pool.Pool.ChannelCount));
    }

    [Fact]
    public async Task The_time_counts_anew_when_the_queue_moves()
    {
        var first = await _pool.OpenAsync();
        var (second, third) = (_pool.Ask(), _pool.Ask());
        _pool.Refuse();
        _pool.Refuse();
        _pool.Wait(9);
        _pool.Refuse(); // the one trial at a time
        _pool.End(first);
        Server.Confirm();
        await second;
        _pool.Wait(9);
        Assert.False(third.IsCompleted);
        _pool.Wait(2);
        await Assert.ThrowsAsync<SshException>(() => third);
    }

    [Fact]
    public async Task A_server_that_counts_otherwise_is_asked_now_and_then()
    {
        await _pool.OpenAsync();
        var (second, third) = (_pool.Ask(), _pool.Ask());
        _pool.Refuse();
        _pool.Refuse();
        _pool.Wait(1);
        Server.Confirm();
        await second;
        Server.Confirm(); // and at once for more
        await third;
    }

    [Fact]
    public async Task Who_gives_up_leaves_the_queue()
    {
        var first = await _pool.OpenAsync();
        using var stop = new CancellationTokenSource();
        var (second, third) = (_pool.Ask(cancellationToken: stop.Token), _pool.Ask());
        _pool.Refuse();
        _pool.Refuse();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        Assert.Equal(2, _pool.Pool.ChannelCount);
        _pool.End(first);
        Server.Confirm();
        await third;
    }

    [Fact]
    public async Task A_place_that_nobody_wants_any_more_is_closed()
    {
        using var stop = new CancellationTokenSource();
        var asked = _pool.Ask(cancellationToken: stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        Server.Confirm();
        Server.Expect(MessageNumber.ChannelClose);
    }

    [Fact]
    public async Task The_end_of_the_connection_is_told_to_all_who_wait()
    {
        await _pool.OpenAsync();
        var (second, third) = (_pool.Ask(), _pool.Ask());
        _pool.Refuse();
        _pool.Connection.Close(new SshException(SshError.ConnectionLost, "gone"));
        foreach (var task in new[] { second, third, _pool.Ask() })
        {
            var e = await Assert.ThrowsAsync<SshException>(() => task);
            Assert.Equal((SshError.ConnectionLost, "gone"), (e.Error, e.Message));
        }
    }

    [Fact]
    public async Task Spare_sessions_give_way()
    {
        _pool.Connection.KeepSpareSessions(1);
        Server.Confirm();
        await _pool.Ask(); // the spare one
        await Eventually.TrueAsync(() => Server.Waiting == 1, "another one is opened in advance");
        var spare = Server.Take();
        var second = _pool.Ask();
        _pool.Refuse();
        Assert.False(second.IsCompleted);
        Server.Say(MessageNumber.ChannelOpenConfirmation, (ref SshWriter w) =>
        {
            w.WriteUInt32(1);
            w.WriteUInt32(7);
            w.WriteUInt32(1 << 20);
            w.WriteUInt32(32768);
        });
        Assert.Equal(MessageNumber.ChannelOpen, spare[0]);
        await second;
        Assert.DoesNotContain("spare-session (t4", _pool.Connection.DescribeChannels(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_asks_is_told_that_it_waits_when_that_takes_more_than_a_moment()
    {
        await _pool.OpenAsync();
        List<string> told = [];
        var second = _pool.Pool.For(1, told.Add).OpenSessionAsync(new RecordingHandler(), default);
        _pool.Refuse();
        Assert.Empty(told);
        _pool.Wait(3);
        Assert.Equal(
            ["the server refused to open a session (connect failed: open failed): waiting for another session to end "
                + "(for 10 s at most while none does)"],
            told);
        Assert.False(second.IsCompleted);
    }

    [Fact]
    public async Task With_refuse_it_is_as_without_a_queue()
    {
        await using var pool = new ScriptedPool(SessionOverflow.Refuse);
        await pool.OpenAsync();
        var second = pool.Ask();
        pool.Refuse();
        var e = await Assert.ThrowsAsync<SshException>(() => second);
        Assert.Equal("the server refused to open a session (connect failed: open failed)", e.Message);
    }
}
