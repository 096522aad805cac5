using SshMux.Engine.Configuration;

namespace SshMux.Engine.Tests.Configuration;

/// <summary>TIME FORMATS of sshd_config(5).</summary>
[Trait("System", "any")]
public class ConfigurationTimeTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("90", 90)]
    [InlineData("90s", 90)]
    [InlineData("10m", 600)]
    [InlineData("1h30m", 5400)]
    [InlineData("2D", 172_800)]
    [InlineData("1w", 604_800)]
    [InlineData("1w2d3h4m5", 788_645)]
    [InlineData("999999999", 999_999_999)]
    public void Times_add_up(string text, long seconds) =>
        Assert.Equal(seconds, ConfigurationTime.Parse("the time", text).TotalSeconds);

    [Theory]
    [InlineData("")]
    [InlineData("m")]
    [InlineData("5x")]
    [InlineData("-5")]
    [InlineData("1.5h")]
    [InlineData("3600w")]
    [InlineData("10000000000")]
    public void What_is_none_is_named(string text)
    {
        var error = Assert.Throws<SshException>(() => ConfigurationTime.Parse("the time", text));
        Assert.Equal(SshError.ConfigurationInvalid, error.Error);
        Assert.StartsWith($"the time cannot be '{text}': ", error.Message, StringComparison.Ordinal);
    }
}
