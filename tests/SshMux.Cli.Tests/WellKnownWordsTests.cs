using System.Net;
using System.Net.Sockets;
using System.Text;
using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>Messages that programs look for come in the words of ssh(1), and what may help after them.</summary>
public sealed class WellKnownWordsTests(ServerFixture server) : IClassFixture<ServerFixture>, IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_wrong_host_name()
    {
        var result = await RunAsync("-o", "HostName=no-such-host.invalid", "x", "true");
        AssertSshsMessage(result, "ssh: Could not resolve hostname no-such-host.invalid: Name or service not known; ");
    }

    [Fact]
    public async Task A_refused_port()
    {
        var port = TestSshd.FreePort();
        var result = await RunAsync("-p", $"{port}", "x", "true");
        AssertSshsMessage(result, $"ssh: connect to host 127.0.0.1 port {port}: Connection refused; ");
    }

    [Fact]
    public async Task A_wrong_key()
    {
        var key = _folder.File("other");
        await TestSshd.KeygenAsync(key, "ed25519");
        var config = await File.ReadAllTextAsync(server.Sshd.SshConfig);
        config = config.Replace(server.Sshd.UserKey, key, StringComparison.Ordinal);
        var result = await SshMuxProgram.RunAsync("-F", _folder.Write("config", config), "x", "true");
        AssertSshsMessage(result, $"{Environment.UserName}@x: Permission denied (publickey");
        Assert.Contains("). The server refused ", result.ErrorOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_does_not_answer()
    {
        using var silent = await SilentListener.StartAsync(IPAddress.Loopback);
        var port = silent.EndPoint.Port;
        var result = await RunAsync("-p", $"{port}", "-o", "ConnectTimeout=1", "x", "true");
        AssertSshsMessage(result, $"ssh: connect to host 127.0.0.1 port {port}: Connection timed out; ");
    }

    [Theory]
    [InlineData("", "kex_exchange_identification: Connection closed by remote host, ")]
    [InlineData("SSH-2.0-x\r\n", "Connection closed by remote host; ")]
    public async Task A_server_that_closes_at_once(string says, string start)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var running = RunAsync("-p", $"{((IPEndPoint)listener.LocalEndpoint).Port}", "x", "true");
        using (var socket = await listener.AcceptSocketAsync())
        {
            // Not before all of the client's words have come: an end with some unread would be a reset.
            var room = new byte[64 * 1024];
            if (says.Length > 0) await socket.SendAsync(Encoding.ASCII.GetBytes(says));
            for (var length = 0; length < (says.Length > 0 ? 600 : 1);) length += await socket.ReceiveAsync(room);
            socket.Shutdown(SocketShutdown.Send);
            while (await socket.ReceiveAsync(room) > 0) { }
        }

        AssertSshsMessage(await running, start);
    }

    [Fact]
    public async Task A_server_without_an_algorithm_in_common()
    {
        await using var sshd = await TestSshd.StartAsync("Ciphers aes128-ctr");
        var result = await SshMuxProgram.RunAsync("-F", sshd.SshConfig, "-c", "aes256-ctr", "x", "true");
        AssertSshsMessage(result, "Unable to negotiate: no matching cipher found. Their offer: aes128-ctr; ");
    }

    [Fact]
    public async Task What_was_agreed_on_is_told_in_the_words_of_ssh()
    {
        string[] options = ["-c", "aes256-ctr", "-m", "hmac-sha2-256", "-o", "KexAlgorithms=curve25519-sha256", "x", "true"];
        var ours = (await RunAsync(["-vv", .. options])).ErrorOutput;
        var theirs = (await ProcessResult.RunAsync("ssh", ["-F", server.Sshd.SshConfig, "-vv", .. options])).ErrorOutput;
        var lines = theirs.Split('\n').Select(line => line.TrimEnd('\r'))
            .Where(line => line.StartsWith("debug1: kex: ", StringComparison.Ordinal)).ToList();
        Assert.Equal(4, lines.Count);
        Assert.Equal(
            lines, ours.Split('\n').Where(line => line.StartsWith("debug1: kex: ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_changed_host_key()
    {
        await TestSshd.KeygenAsync(_folder.File("hostkey"), "ed25519");
        var other = await File.ReadAllTextAsync(_folder.File("hostkey.pub"));
        var knownHosts = _folder.Write("known_hosts", $"[127.0.0.1]:{server.Sshd.Port} {other}");
        var result = await RunAsync("-o", $"UserKnownHostsFile={knownHosts}", "x", "true");
        Assert.Equal((255, ""), (result.ExitCode, result.Output));
        Assert.StartsWith(
            "Host key verification failed. WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! ", result.ErrorOutput,
            StringComparison.Ordinal);
        Assert.Contains(knownHosts, result.ErrorOutput, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.ErrorOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_host_key_when_nobody_can_be_asked()
    {
        var knownHosts = _folder.File("known_hosts");
        var result = await RunAsync(
            "-o", $"UserKnownHostsFile={knownHosts}", "-o", "StrictHostKeyChecking=ask", "-o", "BatchMode=yes",
            "x", "true");
        Assert.Equal((255, ""), (result.ExitCode, result.Output));
        AssertSshsMessage(
            result, $"Host key verification failed. No ED25519 host key is known for [127.0.0.1]:{server.Sshd.Port} and ");
        Assert.False(File.Exists(knownHosts));
    }

    /// <summary>A message in the words of ssh(1), which programs look for at the beginning of a line.</summary>
    private static void AssertSshsMessage(ProcessResult result, string start)
    {
        Assert.Equal((255, ""), (result.ExitCode, result.Output));
        Assert.StartsWith(start, result.ErrorOutput, StringComparison.Ordinal);
        Assert.Matches("^[^\n]*\n$", result.ErrorOutput);
    }

    private Task<ProcessResult> RunAsync(params IEnumerable<string> arguments) =>
        SshMuxProgram.RunAsync(["-F", server.Sshd.SshConfig, .. arguments]);
}
