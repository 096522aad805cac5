using Mono.Unix.Native;
using SshMux.Engine.Platform;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Platform;

public class SystemErrorTests
{
    [Fact]
    public void The_reason_of_the_last_call_is_told_in_the_systems_words()
    {
        Assert.Equal(-1, Syscall.open("/no/such/file", OpenFlags.O_RDONLY));
        var error = SystemError.Last;
        Assert.Equal(Errno.ENOENT, error);
        Assert.Equal("No such file or directory", SystemError.Text(error));
    }

    /// <summary>
    /// The first use of Mono.Unix's own look at errno in a process overwrites it first, so that nobody may use it.
    /// </summary>
    [Fact]
    public void There_is_one_way_to_read_it()
    {
        string[] others = ["Stdlib.GetLastError(", "GetLastWin32Error(", "GetLastSystemError(", "Syscall.GetLastError("];
        var files = Repository.Sources("src").ToList();
        Assert.InRange(files.Count, 200, int.MaxValue);
        Assert.All(
            files,
            file => Assert.DoesNotContain(others, other => File.ReadAllText(file).Contains(other, StringComparison.Ordinal)));
    }
}
