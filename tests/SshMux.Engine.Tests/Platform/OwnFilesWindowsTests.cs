using System.Security.AccessControl;
using System.Security.Principal;
using SshMux.Engine.Platform.Files;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Platform;

/// <summary>The user's own files and folders on Windows.</summary>
[Trait("System", "any")]
public sealed class OwnFilesWindowsTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public OwnFilesWindowsTests() => OnlyOn.Windows();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_folder_is_made_for_the_user_alone()
    {
        var folder = _folder.File("own");
        Assert.Contains("cannot be looked at", OwnFiles.Current.WhyNotOwnFolder(folder), StringComparison.Ordinal);
        OwnFiles.Current.CreateFolder(folder);
        OwnFiles.Current.CreateFolder(folder);
        Assert.Null(OwnFiles.Current.WhyNotOwnFolder(folder));
        Assert.Equal("is no folder", OwnFiles.Current.WhyNotOwnFolder(_folder.Write("file", "")));
    }

    [Fact]
    public void A_folder_where_others_can_write_is_not_own()
    {
        Allow(new DirectoryInfo(_folder.Path), FileSystemRights.FullControl);
        var why = OwnFiles.Current.WhyNotOwnFolder(_folder.Path);
        Assert.StartsWith("can be written to by Everyone (S-1-1-0); icacls \"", why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_private_key_that_others_may_read_is_refused_with_the_words_of_ssh()
    {
        var key = _folder.Write("key", "x");
        TestFolder.CloseToOthers(key);
        Assert.Null(OwnFiles.Current.WhyNotPrivate(key));
        Allow(new FileInfo(key), FileSystemRights.Read);
        var why = OwnFiles.Current.WhyNotPrivate(key);
        Assert.StartsWith(
            $"Permissions for '{key}' are too open: Everyone (S-1-1-0) has rights on it", why, StringComparison.Ordinal);
        Assert.Contains($"close it with: icacls \"{key}\" /inheritance:r /grant:r \"", why, StringComparison.Ordinal);
        Assert.Null(OwnFiles.Current.WhyNotPrivate(_folder.File("missing")));
        Assert.Null(OwnFiles.Current.WhyNotPrivate("NUL"));
    }

    [Fact]
    public void A_configuration_may_be_read_by_others_and_not_written()
    {
        var file = _folder.Write("config", "Host *\r\n");
        Allow(new FileInfo(file), FileSystemRights.Read);
        Assert.Null(WhyNotTrusted(file));
        Allow(new FileInfo(file), FileSystemRights.FullControl);
        Assert.StartsWith(
            $"Bad owner or permissions on {file}: Everyone (S-1-1-0) may write it", WhyNotTrusted(file),
            StringComparison.Ordinal);
        Assert.Null(WhyNotTrusted("NUL"));

        static string? WhyNotTrusted(string path)
        {
            using var stream = LocalFiles.Current.OpenRead(path);
            return OwnFiles.Current.WhyNotTrusted(stream, path);
        }
    }

    [Fact]
    public void Lines_are_written_for_the_user_alone_and_read_where_nobody_else_writes()
    {
        var file = _folder.Write("file", "old");
        OwnFiles.Current.WriteNewLines(file, ["one", "", "two"]);
        Assert.Null(OwnFiles.Current.WhyNotPrivate(file));
        Assert.Equal(["one", "", "two"], OwnFiles.Current.TryReadLines(file, 100));
        Assert.Equal(["one", "", "two"], OwnFiles.Current.TryReadLines(file, 9));
        Assert.Null(OwnFiles.Current.TryReadLines(file, 8));
        Assert.Null(OwnFiles.Current.TryReadLines(_folder.File("missing"), 100));
        Assert.Null(OwnFiles.Current.TryReadLines(_folder.Path, 100));
        Assert.Null(OwnFiles.Current.TryReadLines("NUL", 100));
        Allow(new FileInfo(file), FileSystemRights.FullControl);
        Assert.Null(OwnFiles.Current.TryReadLines(file, 100));
    }

    [Fact]
    public void Nothing_is_left_of_lines_that_could_not_be_written()
    {
        var file = _folder.File("file");
        Assert.Throws<InvalidOperationException>(() => OwnFiles.Current.WriteNewLines(file, Failing()));
        Assert.False(File.Exists(file));

        static IEnumerable<string> Failing()
        {
            yield return "one";
            throw new InvalidOperationException("no more");
        }
    }

    [Fact]
    public void A_log_is_appended_to_by_several()
    {
        var log = _folder.File("log");
        using (var first = OwnFiles.Current.OpenToAppend(log))
        using (var second = OwnFiles.Current.OpenToAppend(log))
        {
            first.Write("1\n"u8);
            second.Write("2\n"u8);
            first.Write("3\n"u8);
        }

        Assert.Equal("1\n2\n3\n", File.ReadAllText(log));
        Assert.Null(OwnFiles.Current.WhyNotPrivate(log));
        Assert.Throws<DirectoryNotFoundException>(() => OwnFiles.Current.OpenToAppend(_folder.File(@"missing\log")));
        Assert.Throws<UnauthorizedAccessException>(() => OwnFiles.Current.OpenToAppend(_folder.Path));
    }

    private static void Allow(FileSystemInfo item, FileSystemRights rights)
    {
        var rule = new FileSystemAccessRule(
            new SecurityIdentifier(WellKnownSidType.WorldSid, null), rights, AccessControlType.Allow);
        if (item is FileInfo file)
        {
            var security = file.GetAccessControl();
            security.AddAccessRule(rule);
            file.SetAccessControl(security);
        }
        else
        {
            var folder = (DirectoryInfo)item;
            var security = folder.GetAccessControl();
            security.AddAccessRule(rule);
            folder.SetAccessControl(security);
        }
    }
}
