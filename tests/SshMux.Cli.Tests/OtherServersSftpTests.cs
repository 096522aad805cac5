using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using SshMux.Cli.Tests.Support;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Configuration.SshConfig.Reading;
using SshMux.Engine.Connecting;
using SshMux.Engine.Sftp;
using SshMux.Engine.Sftp.Copying;
using SshMux.Engine.Streams;
using SshMux.Engine.Tests.Sftp;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>The sftp client: dropbear with OpenSSH's sftp-server, and asyncssh with its own.</summary>
public class OtherServersSftpTests(OtherServersFixture servers) : IClassFixture<OtherServersFixture>
{
    public static TheoryData<OtherServerKind> WithSftp =>
    [
        OtherServerKind.Dropbear, OtherServerKind.HardenedDropbear,
        OtherServerKind.Asyncssh, OtherServerKind.HardenedAsyncssh,
    ];

    /// <summary>Dropbear (2022.83) closes a session that begins just as another one's program ends.</summary>
    [Theory, MemberData(nameof(WithSftp))]
    public async Task Sessions_follow_each_other(OtherServerKind kind)
    {
        await using var connection = await ConnectAsync(kind);
        for (var i = 0; i < 60; i++)
        {
            await using var client = await OpenAsync(connection);
            Assert.Equal("/", await client.GetRealPathAsync("/", default));
        }
    }

    [Theory, MemberData(nameof(WithSftp))]
    public async Task A_tree_goes_there_and_back_unchanged(OtherServerKind kind)
    {
        using var folder = new TestFolder();
        var (here, there, back) = (folder.File("here"), folder.File("there"), folder.File("back"));
        var big = RandomNumberGenerator.GetBytes(5_000_000);
        Directory.CreateDirectory(here + "/sub");
        File.WriteAllBytes(here + "/big", big);
        folder.Write("here/sub/a \u00fc", "text");
        folder.Write("here/empty", "");

        await using var connection = await ConnectAsync(kind);
        await using var client = await OpenAsync(connection);
        var report = new CopyReport();
        var options = new SftpCopyOptions { Recurse = true };
        await using (var lanes = new SftpLanes(client))
        {
            using var uploader = new SftpUploader(lanes, options, report);
            await uploader.SetDestinationAsync(there, default);
            await uploader.AddAsync(here, default);
            await uploader.CompleteAsync(default);
        }

        using (var downloader = new SftpDownloader(client, options, report))
        {
            downloader.SetDestination(back);
            await downloader.AddAsync(there, default);
            await downloader.CompleteAsync(default);
        }

        Assert.Empty(report.Failed);
        foreach (var copy in new[] { there, back })
        {
            Assert.Equal(3, Directory.GetFiles(copy, "*", SearchOption.AllDirectories).Length);
            Assert.True(big.AsSpan().SequenceEqual(File.ReadAllBytes(copy + "/big")), "the copy differs");
            Assert.Equal("text", File.ReadAllText(copy + "/sub/a \u00fc"));
            Assert.Equal("", File.ReadAllText(copy + "/empty"));
        }
    }

    private async Task<SshConnection> ConnectAsync(OtherServerKind kind)
    {
        var server = await servers.ServerAsync(kind);
        var configuration = await HostConfiguration.LoadAsync(
            new HostQuery { Host = "x", ConfigFile = server.SshConfig }, default);
        return await SshConnector.ConnectAsync(
            configuration, NoInteraction.Instance, NullLogger.Instance, default);
    }

    private static async Task<SftpClient> OpenAsync(SshConnection connection)
    {
        var request = new SessionRequest { Command = "sftp", Subsystem = true };
        return await SftpClient.OpenAsync(await connection.StartAsync(request, default), "there", default);
    }
}
