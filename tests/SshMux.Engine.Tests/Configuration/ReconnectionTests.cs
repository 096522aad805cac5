using SshMux.Engine.Configuration;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Configuration.SshConfig.Reading;

namespace SshMux.Engine.Tests.Configuration;

/// <summary>The option SshMuxReconnect.</summary>
[Trait("System", "any")]
public class ReconnectionTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("SshMuxReconnect=yes", null, 60, "yes 60")]
    [InlineData("SshMuxReconnect=yes 2m", null, 120, "yes 120")]
    [InlineData("sshmuxreconnect YES 0", null, 0, "yes 0")]
    [InlineData("SshMuxReconnect=7", 7, 60, "7 60")]
    [InlineData("SshMuxReconnect=1 1h30m", 1, 5400, "1 5400")]
    public async Task It_is_an_option_like_others(string option, int? attempts, int seconds, string shown)
    {
        var configuration = await LoadAsync(option, "SshMuxReconnect=9");
        var expected = new Reconnection(attempts, TimeSpan.FromSeconds(seconds));
        Assert.Equal(expected, configuration.Reconnection);
        Assert.Equal(expected, HostConfiguration.Unpack(configuration.Pack()).Reconnection);
        Assert.Equal(shown, configuration.Show().Single(setting => setting.Keyword == "sshmuxreconnect").Value);
    }

    [Theory]
    [InlineData("SshMuxReconnect=no")]
    [InlineData("Port=22")]
    public async Task Without_it_a_master_ends_with_its_connection(string option)
    {
        var configuration = await LoadAsync(option);
        Assert.Null(configuration.Reconnection);
        Assert.Equal(TimeSpan.Zero, configuration.ServerAliveInterval);
    }

    [Theory]
    [InlineData(null, 15)]
    [InlineData("ServerAliveInterval=4", 4)]
    [InlineData("ServerAliveInterval=0", 0)]
    public async Task A_server_that_is_silent_is_noticed_with_it(string? option, int seconds)
    {
        var configuration = await LoadAsync([.. new[] { "SshMuxReconnect=yes", option }.OfType<string>()]);
        Assert.Equal(TimeSpan.FromSeconds(seconds), configuration.ServerAliveInterval);
    }

    [Theory]
    [InlineData("always", "unsupported option \"always\"; it can be no, yes and a time, or a number of attempts (1 to 1000000) and a time")]
    [InlineData("0", "unsupported option \"0\"")]
    [InlineData("1000001", "unsupported option \"1000001\"")]
    [InlineData("-1", "unsupported option \"-1\"")]
    [InlineData("yes soon", "invalid time value 'soon'; it must be a time such as 90, 2m or 1h30m")]
    [InlineData("5 5 5", "sshmuxreconnect extra arguments")]
    [InlineData("no 5", "sshmuxreconnect extra arguments")]
    public async Task What_cannot_be_meant_is_an_error(string value, string why)
    {
        var error = await Assert.ThrowsAsync<SshException>(() => LoadAsync($"SshMuxReconnect={value}"));
        Assert.Equal(SshError.ConfigurationInvalid, error.Error);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    private static Task<HostConfiguration> LoadAsync(params string[] options) =>
        HostConfiguration.LoadAsync(new HostQuery { Host = "x", ConfigFile = "none", Options = options }, Stop);
}
