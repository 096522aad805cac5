using System.Net;
using System.Net.Sockets;
using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>Servers that are not OpenSSH's, as they come and hardened, reached by sshmux alone and as a master.</summary>
public class OtherServersTests(OtherServersFixture servers) : IClassFixture<OtherServersFixture>
{
    private static readonly string Data = Convert.ToBase64String(Bytes(3_750_000));

    public static TheoryData<OtherServerKind> All => [.. Enum.GetValues<OtherServerKind>()];

    public static TheoryData<OtherServerKind> WithMoreThanOneSession =>
        [.. Enum.GetValues<OtherServerKind>().Except([OtherServerKind.Tinyssh, OtherServerKind.HardenedTinyssh])];

    [Theory, MemberData(nameof(All))]
    public async Task A_login_runs_a_command_with_its_output_and_exit_status(OtherServerKind kind)
    {
        var server = await servers.ServerAsync(kind);
        var result = await SshMuxProgram.RunAsync(
            "-F", server.SshConfig, "-o", "WarnWeakCrypto=no", "x", "echo out; echo err >&2; exit 7");
        Assert.Equal(new ProcessResult(7, "out\n", "err\n"), result);
    }

    [Theory, MemberData(nameof(All))]
    public async Task Five_megabytes_pass_through_cat_and_come_back_whole(OtherServerKind kind)
    {
        var master = await servers.MasterAsync(kind);
        var result = await ProcessResult.RunAsync(SshMuxProgram.Path, master.ClientArguments("x", "cat; exit 3"), Data);
        Assert.Equal((3, ""), (result.ExitCode, result.ErrorOutput));
        Assert.True(Data == result.Output, "what came back differs");
    }

    [Theory, MemberData(nameof(WithMoreThanOneSession))]
    public async Task Sessions_run_at_once_on_one_master(OtherServerKind kind)
    {
        var master = await servers.MasterAsync(kind);
        using var folder = new TestFolder();

        // Each ends when all have begun.
        var command = $"touch {folder.Path}/$0; while [ $(ls {folder.Path} | wc -l) -lt 4 ]; do sleep 0.05; done; echo $0";
        var results = await Task.WhenAll(Enumerable.Range(0, 4).Select(number => master.RunClientAsync(
            number % 2 == 0 ? Peer.SshMux : Peer.OpenSsh, "x", $"sh -c '{command}' {number}")));
        Assert.Equal(Enumerable.Range(0, 4).Select(number => new ProcessResult(0, $"{number}\n", "")), results);
    }

    [Theory, MemberData(nameof(WithMoreThanOneSession))]
    public async Task A_forward_that_a_client_opens_carries_five_megabytes_both_ways(OtherServerKind kind)
    {
        var master = await servers.MasterAsync(kind);
        using var echo = new EchoServer();
        var port = TestSshd.FreePort();
        var opened = await master.RunClientAsync(
            Peer.SshMux, "-O", "forward", "-L", $"127.0.0.1:{port}:127.0.0.1:{echo.Port}", "x");
        Assert.Equal(new ProcessResult(0, "", ""), opened);

        using var connection = new TcpClient();
        await connection.ConnectAsync(IPAddress.Loopback, port);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await using var stream = connection.GetStream();
        var sent = Bytes(5_000_000);
        var received = new byte[sent.Length];
        var reading = stream.ReadExactlyAsync(received, limit.Token);
        await stream.WriteAsync(sent, limit.Token);
        connection.Client.Shutdown(SocketShutdown.Send);
        await reading;
        Assert.True(sent.AsSpan().SequenceEqual(received), "what came back differs");
        Assert.Equal(0, await stream.ReadAsync(new byte[1], limit.Token));
    }

    /// <summary>dropbear ends the connection for a packet of more than 35,000 bytes.</summary>
    [Theory]
    [InlineData(OtherServerKind.Dropbear)]
    [InlineData(OtherServerKind.Asyncssh)]
    public async Task A_command_that_is_too_long_for_the_server_ends_itself_only(OtherServerKind kind)
    {
        var master = await servers.MasterAsync(kind);
        var command = $": {new string('x', 40_000)}; echo done";
        var result = await ProcessResult.RunAsync(SshMuxProgram.Path, master.ClientArguments("x", command));
        if (kind == OtherServerKind.Asyncssh)
        {
            Assert.Equal(new ProcessResult(0, "done\n", ""), result);
        }
        else
        {
            Assert.Equal((255, ""), (result.ExitCode, result.Output));
            Assert.Contains("can take no more than", result.ErrorOutput, StringComparison.Ordinal);
        }

        result = await ProcessResult.RunAsync(SshMuxProgram.Path, master.ClientArguments("x", "echo still there"));
        Assert.Equal(new ProcessResult(0, "still there\n", ""), result);
    }

    /// <summary>tinysshd has one session in a connection, and ends it after that.</summary>
    [Theory]
    [InlineData(OtherServerKind.Tinyssh)]
    [InlineData(OtherServerKind.HardenedTinyssh)]
    public async Task A_server_with_one_session_refuses_the_second_and_the_first_goes_on(OtherServerKind kind)
    {
        var server = await servers.ServerAsync(kind);
        await using var master = await TestMaster.StartAsync(
            Peer.SshMux, server.SshConfig, new TestFolder(), [], "-M");
        var gate = master.Folder.File("gate");
        var first = master.RunClientAsync(
            Peer.OpenSsh, "x", $"touch {gate}.up; while [ ! -e {gate} ]; do sleep 0.05; done; echo end");
        await Wait.UntilAsync(() => File.Exists($"{gate}.up"), "the first session runs");
        var second = await master.RunClientAsync(Peer.SshMux, "x", "echo second");
        Assert.Equal((255, ""), (second.ExitCode, second.Output));
        Assert.Contains(
            "the master refused: Session open refused by peer", second.ErrorOutput, StringComparison.Ordinal);
        File.WriteAllText(gate, "");
        Assert.Equal(new ProcessResult(0, "end\n", ""), await first);
    }

    [Theory]
    [InlineData(
        OtherServerKind.HardenedTinyssh,
        "curve25519-sha256", "ssh-ed25519", "chacha20-poly1305@openssh.com", "<implicit>")]
    [InlineData(
        OtherServerKind.HardenedDropbear, "curve25519-sha256", "ssh-ed25519", "aes256-ctr", "hmac-sha2-256")]
    [InlineData(
        OtherServerKind.HardenedAsyncssh, "curve25519-sha256", "rsa-sha2-512", "aes256-gcm@openssh.com", "<implicit>")]
    public async Task Hardened_servers_get_the_algorithms_that_are_left(
        OtherServerKind kind, string keyExchange, string hostKey, string cipher, string mac)
    {
        // A master of its own, for tinysshd ends a shared one after its first session.
        var server = await servers.ServerAsync(kind);
        await using var master = await TestMaster.StartAsync(
            Peer.SshMux, server.SshConfig, new TestFolder(), [], "-M");
        var result = await master.RunClientAsync(Peer.SshMux, "-O", "conninfo", "x");
        Assert.Contains(
            $"  kexalgorithm {keyExchange}\r\n  hostkeyalgorithm {hostKey}\r\n  cipher {cipher}\r\n  mac {mac}\r\n",
            result.Output,
            StringComparison.Ordinal);
    }

    private static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        new Random(1).NextBytes(bytes);
        return bytes;
    }
}
