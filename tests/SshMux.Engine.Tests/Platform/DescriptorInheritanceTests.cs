using SshMux.Engine.Platform;
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
