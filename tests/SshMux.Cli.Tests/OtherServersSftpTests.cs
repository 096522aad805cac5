using Microsoft.Extensions.Logging.Abstractions;
using SshMux.Cli.Tests.Support;
using SshMux.Engine.Authentication;
using SshMux.Engine.Configuration;
using SshMux.Engine.Connection;
using SshMux.Engine.Sftp;

namespace SshMux.Cli.Tests;

/// <summary>The sftp client, with servers that are not OpenSSH's.</summary>
public class OtherServersSftpTests(OtherServersFixture servers) : IClassFixture<OtherServersFixture>
{
    /// <summary>Dropbear (2022.83) closes a session that begins just as another one's program ends.</summary>
    [Theory]
    [InlineData(OtherServerKind.Dropbear)]
    [InlineData(OtherServerKind.HardenedDropbear)]
    public async Task Sessions_follow_each_other(OtherServerKind kind)
    {
        var server = await servers.ServerAsync(kind);
        var configuration = await HostConfiguration.LoadAsync(
            new HostQuery { Host = "x", ConfigFile = server.SshConfig }, default);
        await using var connection = await SshConnector.ConnectAsync(
            configuration, NoInteraction.Instance, NullLogger.Instance, default);
        for (var i = 0; i < 60; i++)
        {
            var request = new SessionRequest { Command = "sftp", Subsystem = true };
            var process = await connection.StartAsync(request, default);
            await using var client = await SftpClient.OpenAsync(process, "there", default);
            Assert.Equal("/", await client.GetRealPathAsync("/", default));
        }
    }
}
