using SshMux.Engine.Channels;
using SshMux.Engine.Sftp;
using SshMux.Engine.Streams;
using SshMux.Engine.Tests.Mux;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Sftp;

/// <summary>The ends of sftp sessions over a connection to sshd.</summary>
public class SftpSessionTests
{
    [Fact]
    public async Task Sessions_follow_each_other_where_sshd_grants_one()
    {
        await using var sshd = await TestSshd.StartAsync("MaxSessions 1");
        await using var connection = await OurMaster.ConnectAsync(sshd, default);
        for (var i = 0; i < 30; i++)
        {
            await using var client = await OpenAsync(connection, "sftp");
            Assert.Equal("/", await client.GetRealPathAsync("/", default));
        }
    }

    [Fact]
    public async Task A_server_that_does_not_end_is_left()
    {
        // Nothing from here ends it but that the folder is gone.
        using var folder = new TestFolder();
        await using var sshd = await TestSshd.StartAsync(
            $"Subsystem endless /usr/lib/openssh/sftp-server; while [ -e {folder.Path} ]; do sleep 0.1; done");
        await using var connection = await OurMaster.ConnectAsync(sshd, default);
        var client = await OpenAsync(connection, "endless");
        Assert.Equal("/", await client.GetRealPathAsync("/", default));
        await client.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(SshError.Stopped, client.EndReason?.Error);
    }

    private static async Task<SftpClient> OpenAsync(SshConnection connection, string subsystem)
    {
        var request = new SessionRequest { Command = subsystem, Subsystem = true };
        return await SftpClient.OpenAsync(await connection.StartAsync(request, default), "there", default);
    }
}
