using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>Keys are renewed again and again while channels are full in both directions, and nothing is lost.</summary>
public partial class RekeyLoadTests(ITestOutputHelper output)
{
    private const int Channels = 8;
    private const long MiB = 1L << 20;

    [Theory]
    [InlineData("RekeyLimit=4M", "default", 15)]
    [InlineData("RekeyLimit=default 1s", "default", 2, 3)]
    [InlineData("RekeyLimit=1G", "4M", 15)]
    [InlineData("RekeyLimit=5M", "6M", 15)]
    public Task Eight_channels_are_full_both_ways_while_keys_are_renewed(
        string limit, string serverLimit, int renewals, int pauseSeconds = 0) =>
        MoveAsync(limit, serverLimit, 16 * MiB, renewals, timeoutSeconds: 240, pauseSeconds);

    /// <summary>Minutes: run by hand with <c>-explicit only -method "*Ten_gibibytes*"</c>.</summary>
    [Fact(Explicit = true)]
    public Task Ten_gibibytes_go_each_way_over_eight_channels() =>
        MoveAsync("RekeyLimit=64M", "default", 10 * 1024 * MiB / Channels, 150, timeoutSeconds: 3600);

    /// <summary>
    /// The pause is in the middle of the data: a time limit needs time, however fast the machine is.
    /// </summary>
    private async Task MoveAsync(
        string limit, string serverLimit, long bytes, int renewals, int timeoutSeconds, int pauseSeconds = 0)
    {
        await using var sshd = await TestSshd.StartAsync($"RekeyLimit {serverLimit}");
        await using var master = await TestMaster.StartAsync(Peer.SshMux, sshd, "-v", "-o", limit);

        // Every second client is OpenSSH's. Each sends what a cipher makes of zeros, which cannot be the same anywhere
        // else, and the server sends it back. Commands run beside them until all are done.
        var watch = Stopwatch.StartNew();
        var result = await ProcessResult.RunAsync("bash", ["-c", $$"""
            cd {{master.Folder.Path}}
            run() { "$1" -F none -S m -o ProxyCommand=false x "$2"; }
            data() {
              openssl enc -aes-128-ctr -nosalt -K 000000000000000000000000000000$1 -iv 00 -in /dev/zero 2> /dev/null |
                head -c {{bytes}}
            }
            for i in $(seq 10 $((9 + {{Channels}}))); do
              [ $((i % 2)) = 0 ] && program=ssh || program={{SshMuxProgram.Path}}
              (
                data $i | (head -c {{bytes / 2}}; sleep {{pauseSeconds}}; cat) | tee >(sha256sum > sent.$i) |
                  run $program cat | sha256sum > received.$i
                [ "${PIPESTATUS[3]}" = 0 ] || touch failed.$i
              ) &
              pids="$pids $!"
            done
            (
              n=0
              while [ ! -e done ]; do
                for program in ssh {{SshMuxProgram.Path}}; do
                  n=$((n + 1))
                  [ "$(run $program "echo $n")" = $n ] || echo "command $n failed"
                done
              done
              echo $n > commands
            ) &
            wait $pids
            touch done
            wait
            for i in $(seq 10 $((9 + {{Channels}}))); do
              while [ ! -s sent.$i ]; do sleep 0.1; done
              cmp sent.$i received.$i
              [ ! -e failed.$i ] || echo "client $i failed"
            done
            cat sent.* | sort -u | wc -l
            cat commands
            """], timeoutSeconds: timeoutSeconds);
        watch.Stop();

        Assert.Equal("", result.ErrorOutput);
        var lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(lines.Length == 2 && lines[0] == $"{Channels}", result.Output);
        var commands = int.Parse(lines[1], CultureInfo.InvariantCulture);
        var exchanges = NewKeys().Count(master.Messages);
        var total = Channels * bytes / MiB;
        output.WriteLine(
            $"{total} MiB each way in {watch.Elapsed.TotalSeconds:F1} s, {exchanges} key exchanges, " +
            $"{commands} commands");
        Assert.True(commands >= 2, $"only {commands} commands");
        Assert.True(exchanges > renewals, $"only {exchanges} key exchanges");
        var check = await master.RunClientAsync(Peer.SshMux, "-O", "check", "x");
        Assert.True(check.ExitCode == 0, master.Messages);
    }

    [GeneratedRegex("key exchange [0-9]+ done")]
    private static partial Regex NewKeys();
}
