using SshMux.Engine.Transport;

namespace SshMux.Engine.Tests.Transport;

/// <summary>The clock that packets leave by while somebody types.</summary>
public class KeystrokeTimingTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    [Fact]
    public void The_first_key_leaves_at_once_and_the_next_one_at_the_tick()
    {
        var timing = new KeystrokeTiming(Interval) { IsUseful = true };
        Assert.True(timing.OnData(40, At(0)));
        Assert.False(timing.Holds);
        timing.OnSent();
        Assert.True(timing.Holds);
        Assert.False(timing.OnData(40, At(5)));
        Assert.True(timing.Holds);
        Assert.Equal(KeystrokeTiming.Turn.Send, timing.OnTick(40, At(21)));
        Assert.False(timing.Holds);
    }

    [Fact]
    public void Ticks_are_an_interval_apart_and_never_quite_the_same()
    {
        var waits = new HashSet<TimeSpan>();
        for (var i = 0; i < 50; i++)
        {
            var timing = new KeystrokeTiming(Interval) { IsUseful = true };
            timing.OnData(40, At(0));
            var wait = timing.Wait(At(0));
            Assert.InRange(wait.TotalMilliseconds, 18, 22);
            waits.Add(wait);
        }

        Assert.True(waits.Count > 10);
    }

    [Fact]
    public void Chaff_fills_the_ticks_for_one_to_three_seconds_after_the_last_key()
    {
        var timing = new KeystrokeTiming(Interval) { IsUseful = true };
        timing.OnData(40, At(0));
        timing.OnSent();
        timing.OnData(40, At(500));
        var now = 520;
        Assert.Equal(KeystrokeTiming.Turn.Send, timing.OnTick(40, At(now)));
        timing.OnSent();
        while (timing.OnTick(0, At(now += 20)) == KeystrokeTiming.Turn.Chaff) timing.OnSent();
        Assert.InRange(now, 500 + 1024, 500 + 1024 + 2048 + 20);
        Assert.Equal((now - 520 - 20) / 20, timing.ChaffCount);
        Assert.False(timing.IsActive);
        Assert.False(timing.Holds);
    }

    [Fact]
    public void Much_data_is_no_typing()
    {
        var timing = new KeystrokeTiming(Interval) { IsUseful = true };
        Assert.False(timing.OnData(KeystrokeTiming.TooMuch, At(0)));
        Assert.False(timing.IsActive);
        timing.OnData(40, At(0));
        timing.OnSent();
        timing.OnData(KeystrokeTiming.TooMuch, At(1));
        Assert.False(timing.Holds);
    }

    [Fact]
    public void It_ends_when_there_is_nothing_to_hide_any_more()
    {
        var timing = new KeystrokeTiming(Interval) { IsUseful = true };
        timing.OnData(40, At(0));
        timing.OnSent();
        timing.IsUseful = false;
        Assert.Equal(KeystrokeTiming.Turn.Stop, timing.OnTick(40, At(20)));
        Assert.False(timing.Holds);
    }

    private static TimeSpan At(int milliseconds) => TimeSpan.FromMilliseconds(milliseconds);
}
