using SshMux.Engine.Configuration.SshConfig.Reading;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Configuration.SshConfig.Reading;

/// <summary>Match exec on Windows.</summary>
public sealed class MatchProgramWindowsTests
{
    public MatchProgramWindowsTests() => OnlyOn.Windows();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("exit 0", true)]
    [InlineData("exit 7", false)]
    [InlineData("echo x| findstr x", true)]
    [InlineData("no-such-program", false)]
    public async Task The_shell_tells_whether_it_matches(string command, bool matches) =>
        Assert.Equal(matches, await MatchProgram.SucceedsAsync(command, Stop));

    [Fact]
    public async Task One_that_stays_ends_with_the_attempt()
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var running = MatchProgram.SucceedsAsync(OwnProgram.ForCmd(OwnProgram.Stay), cancel.Token);
        cancel.CancelAfter(500);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }
}
