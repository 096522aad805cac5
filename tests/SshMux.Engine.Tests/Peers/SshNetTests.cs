using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Renci.SshNet;
using Renci.SshNet.Common;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Peers;

/// <summary>SSH.NET, an implementation that knows nothing of ours, goes through our forwards to a server behind ours.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public class SshNetTests(SshNetFixture servers) : IClassFixture<SshNetFixture>
{
    public static TheoryData<SshNetRoute> Routes => [.. Enum.GetValues<SshNetRoute>()];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(Routes))]
    public async Task A_command_has_its_input_its_output_and_its_status(SshNetRoute route)
    {
        using (var client = await servers.ConnectAsync(route))
        {
            using var command = client.CreateCommand("echo $HOME; cat; echo error >&2; exit 7");
            var running = command.ExecuteAsync(Stop);
            await using (var input = command.CreateInputStream()) input.Write("input\n"u8);
            await running;
            Assert.Equal($"{servers.Far.Folder.Path}\ninput\n", command.Result);
            Assert.Equal((7, "error\n"), (command.ExitStatus, command.Error));
            using var killed = client.CreateCommand("kill -TERM $$");
            await killed.ExecuteAsync(Stop);
            Assert.Equal((null, "TERM"), (killed.ExitStatus, killed.ExitSignal));
        }

        await servers.ExpectNothingLeftAsync();
    }

    [Theory, MemberData(nameof(Routes))]
    public async Task A_file_comes_whole_to_the_server_and_back(SshNetRoute route)
    {
        using var folder = new TestFolder();
        var data = Descriptors.RandomBytes(8_000_000, 1);
        using (var client = await servers.ConnectAsync(route))
        using (var sftp = new SftpClient(servers.Info(route)))
        {
            await sftp.ConnectAsync(Stop);
            await sftp.UploadFileAsync(new MemoryStream(data), folder.File("part"), Stop);
            sftp.RenameFile(folder.File("part"), folder.File("whole"), isPosix: true);
            using var sum = client.RunCommand($"sha256sum < {folder.File("whole")}");
            Assert.Equal($"{Convert.ToHexStringLower(SHA256.HashData(data))}  -\n", sum.Result);
            var back = new MemoryStream();
            await sftp.DownloadFileAsync(folder.File("whole"), back, Stop);
            Assert.True(data.AsSpan().SequenceEqual(back.ToArray()), "what came back differs");
        }

        await servers.ExpectNothingLeftAsync();
    }

    [Theory, MemberData(nameof(Routes))]
    public async Task Commands_run_at_once_on_a_connection_and_on_many(SshNetRoute route)
    {
        const int Connections = 4;
        const int Commands = 10;
        var clients = await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => servers.ConnectAsync(route)));

        // SSH.NET blocks whoever opens a session: a thread for each.
        await Task.WhenAll(Enumerable.Range(0, Connections * Commands).Select(number => Task.Factory.StartNew(
            () =>
            {
                var line = $"yes {number} | head -n 20000; exit {number}";
                using var command = clients[number % Connections].RunCommand(line);
                Assert.Equal(number, command.ExitStatus);
                Assert.Equal(string.Concat(Enumerable.Repeat($"{number}\n", 20_000)), command.Result);
            },
            Stop,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));
        foreach (var client in clients) client.Dispose();
        await servers.ExpectNothingLeftAsync();
    }

    [Theory, MemberData(nameof(Routes))]
    public async Task A_wrong_key_and_a_wrong_password_are_refused_and_the_next_login_is_not(SshNetRoute route)
    {
        using var folder = new TestFolder();
        await TestSshd.KeygenAsync(folder.File("other"), "ed25519");
        var user = servers.Far.UserName;
        AuthenticationMethod[] wrong =
        [
            new PrivateKeyAuthenticationMethod(user, new PrivateKeyFile(folder.File("other"))),
            new PasswordAuthenticationMethod(user, Guid.NewGuid().ToString()),
        ];
        foreach (var method in wrong)
        {
            var info = servers.Info(route, servers.Far.Port, method);
            var error = await Assert.ThrowsAsync<SshAuthenticationException>(() => SshNetFixture.ConnectAsync(info));
            Assert.Equal($"Permission denied ({method.Name}).", error.Message);
        }

        using (var client = await servers.ConnectAsync(route)) Assert.True(client.IsConnected);
        await servers.ExpectNothingLeftAsync();
    }

    [Theory]
    [InlineData(SshNetRoute.Socks4, "SOCKS4: Connection rejected.")]
    [InlineData(SshNetRoute.Socks5, "SOCKS5: Connection refused by destination host.")]
    [InlineData(SshNetRoute.RemoteSocks5, "SOCKS5: Connection refused by destination host.")]
    public async Task A_port_where_nobody_listens_is_told_with_SOCKS(SshNetRoute route, string message)
    {
        var info = servers.Info(route, TestSshd.FreePort(), SshNetFixture.KeyOf(servers.Far));
        var error = await Assert.ThrowsAsync<ProxyException>(() => SshNetFixture.ConnectAsync(info));
        Assert.Equal(message, error.Message);
        await servers.ExpectNothingLeftAsync();
    }

    [Fact]
    public async Task A_port_where_nobody_listens_ends_the_connection_without_SOCKS()
    {
        var spec = ForwardSpec.ParseLocal($"127.0.0.1:0:127.0.0.1:{TestSshd.FreePort()}");
        await using var forward = await servers.StartAsync(spec);
        var key = SshNetFixture.KeyOf(servers.Far);
        var info = new ConnectionInfo("127.0.0.1", forward.Port!.Value, key.Username, key);

        // A reset, if what SSH.NET says first was not read yet.
        var end = await Assert.ThrowsAnyAsync<Exception>(() => SshNetFixture.ConnectAsync(info));
        Assert.True(
            end is SshConnectionException or SocketException { SocketErrorCode: SocketError.ConnectionReset }, $"{end}");
        await servers.ExpectNothingLeftAsync();
    }

    [Fact]
    public async Task Keepalives_of_either_side_arrive()
    {
        // At this level sshd logs each message; an answer to its own keepalive is one of type 82.
        await using var sshd = await TestSshd.StartAsync("LogLevel DEBUG3\nClientAliveInterval 1");
        await using var forward = await servers.StartAsync(ForwardSpec.ParseLocal($"127.0.0.1:0:127.0.0.1:{sshd.Port}"));
        var key = SshNetFixture.KeyOf(sshd);
        using (var client = await SshNetFixture.ConnectAsync(
            new ConnectionInfo("127.0.0.1", forward.Port!.Value, key.Username, key)))
        {
            await Eventually.TrueAsync(() => Times("receive packet: type 82") >= 2, "sshd has its answers");

            // Only now: to a client that sends something within its interval, sshd sends nothing.
            client.KeepAliveInterval = TimeSpan.FromSeconds(0.2);
            await Eventually.TrueAsync(() => Times("Received SSH2_MSG_IGNORE") >= 3, "SSH.NET's keepalives are there");
            Assert.Equal("there\n", client.RunCommand("echo there").Result);
        }

        await servers.ExpectNothingLeftAsync();

        int Times(string line) => sshd.Log.Split(line).Length - 1;
    }

    [Fact]
    public async Task A_command_through_a_connection_of_ours_that_ends_ends_with_an_error()
    {
        await using var own = new SshNetFixture();
        await own.InitializeAsync();
        using var client = await own.ConnectAsync(SshNetRoute.Local);
        using var command = client.CreateCommand("echo up; cat");
        var running = command.ExecuteAsync(Stop);
        var up = new byte[3];
        await Task.Run(() => command.OutputStream.ReadExactly(up), Stop);
        Assert.Equal("up\n", Encoding.ASCII.GetString(up));
        own.Near.KillConnections();
        await Assert.ThrowsAsync<SshConnectionException>(() => running.WaitAsync(TimeSpan.FromSeconds(30), Stop));
        await Eventually.TrueAsync(() => !client.IsConnected, "SSH.NET has seen the end");
    }
}
