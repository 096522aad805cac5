using SshMux.Engine.Platform.Files;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Platform;

/// <summary>Paths with wildcards on Windows.</summary>
[Trait("System", "any")]
public sealed class PathPatternsWindowsTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public PathPatternsWindowsTests() => OnlyOn.Windows();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("a.conf", "*.conf", true)]
    [InlineData("A.CONF", "a*.conf", true)]
    [InlineData("a.conf", "*", true)]
    [InlineData("a.conf", "?.conf", true)]
    [InlineData("ab.conf", "?.conf", false)]
    [InlineData("a.conf.bak", "*.conf", false)]
    [InlineData("aXbXc", "a*b*c", true)]
    [InlineData("abcb", "*b", true)]
    [InlineData("ab", "a*b*", true)]
    [InlineData(".conf", "*.conf", false)]
    [InlineData(".conf", ".*", true)]
    [InlineData("b", "[a-c]", true)]
    [InlineData("B", "[a-c]", true)]
    [InlineData("d", "[a-c]", false)]
    [InlineData("d", "[!a-c]", true)]
    [InlineData("b", "[!a-c]", false)]
    [InlineData("^", "[^a]", true)]
    [InlineData("b", "[^a]", false)]
    [InlineData("]", "[]a]", true)]
    [InlineData("-", "[a-]", true)]
    [InlineData("[a", "[a", true)]
    [InlineData("[", "[", true)]
    [InlineData("", "", true)]
    [InlineData("a", "", false)]
    public void Names_fit_as_for_glob_but_in_any_case(string name, string pattern, bool fits) =>
        Assert.Equal(fits, WindowsPathPatterns.Matches(name, pattern));

    [Fact]
    public void Paths_are_found_with_both_separators_and_wildcards_in_folders()
    {
        foreach (var folder in new[] { "a", "b" })
        {
            Directory.CreateDirectory(_folder.File(folder));
            _folder.Write($@"{folder}\2.conf", "");
            _folder.Write($@"{folder}\1.CONF", "");
            _folder.Write($@"{folder}\x.txt", "");
        }

        string[] all = [_folder.File(@"a\1.CONF"), _folder.File(@"a\2.conf"), _folder.File(@"b\1.CONF"), _folder.File(@"b\2.conf")];
        Assert.Equal(all, PathPatterns.Find(_folder.File(@"*\*.conf")));
        Assert.Equal(all, PathPatterns.Find(_folder.Path.Replace('\\', '/') + "/[ab]/?.CONF"));
        Assert.Equal([all[0], all[2]], PathPatterns.Find(_folder.File(@"?\1.conf")), StringComparer.OrdinalIgnoreCase);
        Assert.Empty(PathPatterns.Find(_folder.File(@"c*\*")));
        Assert.Empty(PathPatterns.Find(_folder.File(@"a\1.conf\*")));
        Assert.Empty(PathPatterns.Find(_folder.File("missing")));
        Assert.Empty(PathPatterns.Find(@"~no-such-user\*"));
    }

    [Fact]
    public void Folders_are_named_by_drive_share_or_the_root_of_the_drive()
    {
        _folder.Write("one", "");
        var path = _folder.File("o*");
        Assert.Equal([_folder.File("one")], PathPatterns.Find(path));
        Assert.Equal([_folder.File("one")], PathPatterns.Find(@"\\?\" + path).Select(found => found.Replace(@"\\?\", "")));
        var root = Path.GetPathRoot(Environment.CurrentDirectory)!;
        Assert.All(PathPatterns.Find(@"\*"), found => Assert.StartsWith(root, found, StringComparison.OrdinalIgnoreCase));
        Assert.Contains(Environment.SystemDirectory, PathPatterns.Find(@"C:\win*\SYSTEM3?"), StringComparer.OrdinalIgnoreCase);
        Assert.True(PathPatterns.IsPattern(@"C:\x\*"));
        Assert.False(PathPatterns.IsPattern(@"C:\x\y"));
    }
}
