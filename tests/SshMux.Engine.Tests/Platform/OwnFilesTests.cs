using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Mono.Unix.Native;
using SshMux.Engine.Platform.Files;
using SshMux.Engine.Platform.Processes;
using SshMux.Engine.Sftp.Local;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Platform;

public sealed class OwnFilesTests : IDisposable
{
    private const int Nobody = 65534;

    private readonly UnixOwnFiles _files = new();
    private readonly TestFolder _folder = new();

    public OwnFilesTests() => OnlyOn.Unix();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_folder_is_own_if_nobody_else_can_write_to_it()
    {
        Assert.Null(_files.WhyNotOwnFolder(_folder.Path));
        File.SetUnixFileMode(_folder.Path, (UnixFileMode)0b111_010_000);
        Assert.Contains("written to by others", _files.WhyNotOwnFolder(_folder.Path));
        File.SetUnixFileMode(_folder.Path, (UnixFileMode)0b111_000_010);
        Assert.Contains("written to by others", _files.WhyNotOwnFolder(_folder.Path));
        File.SetUnixFileMode(_folder.Path, (UnixFileMode)0b111_000_000);
        Assert.Equal("is no folder", _files.WhyNotOwnFolder(_folder.Write("file", "")));
        Assert.Contains("No such file", _files.WhyNotOwnFolder(_folder.File("missing")));
        File.CreateSymbolicLink(_folder.File("link"), "/");
        Assert.Equal("is no folder", _files.WhyNotOwnFolder(_folder.File("link")));
    }

    [Fact]
    public void Lines_are_read_from_own_files_only()
    {
        var file = _folder.File("file");
        _files.WriteNewLines(file, ["one", "", "two"]);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Equal(["one", "", "two"], _files.TryReadLines(file, 100));
        Assert.Null(_files.TryReadLines(file, 8)); // 9 bytes
        Assert.Equal(["one", "", "two"], _files.TryReadLines(file, 9));
        Assert.Equal([""], _files.TryReadLines(_folder.Write("empty", ""), 0));
        Assert.Null(_files.TryReadLines(_folder.File("missing"), 100));
        Assert.Null(_files.TryReadLines(_folder.Path, 100));
        File.CreateSymbolicLink(_folder.File("link"), file);
        Assert.Null(_files.TryReadLines(_folder.File("link"), 100));
        Assert.Equal(0, Syscall.mkfifo(_folder.File("pipe"), FilePermissions.S_IRUSR | FilePermissions.S_IWUSR));
        Assert.Null(_files.TryReadLines(_folder.File("pipe"), 100));
        File.SetUnixFileMode(file, (UnixFileMode)0b110_010_000);
        Assert.Null(_files.TryReadLines(file, 100));
    }

    [Fact]
    public void New_lines_never_go_through_a_link()
    {
        var precious = _folder.Write("precious", "precious");
        File.CreateSymbolicLink(_folder.File("link"), precious);
        _files.WriteNewLines(_folder.File("link"), ["new"]);
        Assert.Equal("precious", File.ReadAllText(precious));
        Assert.Equal(["new"], _files.TryReadLines(_folder.File("link"), 100));
    }

    [Fact]
    public void A_log_is_appended_to_and_follows_links_where_nobody_else_makes_them()
    {
        var log = _folder.Write("log", "old\n");
        File.CreateSymbolicLink(_folder.File("link"), log);
        using (var first = _files.OpenToAppend(_folder.File("link")))
        using (var second = _files.OpenToAppend(log))
        {
            first.Write("1\n"u8);
            second.Write("2\n"u8);
            first.Write("3\n"u8);
        }

        Assert.Equal("old\n1\n2\n3\n", File.ReadAllText(log));
        Assert.Throws<IOException>(() => _files.OpenToAppend(_folder.File("missing/log")));
    }

    [Fact]
    public void A_log_in_a_shared_folder_is_not_what_somebody_else_has_put_there()
    {
        var precious = _folder.Write("precious", "precious");
        var shared = _folder.File("shared");
        Directory.CreateDirectory(shared);
        File.SetUnixFileMode(shared, (UnixFileMode)0b001_111_111_111);
        var log = Path.Combine(shared, "log");
        using (var own = _files.OpenToAppend(log)) own.Write("mine"u8);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(log));
        using (var again = _files.OpenToAppend(log)) again.Write("mine"u8);

