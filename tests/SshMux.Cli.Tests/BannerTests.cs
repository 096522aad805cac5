using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>What the server says before the login.</summary>
public sealed class BannerTests : IDisposable
{
    private static readonly string Banner = string.Concat(Enumerable.Repeat("abcdefghi\n", 10_000));

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_long_banner_is_shown_whole_on_standard_error_and_not_in_the_log()
    {
        await using var sshd = await TestSshd.StartAsync($"Banner {_folder.Write("banner", Banner)}");
        var log = _folder.File("log");
        var result = await RunAsync(sshd, "-v", "-E", log, "x", "true");
        Assert.Equal(0, result.ExitCode);
        Assert.True(Banner == result.ErrorOutput, $"standard error has {result.ErrorOutput.Length} characters");
        Assert.DoesNotContain("abcdefghi", await File.ReadAllTextAsync(log), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-q")]
    [InlineData("-oLogLevel=error")]
    public async Task A_banner_can_be_switched_off(string option)
    {
        await using var sshd = await TestSshd.StartAsync($"Banner {_folder.Write("banner", Banner)}");
        Assert.Equal(new ProcessResult(0, "", ""), await RunAsync(sshd, option, "x", "true"));
    }

    private static Task<ProcessResult> RunAsync(TestSshd sshd, params string[] arguments) =>
        ProcessResult.RunAsync(SshMuxProgram.Path, ["-F", sshd.SshConfig, .. arguments]);
}
