using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Platform.Processes;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Platform;

public class DescriptorInheritanceTests
{
    [Fact]
    public async Task Programs_have_what_is_allowed_and_nothing_else()
    {
        using var file = DescriptorHandle.Open("/dev/zero", FileAccess.Read);
        Assert.False(DescriptorInheritance.IsAllowed(file.Number));
        Assert.False(await IsSeenAsync(file));

        Assert.True(DescriptorInheritance.Allow(file.Number));
        Assert.True(DescriptorInheritance.IsAllowed(file.Number));
        Assert.True(await IsSeenAsync(file));

        Assert.True(DescriptorInheritance.Forbid(file.Number));
        Assert.False(DescriptorInheritance.IsAllowed(file.Number));
        Assert.False(await IsSeenAsync(file));

        DescriptorInheritance.Allow(file.Number);
        DescriptorInheritance.Forbid(file);
        Assert.False(DescriptorInheritance.IsAllowed(file.Number));
    }

    [Fact]
    public async Task What_this_process_would_hand_on_the_engines_programs_do_not_get()
    {
        // As if whoever started this process had left it open.
        using var stranger = DescriptorHandle.Open("/dev/zero", FileAccess.Read);
        DescriptorInheritance.Allow(stranger.Number);
        Assert.Contains(stranger.Number, DescriptorInheritance.Strangers());
        using var folder = new TestFolder();
        var list = folder.Write("list", "");
        using (var output = DescriptorHandle.Open(list, FileAccess.Write))
        {
            var child = UnixChildProcess.Start("ls", ["-l", "/proc/self/fd"], null, output);
            await child.Exited.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        }

        var seen = File.ReadAllText(list);
        Assert.Contains(" 1 -> ", seen, StringComparison.Ordinal);
        Assert.DoesNotContain("/dev/zero", seen, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_open_is_not_allowed()
    {
        const int Never = int.MaxValue;
        Assert.False(DescriptorInheritance.Allow(Never));
        Assert.False(DescriptorInheritance.Forbid(Never));
        Assert.False(DescriptorInheritance.IsAllowed(Never));
    }

    private static async Task<bool> IsSeenAsync(DescriptorHandle file)
    {
        var result = await ProcessResult.RunAsync("/usr/bin/readlink", [$"/proc/self/fd/{file.Number}"]);
        return result.Output == "/dev/zero\n";
    }
}
