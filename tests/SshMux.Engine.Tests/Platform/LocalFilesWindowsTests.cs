using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Files;
using SshMux.Engine.Platform.Processes;
using SshMux.Engine.Platform.Sockets;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Platform;

/// <summary>Paths, users, variables and services as Windows has them.</summary>
[Trait("System", "any")]
public sealed class LocalFilesWindowsTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public LocalFilesWindowsTests() => OnlyOn.Windows();

    private static string Home => LocalUser.Current.HomeFolder;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_tilde_is_the_profile_with_both_separators()
    {
        Assert.Equal(Environment.GetEnvironmentVariable("USERPROFILE"), Home);
        Assert.Equal(Home, Expand("~"));
        Assert.Equal(Home + @"\.ssh\id", Expand(@"~\.ssh\id"));
        Assert.Equal(Home + @"\.ssh\id", Expand("~/.ssh/id"));
        Assert.Equal(Home + @"\.ssh\id", Expand(@"~/\.ssh/id"));
        Assert.Equal(Home + @"\x", Expand($@"~{Environment.UserName}\x"));
        Assert.Equal(@"C:\x/y", Expand(@"C:\x/y"));
        Assert.Null(LocalFiles.Current.ExpandTilde(@"~no-such-user\x", out var user));
        Assert.Equal("no-such-user", user);

        static string? Expand(string path) => LocalFiles.Current.ExpandTilde(path, out _);
    }

    [Theory]
    [InlineData(@"VM\Bob", "VM", "bob")]
    [InlineData(@"vm\Bob", "VM", "bob")]
    [InlineData(@"CORP\Bob", "VM", @"corp\bob")]
    [InlineData(@"AzureAD\BobSmith", "VM", @"azuread\bobsmith")]
    public void Users_are_in_lower_case_and_those_of_a_domain_with_it(string account, string machine, string name) =>
        Assert.Equal(name, WindowsUser.NameOf(account, machine));

    [Fact]
    public void The_user_is_the_one_of_the_process()
    {
        Assert.Equal(Environment.UserName.ToLowerInvariant(), LocalUser.Current.Name.Split('\\')[^1]);
        Assert.Equal("1", LocalUser.Current.Id);
        Assert.Equal(Home, LocalUser.HomeFolderOf(Environment.UserName), ignoreCase: true);
        Assert.Null(LocalUser.HomeFolderOf("Everyone"));
    }

    [Fact]
    public void Variables_have_their_names_in_any_case()
    {
        Environment.SetEnvironmentVariable("SshMux_Test", "x");
        Assert.Equal("x", ProcessEnvironment.Get("SSHMUX_TEST"));
        Assert.Contains(new("SshMux_Test", "x"), ProcessEnvironment.All());
        Assert.Null(ProcessEnvironment.Get("SSHMUX_TEST_NO"));
        ProcessEnvironment.RestoreFrom(1);
    }

    [Fact]
    public void Devices_are_no_files_but_for_that_which_is_empty()
    {
        foreach (var nothing in new[] { "NUL", "nul", "/dev/null", @"\\.\NUL" })
        {
            Assert.True(LocalFiles.Current.Exists(nothing));
            using var empty = LocalFiles.Current.OpenRead(nothing);
            Assert.Equal(0, empty.Read(new byte[1], 0, 1));
            Assert.False(SharedFiles.Current.IsOrdinary(nothing));
            SharedFiles.Current.Append(nothing, [1]);
        }

        foreach (var device in new[] { "CON", "con", "COM1", @"\\.\C:", @"\\.\pipe\x" })
        {
            Assert.Contains(
                $"{device} is a device of Windows",
                Assert.Throws<IOException>(() => LocalFiles.Current.OpenRead(device)).Message, StringComparison.Ordinal);
            Assert.False(LocalFiles.Current.Exists(device));
        }
    }

    [Fact]
    public void Long_paths_are_read_and_written()
    {
        var folder = Path.Combine([_folder.Path, .. Enumerable.Repeat(new string('x', 100), 4)]);
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, "file");
        SharedFiles.Current.Append(file, "one\n"u8.ToArray());
        SharedFiles.Current.Replace(file, "two\n"u8.ToArray());
        Assert.True(file.Length > 400 && LocalFiles.Current.Exists(file));
        using var stream = LocalFiles.Current.OpenRead(file);
        Assert.Equal("two\n", new StreamReader(stream).ReadToEnd());
    }

    [Fact]
    public void Texts_are_UTF8_with_or_without_a_mark()
    {
        Assert.Equal(3, LocalFiles.Current.CountMark([0xEF, 0xBB, 0xBF, (byte)'x'], "f"));
        Assert.Equal(0, LocalFiles.Current.CountMark("x"u8, "f"));
        Assert.Equal(0, LocalFiles.Current.CountMark([], "f"));
        var error = Assert.Throws<SshException>(() => LocalFiles.Current.CountMark([0xFF, 0xFE, (byte)'x', 0], @"C:\f"));
        Assert.StartsWith(@"C:\f is UTF-16", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http               80/tcp    www www-http           #World Wide Web", "http", 80)]
    [InlineData("http\t80/tcp\twww", "WWW", 80)]
    [InlineData("http 80/tcp # web", "web", null)]
    [InlineData("http 80/tcp", "80/tcp", null)]
    [InlineData("domain 53/udp", "domain", null)]
    [InlineData("#http 80/tcp", "http", null)]
    [InlineData("http", "http", null)]
    [InlineData("http x/tcp", "http", null)]
    [InlineData("", "http", null)]
    public void Services_are_lines_of_a_file(string line, string name, int? port) =>
        Assert.Equal(port, WindowsServices.PortIn(line, name));
}
