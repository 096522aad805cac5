using Mono.Unix.Native;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Platform.Processes;
using SshMux.Engine.Platform.Readiness;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Platform;

/// <summary>Programs that this process starts, and how they end.</summary>
public class ChildProcessTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("exit 3", "ended with status 3")]
    [InlineData("kill -KILL $$", "was killed by signal 9")]
    public async Task How_it_ended_is_told_in_words(string command, string words)
    {
        Assert.Equal(words, await UserShell.RunAsync(command, Stop));
        Assert.Equal("ended", default(ChildExit).ToString()); // where the system keeps no status
    }

    [Fact]
    public async Task A_signal_ends_it_and_later_ones_reach_nobody()
    {
        using var nothing = DescriptorHandle.Open("/dev/null", FileAccess.ReadWrite);
        var child = UnixChildProcess.Start("sleep", ["1000"], nothing, nothing);
        child.Signal(Signum.SIGTERM);
        var exit = await child.Exited.WaitAsync(Patience, Stop);
        Assert.Equal(new ChildExit(null, (int)Signum.SIGTERM), exit);
        child.Signal(Signum.SIGTERM);
    }

    [Fact]
    public async Task Where_the_system_does_not_tell_of_its_end_a_thread_waits_for_it()
    {
        using var nothing = DescriptorHandle.Open("/dev/null", FileAccess.ReadWrite);
        var child = UnixChildProcess.Start("sleep", ["1000"], nothing, nothing);
        ((IReadinessHandler)child).OnFailed(new SshException(SshError.NotSupported, "it does not wait any more"));
        child.Signal(Signum.SIGKILL);
        Assert.Equal(new ChildExit(null, (int)Signum.SIGKILL), await child.Exited.WaitAsync(Patience, Stop));
    }

    [Fact]
    public void A_program_that_is_not_there_is_named()
    {
        using var nothing = DescriptorHandle.Open("/dev/null", FileAccess.ReadWrite);
        var error = Assert.Throws<SshException>(() => UnixChildProcess.Start("/no/such/program", [], nothing, nothing));
        Assert.Equal("cannot run '/no/such/program': No such file or directory", error.Message);
    }

    [Fact]
    public async Task It_gets_a_variable_that_goes_before_the_one_of_this_process()
    {
        using var folder = new TestFolder();
        var list = folder.Write("list", "");
        using (var output = DescriptorHandle.Open(list, FileAccess.Write))
        {
            var child = UnixChildProcess.Start("sh", ["-c", "echo $HOME"], null, output, "HOME=/caf\uDCE9");
            await child.Exited.WaitAsync(Patience, Stop);
        }

        // Of this process it has the rest, and the bytes are those that were meant.
        Assert.Equal([.. "/caf"u8, 0xE9, (byte)'\n'], await File.ReadAllBytesAsync(list, Stop));
    }

    [Fact]
    public async Task A_detached_program_has_a_session_of_its_own_and_nothing_else_of_ours()
    {
        // As if whoever started this process had left it open.
        using var stranger = DescriptorHandle.Open("/dev/zero", FileAccess.Read);
        DescriptorInheritance.Allow(stranger.Number);
        var (read, write) = DescriptorPair.CreatePipe();
        using var nothing = DescriptorHandle.Open("/dev/null", FileAccess.Write);
        const string script = """
            read -r pid _ _ _ _ session _ < /proc/$$/stat
            links=$(readlink /proc/$$/fd/*)
            printf '%s\n' "$pid $session $SSHMUX_TEST" "$links" >&3
            cat
            """;
        UnixChildProcess child;
        using (write)
        {
            child = UnixChildProcess.StartDetached("/bin/sh", ["-c", script], ["SSHMUX_TEST=a value"], write, nothing);
        }

        using (read)
        {
            var lines = System.Text.Encoding.ASCII.GetString(await Descriptors.ReadToEndAsync(read)).TrimEnd().Split('\n');
            Assert.Equal($"{child.Id} {child.Id} a value", lines[0]);
            Assert.Equal(["/dev/null", "/dev/null", "/dev/null"], lines[1..4]);
            Assert.DoesNotContain("/dev/zero", lines);
        }

        Assert.Equal(new ChildExit(0, null), await child.Exited.WaitAsync(Patience, Stop));
    }

    [Fact]
    public void What_cannot_be_detached_is_named()
    {
        var (read, write) = DescriptorPair.CreatePipe();
        using (read)
        using (write)
        {
            var error = Assert.Throws<SshException>(
                () => UnixChildProcess.StartDetached("/no/such/program", [], [], write, write));
            Assert.Contains("/no/such/program", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_arguments_of_another_users_process_are_not_believed()
    {
        if (Syscall.geteuid() != 0) Assert.Skip("only root can start a program of another user");
        using var nothing = DescriptorHandle.Open("/dev/null", FileAccess.ReadWrite);
        var child = UnixChildProcess.Start(
            "setpriv", ["--reuid=65534", "--clear-groups", "sleep", "1000"], nothing, nothing);
        using var watched = WatchedProcess.Find(child.Id)!;
        try
        {
            await Eventually.TrueAsync(
                () => File.ReadAllText($"/proc/{child.Id}/cmdline") == "sleep\u00001000\0", "the other user's program runs");
            Assert.Null(watched.Arguments);
        }
        finally
        {
            child.Signal(Signum.SIGKILL);
            await child.Exited.WaitAsync(Patience, Stop);
        }
    }

    [Fact]
    public async Task A_kept_connection_stays_open_until_its_other_side_closes_it()
    {
        var (here, there) = DescriptorPair.CreateSockets();
        var target = Descriptors.TargetOf(there);
        using (here)
        {
            using (there) Assert.True(DescriptorKeeper.TryKeep(there));
            Descriptors.Write(here, "thrown away"u8);
            Assert.False(Descriptors.IsReadable(here)); // no end
        }

        await Eventually.TrueAsync(() => HoldersOf(target) == 0, "nobody holds it any more");
        Assert.False(DescriptorKeeper.TryKeep(there)); // closed here
    }

    /// <summary>How many processes have a descriptor of the target.</summary>
    private static int HoldersOf(string target) => Directory.GetDirectories("/proc").Count(process =>
    {
        try
        {
            return Directory.GetFiles($"{process}/fd").Any(file => new FileInfo(file).LinkTarget == target);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // no process, or one that has ended or is another's
        }
    });
}
