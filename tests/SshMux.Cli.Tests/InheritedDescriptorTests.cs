using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>What the calling script has open beyond the standard descriptors is closed, as ssh(1) does it.</summary>
public sealed class InheritedDescriptorTests(ServerFixture server) : IClassFixture<ServerFixture>, IAsyncDisposable
{
    private readonly TestFolder _folder = new();

    private string Path => _folder.File("m");

    public async ValueTask DisposeAsync()
    {
        if (File.Exists(Path)) await SshMuxProgram.RunAsync("-F", "none", "-S", Path, "-O", "exit", "x");
        await Wait.UntilAsync(() => !File.Exists(Path), "the master is gone");
        _folder.Dispose();
    }

    [Theory]
    [InlineData("-o ControlMaster=auto -o ControlPersist=60 x true")]
    [InlineData("-M -f -N x")]
    [InlineData("-f x 'sleep 3'")]
    public async Task A_lock_is_free_when_the_call_returns(string call)
    {
        var result = await BashAsync(
            $"""
            (exec 9>lock; flock 9; "$PROGRAM" -F "$CONFIG" -S m {call} </dev/null >/dev/null 2>&1)
            flock -n lock echo free
            """);
        Assert.Equal("free\n", result.Output);
    }

    [Fact]
    public async Task A_client_in_the_background_holds_no_lock_either()
    {
        var result = await BashAsync(
            """
            "$PROGRAM" -F "$CONFIG" -S m -M -f -N x </dev/null >/dev/null 2>&1
            (exec 9>lock; flock 9; "$PROGRAM" -F none -S m -o ProxyCommand=false -f x 'sleep 3' </dev/null >/dev/null 2>&1)
            flock -n lock echo free
            """);
        Assert.Equal("free\n", result.Output);
    }

    [Fact]
    public async Task Programs_that_are_started_have_the_standard_descriptors_alone()
    {
        var result = await BashAsync(
            """
            exec 9>lock 11>lock
            "$PROGRAM" -F "$CONFIG" -o PermitLocalCommand=yes -o "LocalCommand=ls /proc/self/fd > $PWD/local" \
              -o "ProxyCommand=sh -c 'ls /proc/self/fd > $PWD/proxy; exec socat - TCP:127.0.0.1:$PORT'" x true </dev/null
            sort -n local proxy | uniq | tr '\n' ' '
            """);

        // 3 is the folder that ls(1) reads.
        Assert.Equal("0 1 2 3 ", result.Output);
    }

    [Fact]
    public async Task What_an_argument_names_stays_open()
    {
        var result = await BashAsync(
            """
            exec 9>log
            "$PROGRAM" -v -E /dev/fd/9 -F "$CONFIG" x echo hi </dev/null
            grep -c '^debug1' log
            """);
        Assert.Matches("^hi\n[1-9]", result.Output);
    }

    private Task<ProcessResult> BashAsync(string script) => ProcessResult.RunAsync(
        "bash",
        [
            "-c",
            $"cd {_folder.Path}; CONFIG={server.Sshd.SshConfig} PORT={server.Sshd.Port} PROGRAM={SshMuxProgram.Path}\n"
            + script,
        ]);
}
