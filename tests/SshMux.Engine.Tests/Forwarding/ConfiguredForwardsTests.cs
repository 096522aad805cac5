using Microsoft.Extensions.Logging.Abstractions;
using SshMux.Engine.Configuration;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Configuration.SshConfig.Reading;
using SshMux.Engine.Forwarding;

namespace SshMux.Engine.Tests.Forwarding;

/// <summary>The forwards of a configuration, and what stands for something else in them.</summary>
public sealed class ConfiguredForwardsTests
{
    private static readonly ConnectionTokens Tokens = new("alias", "web.example", 22, "me");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void Variables_stand_for_their_values_and_tokens_for_theirs_in_paths()
    {
        Assert.Equal(
            new ForwardSpec(
                ForwardKind.Local,
                ForwardEndpoint.ForPath("/run/me-web.example"),
                ForwardEndpoint.ForPath("/run/100%")),
            ConfiguredForwards.ParseExpanded("/run/%r-%h:/run/100%%", ForwardSpec.ParseLocal, Tokens));

        // A host's name is no path: there a percent sign stays.
        Assert.Equal(
            new ForwardEndpoint("%h", 80),
            ConfiguredForwards.ParseExpanded("1:%h:80", ForwardSpec.ParseLocal, Tokens).Connect);
        Assert.Null(ConfiguredForwards.ParseExpanded("1080", ForwardSpec.ParseDynamic, Tokens).Connect);
    }

    [Fact]
    public void A_variable_may_be_any_part()
    {
        const string name = "SSHMUX_TEST_FORWARD";
        Environment.SetEnvironmentVariable(name, "8080:localhost");
        try
        {
            Assert.Equal(
                ForwardSpec.ParseLocal("8080:localhost:80"),
                ConfiguredForwards.ParseExpanded($"${{{name}}}:80", ForwardSpec.ParseLocal, Tokens));
        }
        finally
        {
            Environment.SetEnvironmentVariable(name, null);
        }
    }

    [Theory]
    [InlineData("${SSHMUX_NO_SUCH_VARIABLE}:x:80", "the environment variable 'SSHMUX_NO_SUCH_VARIABLE' is not set")]
    [InlineData("/run/%q:x:80", "there is no token '%q'")]
    [InlineData("1:2", "bad local forward")]
    public void What_stands_for_nothing_is_an_error(string text, string words)
    {
        var error = Assert.Throws<SshException>(
            () => ConfiguredForwards.ParseExpanded(text, ForwardSpec.ParseLocal, Tokens));
        Assert.Equal(SshError.ConfigurationInvalid, error.Error);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Those_of_a_configuration_come_by_their_kinds()
    {
        var configuration = await LoadAsync(
            "RemoteForward=3 c:30", "LocalForward=1 a:10", "DynamicForward=2", "LocalForward=4 d:40");
        Assert.Equal(
            ["1:a:10", "4:d:40", "2", "3:c:30"],
            ConfiguredForwards.Read(configuration).Select(spec => spec.ToString()));
        Assert.Empty(ConfiguredForwards.Read(await LoadAsync("LocalForward=1 a:10", "ClearAllForwardings=yes")));
    }

    [Theory]
    [InlineData("0177", UnixFileMode.UserExecute | (UnixFileMode)0b111_111)]
    [InlineData("0", UnixFileMode.None)]
    [InlineData("777", (UnixFileMode)0b111_111_111)]
    public async Task The_mask_of_sockets_is_octal(string text, UnixFileMode mask)
    {
        var options = ForwardOptions.From(await LoadAsync($"StreamLocalBindMask={text}"), NullLogger.Instance);
        Assert.Equal(mask, options.StreamLocalBindMask);
    }

    private static Task<HostConfiguration> LoadAsync(params string[] options) =>
        HostConfiguration.LoadAsync(new HostQuery { Host = "x", ConfigFile = "none", Options = options }, Stop);
}
