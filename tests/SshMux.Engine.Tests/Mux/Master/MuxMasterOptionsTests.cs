using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Configuration.SshConfig.Reading;
using SshMux.Engine.Mux.Master;

namespace SshMux.Engine.Tests.Mux.Master;

/// <summary>What a host's configuration makes of a master.</summary>
public class MuxMasterOptionsTests
{
    [Fact]
    public async Task A_master_is_what_the_configuration_says()
    {
        var options = MuxMasterOptions.From(await LoadAsync(
            "ControlMaster=auto", "ControlPath=/tmp/cm", "ControlPersist=10m", "HostName=web.example.org", "User=deploy",
            "Port=2022", "SendEnv=LC_*", "SetEnv=A=b", "GatewayPorts=yes"));
        Assert.Equal(
            ("/tmp/cm", true, TimeSpan.FromMinutes(10), "web.example.org"),
            (options.ControlPath, options.ReplaceStaleSocket, options.IdleLimit, options.HostName));
        Assert.Equal(["LC_*"], options.SendEnv);
        Assert.Equal([new("A", "b")], options.SetEnv);
        Assert.True(options.Forwards.GatewayPorts);
        Assert.Equal(("web", "deploy", 2022), (options.Login.Host, options.Login.User, options.Login.Port));
        Assert.NotNull(options.Login.Opened);
        Assert.Null(options.AskPermission);
    }

    [Fact]
    public async Task Without_ControlMaster_nobody_listens() =>
        Assert.Null(MuxMasterOptions.From(await LoadAsync("ControlPath=/tmp/cm")).ControlPath);

    [Theory]
    [InlineData("ask", false)]
    [InlineData("autoask", true)]
    public async Task The_user_is_asked_where_the_configuration_wants_it(string mode, bool replaces)
    {
        var configuration = await LoadAsync($"ControlMaster={mode}", "ControlPath=/tmp/cm");
        var options = MuxMasterOptions.From(configuration, (question, _) => Task.FromResult(question == "May I?"));
        Assert.Equal(replaces, options.ReplaceStaleSocket);
        Assert.True(await options.AskPermission!("May I?", default));
        Assert.False(await options.AskPermission!("Or this?", default));

        // Nobody who could be asked has said yes.
        Assert.False(await MuxMasterOptions.From(configuration).AskPermission!("May I?", default));
    }

    private static Task<HostConfiguration> LoadAsync(params string[] options) =>
        HostConfiguration.LoadAsync(
            new HostQuery { Host = "web", ConfigFile = "none", Options = options });
}
