using System.Globalization;
using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>zlib@openssh.com and ChaCha20-Poly1305 with servers that are not OpenSSH's.</summary>
public class OtherServersCompressionTests(OtherServersFixture servers) : IClassFixture<OtherServersFixture>
{
    [Theory]
    [InlineData(OtherServerKind.Dropbear)]
    [InlineData(OtherServerKind.Asyncssh)]
    public async Task Data_arrives_whole_both_ways_with_new_keys_in_between(OtherServerKind kind)
    {
        var server = await servers.ServerAsync(kind);
        var numbers = Enumerable.Range(0, 200_000).Select(i => i.ToString(CultureInfo.InvariantCulture));
        var input = string.Join('\n', numbers);
        var result = await ProcessResult.RunAsync(
            SshMuxProgram.Path,
            [
                "-F", server.SshConfig, "-v", "-C", "-c", "chacha20-poly1305@openssh.com", "-o", "RekeyLimit=200K",
                "x", "cat",
            ],
            input);
        Assert.Equal(0, result.ExitCode);
        Assert.True(input == result.Output, "what came back differs");
        foreach (var part in new[]
        {
            "kex: server->client cipher: chacha20-poly1305@openssh.com MAC: <implicit> compression: zlib@openssh.com",
            "kex: client->server cipher: chacha20-poly1305@openssh.com MAC: <implicit> compression: zlib@openssh.com",
            "key exchange 2 done",
        })
        {
            Assert.Contains(part, result.ErrorOutput, StringComparison.Ordinal);
        }
    }
}
