using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Configuration.SshConfig.Reading;
using SshMux.Engine.Platform;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Configuration;

/// <summary>What the configuration says of the agent and X11, read by ssh -G and by our own defaults.</summary>
[Trait("System", "any")]
public class SessionForwardingSettingsTests
{
    [Fact]
    public async Task Nothing_is_forwarded_by_default()
    {
        var configuration = await LoadAsync();
        Assert.Equal(
            (false, false, null),
            (configuration.ForwardAgent, configuration.ForwardX11, configuration.ForwardedAgent));
        Assert.Equal(TimeSpan.FromMinutes(20), configuration.ForwardX11Timeout);
    }

    [Fact]
    public async Task Yes_means_the_agent_that_logins_use()
    {
        var configuration = await LoadAsync("ForwardAgent=yes", "IdentityAgent=/tmp/agent");
        Assert.Equal((true, "/tmp/agent"), (configuration.ForwardAgent, configuration.ForwardedAgent));
        configuration = await LoadAsync("ForwardAgent=yes", "IdentityAgent=none");
        Assert.Equal((true, null), (configuration.ForwardAgent, configuration.ForwardedAgent));
    }

    [Fact]
    public async Task A_socket_is_named_by_path_or_variable()
    {
        var configuration = await LoadAsync("ForwardAgent=~/agent-%p", "Port=4711");
        Assert.Equal(Path.Combine(LocalUser.Current.HomeFolder, "agent-4711"), configuration.ForwardedAgent);
        configuration = await LoadAsync("ForwardAgent=$PATH");
        Assert.Equal(
            (true, Environment.GetEnvironmentVariable("PATH")),
            (configuration.ForwardAgent, configuration.ForwardedAgent));
        configuration = await LoadAsync("ForwardAgent=$SSHMUX_NOT_SET");
        Assert.False(configuration.ForwardAgent);
    }

    [Theory]
    [InlineData("ForwardAgent=no", false)]
    [InlineData("forwardagent no", false)]
    [InlineData("ForwardAgent = \"no\"", false)]
    [InlineData("ForwardAgent=yes", true)]
    public async Task A_socket_in_a_file_does_not_win_over_no(string option, bool forwarded)
    {
        using var folder = new TestFolder();
        var query = new HostQuery
        {
            Host = "x",
            ConfigFile = folder.Write("config", "ForwardAgent /tmp/agent\n"),
            Options = [option, "ForwardAgent=/tmp/other"],
        };
        Assert.Equal(forwarded, (await HostConfiguration.LoadAsync(query)).ForwardAgent);
    }

    [Fact]
    public async Task X11_has_its_trust_and_its_time()
    {
        var configuration = await LoadAsync(
            "ForwardX11=yes", "ForwardX11Trusted=no", "ForwardX11Timeout=90s", "XAuthLocation=/opt/xauth");
        Assert.Equal(
            (true, false, TimeSpan.FromSeconds(90), "/opt/xauth"),
            (configuration.ForwardX11, configuration.ForwardX11Trusted, configuration.ForwardX11Timeout,
                configuration.XAuthLocation));
        configuration = await LoadAsync("ForwardX11Trusted=yes", "XAuthLocation=none");
        Assert.Equal(
            (false, true, null),
            (configuration.ForwardX11, configuration.ForwardX11Trusted, configuration.XAuthLocation));
    }

    private static Task<HostConfiguration> LoadAsync(params string[] options) =>
        HostConfiguration.LoadAsync(
            new HostQuery { Host = "x", ConfigFile = "none", Options = options });
}
