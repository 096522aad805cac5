using Mono.Unix.Native;
using SshMux.Engine.Authentication.HostKeys;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Authentication.HostKeys;

/// <summary>Where known_hosts is written to: through the user's links, and never through somebody else's.</summary>
public sealed class KnownHostsLinkTests : IDisposable
{
    private const int Nobody = 65534;

    private const UnixFileMode ForAll = UnixFileMode.StickyBit
        | UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private static readonly byte[] Key = [0, 0, 0, 11, .. "ssh-ed25519"u8, 0, 0, 0, 32, .. new byte[32]];
    private static readonly string Line = $"web ssh-ed25519 {Convert.ToBase64String(Key)}\n";

    private readonly TestFolder _folder = new();
    private readonly TestFolder _elsewhere = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public KnownHostsLinkTests() => OnlyOn.Unix();

    public void Dispose()
    {
        _folder.Dispose();
        _elsewhere.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_users_own_links_are_followed_also_to_a_file_that_does_not_exist_yet(bool shared)
    {
        if (shared) File.SetUnixFileMode(_folder.Path, ForAll);
        Directory.CreateDirectory(_elsewhere.File("dotfiles"));
        File.CreateSymbolicLink(_folder.File("known_hosts"), _elsewhere.File("link"));
        File.CreateSymbolicLink(_elsewhere.File("link"), "dotfiles/../dotfiles/known_hosts");
        Add(_folder.File("known_hosts"));
        Add(_folder.File("known_hosts"));
        Assert.NotNull(new FileInfo(_folder.File("known_hosts")).LinkTarget);
        var file = _elsewhere.File("dotfiles/known_hosts");
        Assert.Equal(Line + Line, File.ReadAllText(file));
        Assert.Equal(0, (int)File.GetUnixFileMode(file) & 0b_000_010_010);
    }

    [Fact]
    public void Links_in_circles_are_an_error()
    {
        File.CreateSymbolicLink(_folder.File("a"), "b");
        File.CreateSymbolicLink(_folder.File("b"), "a");
        Assert.Contains("circles", AddFails(_folder.File("a")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_everybody_may_write_somebody_elses_link_is_not_followed()
    {
        AssertRoot();
        File.SetUnixFileMode(_folder.Path, ForAll);
        foreach (var target in new[] { _elsewhere.Write("precious", Line), _elsewhere.File("new") })
        {
            var link = _folder.File("known_hosts");
            File.CreateSymbolicLink(link, target);
            Assert.Equal(0, Syscall.lchown(link, Nobody, Nobody));
            Assert.Contains("symbolic link of another user", AddFails(link), StringComparison.Ordinal);
            await ReplaceFailsAsync(link);
            File.Delete(link);
        }

        Assert.Equal(Line, await File.ReadAllTextAsync(_elsewhere.File("precious"), Token));
        Assert.Equal(["precious"], Directory.GetFiles(_elsewhere.Path).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Where_everybody_may_write_somebody_elses_file_is_not_written_to()
    {
        AssertRoot();
        File.SetUnixFileMode(_folder.Path, ForAll);
        var file = _folder.Write("known_hosts", Line);
        Assert.Equal(0, Syscall.chown(file, Nobody, Nobody));
        Assert.Contains("belongs to another user", AddFails(file), StringComparison.Ordinal);
        await ReplaceFailsAsync(file);

        // A second name of a file of ours, which nobody can have made by accident.
        File.Delete(file);
        Assert.Equal(0, Syscall.link(_elsewhere.Write("precious", Line), file));
        Assert.Contains("more names", AddFails(file), StringComparison.Ordinal);
        await ReplaceFailsAsync(file);
        Assert.Equal(Line, await File.ReadAllTextAsync(file, Token));
    }

    [Fact]
    public void In_a_folder_of_its_own_a_file_may_be_anybodys()
    {
        AssertRoot();
        var file = _folder.Write("known_hosts", "");
        Assert.Equal(0, Syscall.chown(file, Nobody, Nobody));
        Assert.Equal(0, Syscall.chown(_folder.Path, Nobody, Nobody));
        Add(file);
        Assert.Equal(Line, File.ReadAllText(file));
    }

    private static void AssertRoot() =>
        Assert.SkipUnless(Environment.UserName == "root", "only root can be somebody else");

    private static void Add(string file) => new KnownHostsFile(file, hashNames: false).Add("web", 22, Key);

    private static string AddFails(string file) => Assert.Throws<SshException>(() => Add(file)).Message;

    private static async Task ReplaceFailsAsync(string file)
    {
        var keys = new ReadOnlyMemory<byte>[] { Key[..^1].Append((byte)9).ToArray() };
        await Assert.ThrowsAsync<SshException>(
            () => new KnownHostsFile(file, hashNames: false).ReplaceAsync("web", keys, add: true, Token));
    }
}
