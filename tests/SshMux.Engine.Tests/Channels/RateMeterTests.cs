using SshMux.Engine.Channels.Usage;

namespace SshMux.Engine.Tests.Channels;

/// <summary>How fast bytes pass.</summary>
[Trait("System", "any")]
public class RateMeterTests
{
    private long _now = 5000;

    [Fact]
    public void A_steady_flow_has_its_rate_and_one_that_stops_soon_has_none()
    {
        var meter = new RateMeter(() => _now);
        Assert.Equal(0, meter.Rate);
        for (var i = 0; i < 50; i++)
        {
            meter.Add(100);
            _now += 100;
        }

        Assert.InRange(meter.Rate, 900, 1100);
        _now += 500;
        Assert.InRange(meter.Rate, 300, 700);
        _now += 2000;
        Assert.Equal(0, meter.Rate);
        meter.Add(7);
        Assert.Equal(7, meter.Rate);
    }

    [Fact]
    public void What_passed_long_ago_does_not_count()
    {
        var meter = new RateMeter(() => _now);
        meter.Add(1_000_000);
        _now += 3_600_000;
        meter.Add(10);
        Assert.Equal(10, meter.Rate);
    }
}
