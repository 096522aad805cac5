using Microsoft.Extensions.Logging.Abstractions;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Configuration.SshConfig.Reading;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Streams;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Mux.Client;

/// <summary>Jump hosts that are logged in to already: their masters are used.</summary>
public sealed class MuxConnectorTests(MuxSshd server) : IClassFixture<MuxSshd>
{
    [Theory]
    [InlineData("no", true)]
    [InlineData("auto", true)]
    [InlineData("yes", false)] // it is to become a master itself
    public async Task A_jump_goes_over_the_master_that_is_there(string controlMaster, bool overMaster)
    {
        await using var master = await OurMaster.StartAsync(server.Sshd);
        await using (var connection = await ConnectAsync($"ControlPath {master.Path}", controlMaster))
        {
            Assert.Equal(overMaster ? 1 : 0, master.Master.Connection.ChannelCount);
            await RunAsync(connection);
        }

        await master.ExpectNothingLeftAsync();
    }

    [Fact]
    public async Task Without_a_living_master_the_jump_host_is_logged_in_to()
    {
        using var folder = new TestFolder();
        await MuxClientErrorTests.MakeStaleAsync(folder.File("stale"));
        foreach (var path in new[] { "none", folder.File("missing"), folder.File("stale") })
        {
            await using var connection = await ConnectAsync($"ControlPath {path}", "auto");
            await RunAsync(connection);
        }
    }

    private static async Task RunAsync(SshConnection connection)
    {
        await using var process = await connection.StartAsync(new SessionRequest { Command = "exit 5" }, default);
        Assert.Equal(5u, (await process.Exit).Status);
    }

    private async Task<SshConnection> ConnectAsync(string controlPath, string controlMaster)
    {
        using var folder = new TestFolder();
        var config = folder.Write("config", $"""
            Host x
              ProxyJump jump
            Host jump
              {controlPath}
              ControlMaster {controlMaster}

            """ + File.ReadAllText(server.Sshd.SshConfig));
        var query = new HostQuery { Host = "x", ConfigFile = config };
        var configuration = await HostConfiguration.LoadAsync(query, default);
        return await MuxConnector.ConnectAsync(
            configuration, NoInteraction.Instance, NullLogger.Instance, TestContext.Current.CancellationToken);
    }
}
