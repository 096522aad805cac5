using SshMux.Engine.Channels;
using SshMux.Engine.Configuration;
using SshMux.Engine.Mux.Reconnecting;
using SshMux.Engine.Tests.Authentication;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Mux.Reconnecting;

/// <summary>How often is tried, and what ends it.</summary>
[Trait("System", "any")]
public sealed class ReconnectorTests : IDisposable
{
    private static readonly SshException Lost = new(SshError.ConnectionLost, "the connection to x was lost");

    private readonly ManualTime _time = new();
    private readonly ListLogger _log = new();
    private int _attempts;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task It_tries_as_often_as_it_may_and_says_why_it_did_not_help()
    {
        var failure = await FailAsync(new Reconnection(3, TimeSpan.Zero), Fail(SshError.ConnectionRefused, "refused"));
        Assert.Equal(3, _attempts);
        Assert.Equal(SshError.ConnectionRefused, failure.Error);
        Assert.Equal("the connection to x was lost; cannot connect again (SshMuxReconnect 3): refused", failure.Message);
        Assert.Equal(
            [1, 2, 3],
            _log.Lines.Where(line => line.EndsWith(" failed: refused", StringComparison.Ordinal)).Select(line => line[8] - '0'));
    }

    [Theory]
    [InlineData(SshError.AuthenticationFailed)]
    [InlineData(SshError.KeyUnusable)]
    [InlineData(SshError.HostKeyChanged)]
    [InlineData(SshError.HostKeyUnknown)]
    [InlineData(SshError.HostKeyRevoked)]
    [InlineData(SshError.NoCommonAlgorithm)]
    [InlineData(SshError.ConfigurationInvalid)]
    public async Task A_server_that_does_not_let_us_in_is_not_asked_again(SshError error)
    {
        var failure = await FailAsync(new Reconnection(null, TimeSpan.Zero), Fail(error, "no"));
        Assert.Equal(1, _attempts);
        Assert.Equal(error, failure.Error);
        Assert.Equal("the connection to x was lost; cannot log in again: no", failure.Message);
    }

    [Fact]
    public async Task An_attempt_that_comes_to_no_end_is_given_up()
    {
        var failure = await FailAsync(new Reconnection(1, TimeSpan.Zero), async stop =>
        {
            await Task.Delay(Timeout.Infinite, stop);
            throw new InvalidOperationException();
        });
        Assert.Equal(SshError.ConnectionTimeout, failure.Error);
        Assert.EndsWith(": no login within 30 s", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whatever_else_fails_is_tried_again()
    {
        var failure = await FailAsync(new Reconnection(2, TimeSpan.Zero), _ => throw new IOException("disk full"));
        Assert.Equal(2, _attempts);
        Assert.Equal(SshError.ConnectionFailed, failure.Error);
        Assert.EndsWith(": disk full", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_end_of_the_master_ends_it()
    {
        using var stop = new CancellationTokenSource();
        var fail = Fail(SshError.ConnectionRefused, "refused");
        var reconnector = new Reconnector(
            new Reconnection(null, TimeSpan.Zero), stop => Count(() => fail(stop)), _time, _log);
        var connecting = reconnector.ConnectAsync(Lost, stop.Token);
        await AdvanceAsync(() => _attempts >= 20);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);
    }

    [Fact]
    public async Task A_connection_that_does_not_hold_is_a_failure_in_a_row()
    {
        var reconnector = new Reconnector(
            new Reconnection(3, TimeSpan.Zero), _ => Task.FromResult(Count(NewConnection)), _time, _log);
        for (var i = 0; i < 3; i++) await ConnectAsync(reconnector);

        // None is left; and the reason is what was lost.
        Assert.Same(Lost, await Assert.ThrowsAsync<SshException>(() => reconnector.ConnectAsync(Lost, Stop)));
        _time.Advance(Reconnector.Held);
        await ConnectAsync(reconnector);
        Assert.Equal(4, _attempts);
    }

    [Fact]
    public async Task Somebody_who_waits_has_it_tried_sooner()
    {
        var fail = Fail(SshError.ConnectionRefused, "refused");
        using var stop = new CancellationTokenSource();
        var reconnector = new Reconnector(
            new Reconnection(null, TimeSpan.Zero), stopping => Count(() => fail(stopping)), _time, _log);
        var connecting = reconnector.ConnectAsync(Lost, stop.Token);
        await AdvanceAsync(() => _attempts >= 10);

        // Half a minute and more are to go now; with somebody there it is three seconds at most, each time.
        await Eventually.TrueAsync(() => _time.Waiting > 0, "it rests");
        using (reconnector.Want())
        {
            for (var more = 11; more < 15; more++)
            {
                await Eventually.TrueAsync(() => _time.Waiting > 0 || _attempts >= more, "it rests");
                _time.Advance(TimeSpan.FromSeconds(3));
                await Eventually.TrueAsync(() => _attempts >= more, "it tries again");
            }
        }

        var before = _attempts;
        for (var i = 0; i < 3; i++)
        {
            await Eventually.TrueAsync(() => _time.Waiting > 0, "it rests");
            _time.Advance(TimeSpan.FromSeconds(3));
        }

        Assert.Equal(before, _attempts);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);
    }

    private static SshConnection NewConnection() => ScriptedConnection.Connect(out _);

    private async Task ConnectAsync(Reconnector reconnector)
    {
        var connecting = reconnector.ConnectAsync(Lost, Stop);
        await AdvanceAsync(() => connecting.IsCompleted);
        await using var connection = await connecting;
    }

    private async Task<SshException> FailAsync(Reconnection policy, Func<CancellationToken, Task<SshConnection>> logIn)
    {
        var reconnector = new Reconnector(policy, stop => Count(() => logIn(stop)), _time, _log);
        var connecting = reconnector.ConnectAsync(Lost, Stop);
        await AdvanceAsync(() => connecting.IsCompleted);
        return await Assert.ThrowsAsync<SshException>(() => connecting);
    }

    private T Count<T>(Func<T> attempt)
    {
        Interlocked.Increment(ref _attempts);
        return attempt();
    }

    private static Func<CancellationToken, Task<SshConnection>> Fail(SshError error, string text) =>
        _ => Task.FromException<SshConnection>(new SshException(error, text));

    private Task AdvanceAsync(Func<bool> isDone) => Eventually.TrueAsync(
        () =>
        {
            if (_time.Waiting > 0 && !isDone()) _time.Advance(TimeSpan.FromSeconds(5));
            return isDone();
        },
        "all attempts are made");
}
