using SshMux.Engine.Mux.Reconnecting;

namespace SshMux.Engine.Tests.Mux.Reconnecting;

[Trait("System", "any")]
public class ReconnectDelayTests
{
    [Theory]
    [InlineData(0.0, new[] { 0.0, 0.5, 1, 2, 4, 8, 16, 30, 30, 30 })]
    [InlineData(0.5, new[] { 0.5, 1.0, 2, 4, 8, 16, 32, 60, 60, 60 })]
    [InlineData(0.75, new[] { 0.75, 1.25, 2.5, 5, 10, 20, 40, 75, 75, 75 })]
    public void It_grows_to_a_minute_more_or_less(double random, double[] seconds)
    {
        var delay = new ReconnectDelay(() => random);
        Assert.Equal(seconds, seconds.Select(_ => delay.Next().TotalSeconds));
        for (var i = 0; i < 1000; i++) delay.Next();
        Assert.Equal(seconds[^1], delay.Next().TotalSeconds);
        delay.Reset();
        Assert.Equal(seconds, seconds.Select(_ => delay.Next().TotalSeconds));
    }

    [Fact]
    public void No_two_are_the_same()
    {
        var delays = Enumerable.Range(0, 8).Select(_ =>
        {
            var delay = new ReconnectDelay();
            return (delay.Next(), delay.Next());
        }).ToArray();
        Assert.All(delays, pair => Assert.InRange(pair.Item1, TimeSpan.Zero, TimeSpan.FromSeconds(1)));
        Assert.All(delays, pair => Assert.InRange(pair.Item2, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(1.5)));
        Assert.Distinct(delays);
    }
}
