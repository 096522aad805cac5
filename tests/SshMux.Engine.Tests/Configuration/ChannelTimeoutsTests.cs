using SshMux.Engine.Configuration;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Configuration.SshConfig.Reading;

namespace SshMux.Engine.Tests.Configuration;

[Trait("System", "any")]
public class ChannelTimeoutsTests
{
    [Theory]
    [InlineData("session=5m", "session", 300)]
    [InlineData("session=5m", "direct-tcpip", null)]
    [InlineData("direct-*=1h30m", "direct-streamlocal@openssh.com", 5400)]
    [InlineData("session=0 *=1m", "session", null)]
    [InlineData("session=0 *=1m", "x11-connection", 60)]
    [InlineData("none", "session", null)]
    public void The_first_pattern_that_fits_counts(string value, string type, int? seconds) => Assert.Equal(
        seconds, (int?)ChannelTimeouts.Parse(value).Find(type)?.TotalSeconds);

    [Fact]
    public void The_global_limit_is_named_and_no_pattern()
    {
        var timeouts = ChannelTimeouts.Parse("session=2m global=90");
        Assert.Equal(TimeSpan.FromSeconds(90), timeouts.Global);
        Assert.Equal(TimeSpan.FromSeconds(90), timeouts.Shortest);
        Assert.Null(timeouts.Find("global"));
        Assert.Null(ChannelTimeouts.Parse("*=1m").Global);
        Assert.Null(ChannelTimeouts.Parse("session=0 global=0").Shortest);
    }

    [Theory]
    [InlineData("session")]
    [InlineData("session=")]
    [InlineData("session=soon")]
    [InlineData("=5m")]
    public void What_is_no_limit_is_an_error(string value)
    {
        var error = Assert.Throws<SshException>(() => ChannelTimeouts.Parse(value));
        Assert.Equal(SshError.ConfigurationInvalid, error.Error);
        Assert.StartsWith("ChannelTimeout cannot be", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ChannelTimeout=session=1m x11*=2m")]
    [InlineData("channeltimeout session=1m")]
    [InlineData("ChannelTimeout = \"session=1m\"")]
    public async Task An_option_is_read_although_the_ssh_here_may_not_know_it(string option)
    {
        var configuration = await HostConfiguration.LoadAsync(
            new HostQuery { Host = "x", ConfigFile = "none", Options = [option, "ChannelTimeout=none", "Port=2222"] },
            TestContext.Current.CancellationToken);
        Assert.Equal(TimeSpan.FromMinutes(1), configuration.ChannelTimeouts.Find("session"));
        Assert.Equal(2222, configuration.Port);
    }
}
