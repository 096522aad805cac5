using SshMux.Engine.Mux.Locking;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Mux.Locking;

/// <summary>The lock of a master by itself: who passes it, and what it does with passphrases.</summary>
[Trait("System", "any")]
public sealed class MuxLockTests
{
    private readonly ManualTime _time = new();
    private readonly MuxLock _lock;

    public MuxLockTests() => _lock = new MuxLock(_time);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_not_locked_is_passed_at_once()
    {
        Assert.True(_lock.PassAsync(null, Stop).AsTask().IsCompletedSuccessfully);
        Assert.True(_lock.MayPass());
        Assert.Null(_lock.Description);
        await ExpectAsync(SshError.MuxRefused, "the master is not locked", () => _lock.UnlockAsync(default, Stop));
    }

    [Fact]
    public async Task Who_comes_is_refused_until_it_is_unlocked()
    {
        _lock.Lock(waits: false, default);
        Assert.Equal((false, false), (_lock.Description!.Waits, _lock.Description.HasPassphrase));
        const string Refusal = "the master is locked; -O unlock or Unlock-SshMaster unlocks it";
        await ExpectAsync(SshError.MasterLocked, Refusal, () => _lock.PassAsync(null, Stop).AsTask());
        Assert.Equal(SshError.MasterLocked, Assert.Throws<SshException>(() => _lock.MayPass()).Error);
        var again = Assert.Throws<SshException>(() => _lock.Lock(waits: true, default));
        Assert.Equal((SshError.MasterLocked, "the master is locked already"), (again.Error, again.Message));
        await _lock.UnlockAsync(default, Stop);
        await _lock.PassAsync(null, Stop);
        Assert.True(_lock.MayPass());
    }

    [Fact]
    public async Task Who_comes_waits_until_it_is_unlocked_or_he_has_enough()
    {
        _lock.Lock(waits: true, default);
        var told = new List<string>();
        var first = _lock.PassAsync(told.Add, Stop).AsTask();
        using var enough = new CancellationTokenSource();
        var second = _lock.PassAsync(told.Add, enough.Token).AsTask();
        Assert.Equal(2, told.Count);
        Assert.StartsWith("the master is locked; waiting", told[0], StringComparison.Ordinal);
        Assert.False(_lock.MayPass());
        await enough.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        Assert.False(first.IsCompleted);
        await _lock.UnlockAsync(default, Stop);
        await first;
    }

    [Fact]
    public async Task Who_waits_hears_why_the_master_ends()
    {
        _lock.Lock(waits: true, default);
        var waiting = _lock.PassAsync(null, Stop).AsTask();
        _lock.End(new SshException(SshError.ConnectionLost, "the cable was cut"));
        await ExpectAsync(SshError.ConnectionLost, "the cable was cut", () => waiting);
        await ExpectAsync(SshError.ConnectionLost, "the cable was cut", () => _lock.PassAsync(null, Stop).AsTask());
    }

    [Fact]
    public async Task Only_the_passphrase_unlocks_it()
    {
        var passphrase = "correct horse"u8.ToArray();
        _lock.Lock(waits: false, passphrase);
        Array.Clear(passphrase);
        Assert.True(_lock.Description!.HasPassphrase);

        // Nothing said is nothing guessed: that costs no time, as often as it is said.
        for (var i = 0; i < 3; i++)
        {
            await ExpectAsync(
                SshError.MuxRefused,
                "the master was locked with a passphrase, which is needed to unlock it",
                () => _lock.UnlockAsync(default, Stop));
        }

        Assert.Equal(0, _time.Waiting);
        await ExpectWrongAsync("correct hors");
        await ExpectWrongAsync("correct horsf", 1);
        await ExpectAsync(SshError.MasterLocked, null, () => _lock.PassAsync(null, Stop).AsTask());
        var right = _lock.UnlockAsync("correct horse"u8.ToArray(), Stop);
        await AdvanceAsync(2);
        await right;
        Assert.Null(_lock.Description);
    }

    [Fact]
    public async Task Every_wrong_one_has_the_next_wait_longer()
    {
        _lock.Lock(waits: false, "a"u8);
        await ExpectWrongAsync("b");
        foreach (var seconds in (int[])[1, 2, 4, 8, 16, 30, 30]) await ExpectWrongAsync("b", seconds);

        // One that was waited for elsewhere need not be waited for again, and another lock begins anew.
        _time.Advance(TimeSpan.FromSeconds(30));
        await _lock.UnlockAsync("a"u8.ToArray(), Stop);
        _lock.Lock(waits: false, "a"u8);
        await ExpectWrongAsync("b");
    }

    [Fact]
    public async Task Who_goes_while_he_waits_makes_the_next_wait_no_shorter()
    {
        _lock.Lock(waits: false, "a"u8);
        await ExpectWrongAsync("b");
        using var gone = new CancellationTokenSource();
        var first = _lock.UnlockAsync("c"u8.ToArray(), gone.Token);
        var second = _lock.UnlockAsync("a"u8.ToArray(), Stop); // behind the first
        await Eventually.TrueAsync(() => _time.Waiting == 1, "the first waits");
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await Eventually.TrueAsync(() => _time.Waiting == 1, "the second waits");
        Assert.False(second.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        await second;
    }

    [Theory]
    [InlineData(SshError.MasterLocked, true)]
    [InlineData(SshError.MuxRefused, true)]
    [InlineData(SshError.MasterGone, false)]
    public void Of_what_a_master_refuses_nothing_has_been_begun(SshError error, bool isRefusal) =>
        Assert.Equal(isRefusal, new SshException(error, "why").IsMastersRefusal);

    [Theory]
    [InlineData("2026-12-01T03:40:00.0000000Z refuse", false, false)]
    [InlineData("2026-12-01T03:40:00.0000000Z wait", true, false)]
    [InlineData("2026-12-01T03:40:00.0000000Z wait passphrase", true, true)]
    [InlineData("2026-12-01T03:40:00.0000000Z refuse later passphrase", false, true)]
    public void What_a_master_tells_of_its_lock_is_read(string text, bool waits, bool hasPassphrase)
    {
        var login = MuxLogin.Parse($"host x\r\nlocked {text}\r\n");
        Assert.Equal(
            new MuxLockDescription(
                new DateTime(2026, 12, 1, 3, 40, 0, DateTimeKind.Utc).ToLocalTime(), waits, hasPassphrase),
            login.Lock);
        Assert.Equal(login, MuxLogin.Parse(login.Format()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("yesterday refuse")]
    public void What_is_no_lock_is_left_out(string text) =>
        Assert.Null(MuxLogin.Parse($"locked {text}\r\n").Lock);

    private async Task ExpectWrongAsync(string passphrase, int seconds = 0)
    {
        var attempt = _lock.UnlockAsync(System.Text.Encoding.UTF8.GetBytes(passphrase), Stop);
        if (seconds > 0) await AdvanceAsync(seconds);
        await ExpectAsync(SshError.MuxRefused, "wrong passphrase", () => attempt);
    }

    private async Task AdvanceAsync(int seconds)
    {
        await Eventually.TrueAsync(() => _time.Waiting == 1, "the attempt waits");
        _time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromTicks(1));
        Assert.Equal(1, _time.Waiting);
        _time.Advance(TimeSpan.FromTicks(1));
    }

    private static async Task ExpectAsync(SshError error, string? message, Func<Task> work)
    {
        var reason = await Assert.ThrowsAsync<SshException>(work);
        Assert.Equal(error, reason.Error);
        if (message is not null) Assert.Equal(message, reason.Message);
    }
}
