using System.Text.RegularExpressions;
using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

public class ProgramTests
{
    [Fact]
    public async Task The_version_goes_to_standard_error()
    {
        var result = await SshMuxProgram.RunAsync("-V");
        Assert.Equal((0, ""), (result.ExitCode, result.Output));
        Assert.StartsWith("SshMux_", result.ErrorOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_option_gives_one_message_and_the_usage()
    {
        var result = await SshMuxProgram.RunAsync("-H");
        Assert.Equal((255, ""), (result.ExitCode, result.Output));
        Assert.StartsWith("sshmux: unknown option -- H\nusage: sshmux [", result.ErrorOutput, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-h")]
    [InlineData("--help")]
    [InlineData("-vh", "x")]
    public async Task Help_begins_with_the_usage_and_is_no_error(params string[] arguments)
    {
        var result = await SshMuxProgram.RunAsync(arguments);
        Assert.Equal((0, ""), (result.ExitCode, result.ErrorOutput));
        Assert.StartsWith("usage: sshmux [-46AaCf", result.Output, StringComparison.Ordinal);
        Assert.Contains("-O ctl_cmd", result.Output, StringComparison.Ordinal);
        Assert.All(result.Output.Split('\n'), line => Assert.InRange(line.Length, 0, 90));
    }

    /// <summary>Every letter that the newer OpenSSH has is taken, or refused by a word about what it is for.</summary>
    [Fact]
    public async Task No_letter_of_OpenSSH_is_unknown()
    {
        var letters = "1246ACGKMNTVXYZafgknqstvxyBDEFIJLOPQRSWbceilmopw";
        if (NewerOpenSsh.IsThere)
        {
            // What it says itself, in case it has more by now.
            var usage = (await ProcessResult.RunAsync(NewerOpenSsh.Ssh, [])).ErrorOutput;
            letters += string.Concat(Regex.Matches(usage, @"\[-(\w+)").Select(match => match.Groups[1].Value));
        }

        foreach (var letter in letters.Distinct())
        {
            var result = await SshMuxProgram.RunAsync($"-{letter}", "1", "-F", "/nonexistent", "x");
            Assert.DoesNotContain("unknown option", result.ErrorOutput, StringComparison.Ordinal);
        }

        foreach (var letter in "IKwy")
        {
            var result = await SshMuxProgram.RunAsync($"-{letter}", "0", "h");
            Assert.Equal(255, result.ExitCode);
            Assert.Matches($"^sshmux: -{letter}: .* (is|are) not supported[^\n]*\n$", result.ErrorOutput);
        }
    }

    [Fact]
    public async Task What_is_not_there_yet_gives_one_line()
    {
        var result = await SshMuxProgram.RunAsync("-w", "0", "h");
        Assert.Equal(
            (255, "sshmux: -w: tunnel devices are not supported\n"), (result.ExitCode, result.ErrorOutput));
    }
}
