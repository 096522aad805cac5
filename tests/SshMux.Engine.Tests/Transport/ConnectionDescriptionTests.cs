using System.Net;
using SshMux.Engine.Transport;
using SshMux.Engine.Transport.Algorithms;

namespace SshMux.Engine.Tests.Transport;

public class ConnectionDescriptionTests
{
    private static readonly NegotiatedAlgorithms Algorithms = new()
    {
        KeyExchange = "curve25519-sha256",
        HostKey = "ssh-ed25519",
        CipherIn = "aes256-ctr",
        CipherOut = "aes256-ctr",
        MacIn = "hmac-sha2-256",
        MacOut = "hmac-sha2-256",
        StrictKeyExchange = true,
    };

    [Fact]
    public void It_has_the_lines_of_OpenSSH()
    {
        var description = new ConnectionDescription
        {
            Machine = "box",
            ProcessId = 4711,
            Versions = ("SshMux_1.0.0", "OpenSSH_10.6p1 Debian-1"),
            Local = new IPEndPoint(IPAddress.Loopback, 40000),
            Remote = new IPEndPoint(IPAddress.Parse("::ffff:10.0.0.1"), 22),
            Duration = TimeSpan.FromSeconds(3723),
            Algorithms = Algorithms,
            RekeyBlocksIn = 1024,
            RekeyBlocksOut = 1024,
            In = (12, 105, 3174),
            Out = (7, 107, 3789),
        };
        Assert.Equal(
            "Connection information for box pid 4711\r\n"
            + "  versions SshMux_1.0.0 -> OpenSSH_10.6p1 Debian-1\r\n"
            + "  tcp 127.0.0.1:40000 -> 10.0.0.1:22\r\n"
            + "  duration 01:02:03\r\n"
            + "  kexalgorithm curve25519-sha256\r\n"
            + "  hostkeyalgorithm ssh-ed25519\r\n"
            + "  cipher aes256-ctr\r\n"
            + "  mac hmac-sha2-256\r\n"
            + "  compression none\r\n"
            + "  rekey limit blocks 1024 interval none\r\n"
            + "  traffic 12 pkts 105 blks 3.1KB in, 7 pkts 107 blks 3.7KB out\r\n",
            description.ToString());
    }

    [Fact]
    public void Directions_that_differ_are_told_apart()
    {
        var text = new ConnectionDescription
        {
            Machine = "box",
            ProcessId = 1,
            Versions = ("a", "b"),
            Duration = default,
            Algorithms = Algorithms with { CipherOut = "aes128-gcm@openssh.com", MacOut = null },
            RekeyBlocksIn = 1,
            RekeyBlocksOut = 2,
            RekeyInterval = TimeSpan.FromMinutes(90),
            NextRekey = new DateTime(2026, 11, 5, 6, 7, 8),
            In = default,
            Out = default,
        }.ToString();
        Assert.DoesNotContain("tcp", text, StringComparison.Ordinal);
        Assert.Contains("  cipher aes256-ctr in, aes128-gcm@openssh.com out\r\n", text, StringComparison.Ordinal);
        Assert.Contains("  mac hmac-sha2-256 in, <implicit> out\r\n", text, StringComparison.Ordinal);
        Assert.Contains(
            "  rekey limit blocks 1 in, 2 out interval 01:30:00, next 2026-11-05T06:07:08\r\n",
            text,
            StringComparison.Ordinal);
        Assert.Contains("  traffic 0 pkts 0 blks 0BB in,", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_limit_that_nobody_set_and_compression_are_told_as_OpenSSH_does()
    {
        var text = new ConnectionDescription
        {
            Machine = "box",
            ProcessId = 1,
            Versions = ("a", "b"),
            Duration = TimeSpan.FromDays(8),
            Algorithms = Algorithms,
            RekeyBlocksIn = null,
            RekeyBlocksOut = null,
            In = default,
            Out = default,
            CompressedIn = (1024, 4096),
            CompressedOut = (0, 0),
        }.ToString();
        Assert.Contains("  duration 01w1d00h\r\n", text, StringComparison.Ordinal);
        Assert.Contains("  rekey limit none interval none\r\n", text, StringComparison.Ordinal);
        Assert.EndsWith(
            " out\r\n    compressed 1.0K/4.0K (*0.250) in, 0B/0B (*0.000) out\r\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "0B")]
    [InlineData(1, "1B")]
    [InlineData(1023, "1023B")]
    [InlineData(1024, "1.0K")]
    [InlineData(1536, "1.5K")]
    [InlineData(102400, "100K")]
    [InlineData(1048575, "1024K")]
    [InlineData(1048576, "1.0M")]
    [InlineData(5368709120, "5.0G")]
    [InlineData(long.MaxValue, "8.0E")]
    public void Numbers_are_scaled(long number, string text) =>
        Assert.Equal(text, ConnectionDescription.Scaled(number));
}
