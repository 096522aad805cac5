using SshMux.Cli.Tests.Support;

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
        var result = await SshMuxProgram.RunAsync("-h");
        Assert.Equal((255, ""), (result.ExitCode, result.Output));
        Assert.StartsWith("sshmux: unknown option -- h\nusage: sshmux [", result.ErrorOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_there_yet_gives_one_line()
    {
        var result = await SshMuxProgram.RunAsync("-w", "0", "h");
        Assert.Equal(
            (255, "sshmux: -w: tunnel devices are not supported\n"), (result.ExitCode, result.ErrorOutput));
    }
}
