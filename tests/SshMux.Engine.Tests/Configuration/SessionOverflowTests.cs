using SshMux.Engine.Configuration;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Configuration.SshConfig.Reading;

namespace SshMux.Engine.Tests.Configuration;

/// <summary>The option SshMuxOverflow.</summary>
[Trait("System", "any")]
public class SessionOverflowTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("SshMuxOverflow=queue", nameof(SessionOverflowMode.Queue), 60, 0, "queue 60")]
    [InlineData("SshMuxOverflow=queue 2m", nameof(SessionOverflowMode.Queue), 120, 0, "queue 120")]
    [InlineData("sshmuxoverflow QUEUE 5", nameof(SessionOverflowMode.Queue), 5, 0, "queue 5")]
    [InlineData("SshMuxOverflow=connect", nameof(SessionOverflowMode.Connect), 60, 3, "connect 3 60")]
    [InlineData("SshMuxOverflow=connect 7", nameof(SessionOverflowMode.Connect), 60, 7, "connect 7 60")]
    [InlineData("SshMuxOverflow=connect 1 1h30m", nameof(SessionOverflowMode.Connect), 5400, 1, "connect 1 5400")]
    [InlineData("SshMuxOverflow=refuse", nameof(SessionOverflowMode.Refuse), 0, 0, "refuse")]
    public async Task It_is_an_option_like_others(
        string option, string mode, int seconds, int connections, string shown)
    {
        var configuration = await LoadAsync(option, "SshMuxOverflow=queue 9");
        var expected = new SessionOverflow(Enum.Parse<SessionOverflowMode>(mode), TimeSpan.FromSeconds(seconds), connections);
        Assert.Equal(expected, configuration.Overflow);
        Assert.Equal(expected, HostConfiguration.Unpack(configuration.Pack()).Overflow);
        Assert.Equal(shown, configuration.Show().Single(setting => setting.Keyword == "sshmuxoverflow").Value);
    }

    [Fact]
    public async Task Without_it_sessions_wait_for_a_minute() =>
        Assert.Equal(SessionOverflow.Usual, (await LoadAsync()).Overflow);

    [Theory]
    [InlineData("wait", "unsupported option \"wait\"; it can be queue and a time, connect and a number, or refuse")]
    [InlineData("queue soon", "invalid time value 'soon'; it must be a time such as 90, 2m or 1h30m")]
    [InlineData("queue 0", "it must be 1 s or more, or say refuse")]
    [InlineData("connect 0", "the number of further connections must be 1 to 100")]
    [InlineData("connect 101", "the number of further connections must be 1 to 100")]
    [InlineData("connect many", "connect many: the number of further connections must be 1 to 100")]
    [InlineData("connect 2 -1", "invalid time value '-1'")]
    [InlineData("queue 5 5", "sshmuxoverflow extra arguments")]
    [InlineData("refuse 5", "sshmuxoverflow extra arguments")]
    public async Task What_cannot_be_meant_is_an_error(string value, string why)
    {
        var error = await Assert.ThrowsAsync<SshException>(() => LoadAsync($"SshMuxOverflow={value}"));
        Assert.Equal(SshError.ConfigurationInvalid, error.Error);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    private static Task<HostConfiguration> LoadAsync(params string[] options) =>
        HostConfiguration.LoadAsync(new HostQuery { Host = "x", ConfigFile = "none", Options = options }, Stop);
}
