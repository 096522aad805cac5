using System.Globalization;
using System.Text.RegularExpressions;
using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>-C and Compression, against a real sshd.</summary>
public partial class CompressionTests(JumpFixture hosts) : IClassFixture<JumpFixture>
{
    private const string Zlib = "zlib@openssh.com";

    [Fact]
    public async Task A_connection_of_its_own_is_compressed_only_when_asked_for()
    {
        Assert.Equal(["none"], await CompressionsAsync("target"));
        Assert.Equal([Zlib], await CompressionsAsync("-C", "target"));
        Assert.Equal([Zlib], await CompressionsAsync("-o", "Compression=yes", "target"));
        Assert.Equal(["none"], await CompressionsAsync("-o", "Compression=no", "target"));
    }

    /// <summary>As in ssh(1), -C is for the host that is named; a jump host has its own settings.</summary>
    [Fact]
    public async Task A_jump_host_has_its_own_setting()
    {
        Assert.Equal(["none", Zlib], await CompressionsAsync("-C", "-J", "near", "target"));
        var config = hosts.WriteConfig("compressed-jump", "Host near\n  Compression yes\n");
        Assert.Equal([Zlib, "none"], await CompressionsAsync("-F", config, "-J", "near", "target"));
        Assert.Equal([Zlib, Zlib], await CompressionsAsync("-F", config, "-C", "-J", "near", "target"));
    }

    /// <summary>What compresses well and what does not, with new keys on the way.</summary>
    [Fact]
    public async Task Data_arrives_whole_both_ways_with_new_keys_in_between()
    {
        var random = new Random(3);
        var input = string.Concat(Enumerable.Range(0, 20_000).Select(i =>
            i / 2000 % 2 == 0 ? $"line {i} of many alike\n" : $"{random.NextInt64():x}{random.NextInt64():x}\n"));
        var result = await ProcessResult.RunAsync(
            SshMuxProgram.Path,
            ["-F", hosts.Config, "-v", "-C", "-o", "RekeyLimit=32K", "-J", "near", "target", "cat"],
            input);
        Assert.Equal(0, result.ExitCode);
        Assert.True(input == result.Output, "the data differs");
        Assert.Contains("key exchange 3 done", result.ErrorOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_master_compresses_for_all_its_clients()
    {
        await using var master = await TestMaster.StartAsync(Peer.SshMux, hosts.Target, "-C");
        foreach (var client in new[] { "ssh", SshMuxProgram.Path })
        {
            var command = "head -c 5000000 /dev/zero | tr '\\0' x";
            var result = await ProcessResult.RunAsync(
                client, ["-F", hosts.Config, "-S", master.ControlPath, "target", command]);
            Assert.Equal(0, result.ExitCode);
            Assert.True(result.Output == new string('x', 5_000_000), "the data differs");
        }

        var information = await ProcessResult.RunAsync(
            SshMuxProgram.Path, ["-F", hosts.Config, "-S", master.ControlPath, "-O", "conninfo", "target"]);
        Assert.Contains($"  compression {Zlib}", information.Output, StringComparison.Ordinal);
        var traffic = TrafficIn().Match(information.Output);
        Assert.True(traffic.Success, information.Output);
        Assert.InRange(double.Parse(traffic.Groups[1].Value, CultureInfo.InvariantCulture), 1, 1023); // of 10 MB
    }

    [Fact]
    public async Task The_query_names_it() =>
        Assert.Equal("none\nzlib@openssh.com\n", (await hosts.RunAsync("-Q", "compression")).Output);

    [GeneratedRegex(@"traffic \d+ pkts \d+ blks ([\d.]+)KB in")]
    private static partial Regex TrafficIn();

    [GeneratedRegex(
        @"server->client cipher: \S+ MAC: \S+ compression: (\S+)\s+debug1: kex: client->server .* compression: (\S+)")]
    private static partial Regex Negotiated();

    /// <summary>What was agreed on for each connection on the way, the nearest first.</summary>
    private async Task<string[]> CompressionsAsync(params string[] arguments)
    {
        string[] configuration = arguments.Contains("-F") ? [] : ["-F", hosts.Config];
        var result = await ProcessResult.RunAsync(
            SshMuxProgram.Path, [.. configuration, "-v", .. arguments, "echo hi"]);
        Assert.Equal((0, "hi\n"), (result.ExitCode, result.Output));
        return
        [
            .. Negotiated().Matches(result.ErrorOutput).Select(match =>
            {
                Assert.Equal(match.Groups[1].Value, match.Groups[2].Value);
                return match.Groups[1].Value;
            }),
        ];
    }
}