        var link = Path.Combine(shared, "link");
        File.CreateSymbolicLink(link, precious);
        Assert.Throws<UnauthorizedAccessException>(() => _files.OpenToAppend(link));
        var hard = Path.Combine(shared, "hard");
        Assert.Equal(0, Syscall.link(precious, hard));
        Assert.Throws<UnauthorizedAccessException>(() => _files.OpenToAppend(hard));
        Assert.Equal("precious", File.ReadAllText(precious));
    }

    [Fact]
    public void Nothing_is_left_of_lines_that_could_not_be_written()
    {
        var file = _folder.File("file");
        Assert.Throws<InvalidOperationException>(() => _files.WriteNewLines(file, Failing()));
        Assert.False(File.Exists(file));

        static IEnumerable<string> Failing()
        {
            yield return "one";
            throw new InvalidOperationException("no more");
        }
    }

    [Fact]
    public void What_cannot_be_appended_to_is_an_error()
    {
        Assert.Throws<IOException>(() => _files.OpenToAppend(_folder.Path));
        Assert.Throws<IOException>(() => _files.OpenToAppend("/"));
        Assert.Throws<Win32Exception>(() => _files.OpenLinkedToAppend(_folder.Path, out _));
        Assert.Throws<Win32Exception>(() => _files.OpenLinkedToAppend(_folder.File("missing/file"), out _));
        File.CreateSymbolicLink(_folder.File("one"), "two");
        File.CreateSymbolicLink(_folder.File("two"), "one");
        Assert.Contains(
            "circles",
            Assert.Throws<IOException>(() => _files.OpenLinkedToAppend(_folder.File("one"), out _)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_linked_file_is_appended_to_where_it_is()
    {
        Directory.CreateDirectory(_folder.File("real"));
        File.CreateSymbolicLink(_folder.File("link"), "real");
        File.CreateSymbolicLink(_folder.File("real/file"), "../there");
        using (_files.OpenLinkedToAppend(_folder.File("link/file"), out var real))
        {
            Assert.Equal(_folder.File("there"), Path.GetFullPath(real));
        }

        Assert.Equal((UnixFileMode)0b110_100_100 & ~LocalFileSystem.This.UserMask(), File.GetUnixFileMode(_folder.File("there")));
        using (_files.OpenLinkedToAppend(_folder.File("there"), out _))
        {
            // It is there already.
        }
    }

    [Fact]
    public void Where_everybody_may_write_what_others_could_have_put_there_is_not_followed_or_written_to()
    {
        File.SetUnixFileMode(_folder.Path, (UnixFileMode)0b111_111_111);
        var file = _folder.Write("file", "mine");
        using (_files.OpenLinkedToAppend(file, out _))
        {
            // Our own.
        }

        Assert.Equal(0, Syscall.link(file, _folder.File("second")));
        Assert.Contains(
            "more names",
            Assert.Throws<IOException>(() => _files.OpenLinkedToAppend(file, out _)).Message,
            StringComparison.Ordinal);
        Assert.SkipUnless(Environment.UserName == "root", "only root can give files away");
        var theirs = _folder.Write("theirs", "theirs");
        Assert.Equal(0, Syscall.chown(theirs, Nobody, Nobody));
        Assert.Contains(
            "belongs to another user",
            Assert.Throws<IOException>(() => _files.OpenLinkedToAppend(theirs, out _)).Message,
            StringComparison.Ordinal);
        File.CreateSymbolicLink(_folder.File("link"), file);
        Assert.Equal(0, Syscall.lchown(_folder.File("link"), Nobody, Nobody));
        Assert.Contains(
            "a symbolic link of another user",
            Assert.Throws<IOException>(() => _files.OpenLinkedToAppend(_folder.File("link"), out _)).Message,
            StringComparison.Ordinal);
        Assert.Throws<UnauthorizedAccessException>(() => _files.OpenToAppend(theirs));

        // As in /tmp, where the kernel itself may refuse it.
        Assert.Equal(0, Syscall.chmod(_folder.Path, (FilePermissions)0b001_111_111_111));
        Assert.Throws<UnauthorizedAccessException>(() => _files.OpenToAppend(theirs));
        Assert.Equal("theirs", File.ReadAllText(theirs));
    }

    [Fact]
    public void What_belongs_to_somebody_else_is_not_own()
    {
        Assert.SkipUnless(Environment.UserName == "root", "only root can give files away");
        var file = _folder.Write("file", "theirs");
        Assert.Equal(0, Syscall.chown(file, Nobody, Nobody));
        Assert.Null(_files.TryReadLines(file, 100));
        var folder = _folder.File("folder");
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Assert.Equal(0, Syscall.chown(folder, Nobody, Nobody));
        Assert.Contains(
            Nobody.ToString(CultureInfo.InvariantCulture), _files.WhyNotOwnFolder(folder), StringComparison.Ordinal);
        var theirs = Path.Combine(folder, "log");
        File.WriteAllText(theirs, "theirs");
        Assert.Equal(0, Syscall.chown(theirs, Nobody, Nobody));
        Assert.Throws<UnauthorizedAccessException>(() => _files.OpenToAppend(theirs));
    }

    [Fact]
    public async Task A_process_is_asked_to_end_by_what_it_is_and_not_by_its_number()
    {
        Assert.Null(WatchedProcess.Find(0));
        Assert.Null(WatchedProcess.Find(-1));
        Assert.Null(WatchedProcess.Find(int.MaxValue));
        using var sleeper = Process.Start("sleep", "1000");
        using var watched = WatchedProcess.Find(sleeper.Id)!;
        Assert.Equal(["sleep", "1000", ""], watched.Arguments);
        watched.Terminate();
        await sleeper.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Null(watched.Arguments);
        watched.Terminate();
    }
}
