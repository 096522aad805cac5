using SshMux.Engine.Platform;
using SshMux.Engine.Sftp;
using SshMux.Engine.Sftp.Copying;
using SshMux.Engine.Sftp.Local;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Sftp;

/// <summary>Where copies go to, what that is called, and what the umask takes.</summary>
public sealed class SftpDestinationTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly CopyReport _report = new();

    public SftpDestinationTests()
    {
        _folder.Write("one", "1");
        _folder.Write("two", "2");
        _folder.Write("three", "3");
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_thing_gets_the_name_and_several_get_a_folder(bool down)
    {
        await GatherAsync(down, "single", ["one"]);
        Assert.Equal("1", await File.ReadAllTextAsync(_folder.File("single")));
        await GatherAsync(down, "several", ["one", "two", "three"]);
        Assert.Empty(_report.Failed);
        Assert.Equal(
            ["1", "3", "2"],
            Directory.GetFiles(_folder.File("several")).Order(StringComparer.Ordinal).Select(File.ReadAllText));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Several_things_do_not_replace_a_file(bool down)
    {
        _folder.Write("file", "old");
        await GatherAsync(down, "file", ["one", "two", "three"]);
        Assert.Equal(["one", "three", "two"], _report.Failed.Select(failed => Path.GetFileName(failed.Source)).Order());
        Assert.Empty(_report.Copied);
        Assert.Equal("old", await File.ReadAllTextAsync(_folder.File("file")));
    }

    [Theory]
    [InlineData("one")]
    [InlineData("one", "two")]
    public async Task A_missing_folder_on_the_server_is_told_as_such(params string[] names)
    {
        await GatherAsync(false, "nowhere/x", names);
        Assert.Equal(names.Length, _report.Failed.Count);
        Assert.All(_report.Failed, failed => Assert.Equal(SshError.FileNotFound, failed.Reason.Error));
        Assert.All(_report.Failed, failed => Assert.Equal(
            $"there is no folder there:{_folder.File("nowhere")}", failed.Reason.Message));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_the_umask_takes_comes_only_if_it_is_asked_for(bool all)
    {
        Directory.CreateDirectory(_folder.File("open"));
        _folder.Write("open/file", "x");
        File.SetUnixFileMode(_folder.File("open/file"), (UnixFileMode)0x1FF);
        File.SetUnixFileMode(_folder.File("open"), (UnixFileMode)0x1FF);
        var mask = LocalFileSystem.This.UserMask();
        Assert.NotEqual(default, mask);
        await GatherAsync(true, "copy", ["open"], new SftpCopyOptions { Recurse = true, KeepAllPermissions = all });
        Assert.Empty(_report.Failed);
        var expected = (UnixFileMode)0x1FF & ~(all ? default : mask);
        Assert.Equal(expected, File.GetUnixFileMode(_folder.File("copy")));
        Assert.Equal(expected, File.GetUnixFileMode(_folder.File("copy/file")));
    }

    [Fact]
    public async Task Names_here_are_bytes_and_stay_the_same()
    {
        // As ISO 8859-1 has it, and as UTF-8 has a character of which the second half looks like such a byte.
        var name = _folder.File("tree/caf\uDCE9");
        Directory.CreateDirectory(_folder.File("tree/\U0001F480"));
        File.WriteAllText(_folder.File("tree/\U0001F480/\uFFFD"), "real");
        Assert.True(!ByteText.IsUtf8(name) && ByteText.IsUtf8("\U0001F480"));
        using (var file = LocalFileSystem.This.TryCreate(UnixPath.Native(name), SftpLocal.OwnerReadWrite, "x")!)
        {
            RandomAccess.Write(file.Handle, "bytes"u8, 0);
        }

        var options = new SftpCopyOptions { Recurse = true };
        await GatherAsync(false, "up", ["tree"], options);
        Assert.Empty(_report.Failed);
        Assert.Equal(
            ["\U0001F480", "caf\uDCE9"], LocalFileSystem.This.List(_folder.File("up")).OrderByDescending(static one => one[0]));
        using (var copy = LocalFileSystem.This.OpenToRead(_folder.File("up/caf\uDCE9")))
        {
            Assert.Equal(5, RandomAccess.GetLength(copy));
        }

        Assert.Equal("real", await File.ReadAllTextAsync(_folder.File("up/\U0001F480/\uFFFD")));
        await GatherAsync(true, "down", ["tree/\U0001F480"], options);
        Assert.Equal("real", await File.ReadAllTextAsync(_folder.File("down/\uFFFD")));
        Assert.Empty(_report.Failed);

        // PowerShell cannot name it, and another name is not taken for it.
        await GatherAsync(false, "single", ["tree/caf\uFFFD"]);
        Assert.Equal(SshError.FileNameRefused, Assert.Single(_report.Failed).Reason.Error);
        foreach (var folder in new[] { "tree", "up" })
        {
            var native = UnixPath.Native(_folder.File($"{folder}/caf\uDCE9")); // .NET cannot name it
            Assert.Equal(0, Mono.Unix.Native.Syscall.unlink(native));
        }
    }

    [Fact]
    public void What_dotnet_says_of_a_file_is_shown_without_what_a_terminal_obeys()
    {
        var cause = new IOException("The file '/x/\u001b]0;owned\u0007' already exists.");
        var error = SftpErrors.Local("write", "/x/\u001b]0;owned\u0007", cause);
        for (Exception? e = error; e is not null; e = e.InnerException)
        {
            Assert.DoesNotContain(e.Message, char.IsControl);
        }
    }

    private async Task GatherAsync(bool down, string to, string[] names, SftpCopyOptions? options = null)
    {
        await using var there = await SftpServer.StartAsync(_folder.Path);
        using SftpCopier copier = down
            ? new SftpDownloader(there.Client, options ?? new SftpCopyOptions(), _report)
            : new SftpUploader(new SftpLanes(there.Client), options ?? new SftpCopyOptions(), _report);
        var destination = await copier.FindDestinationAsync(_folder.File(to), default);
        foreach (var name in names)
        {
            try
            {
                await copier.GatherAsync(destination, _folder.File(name), default);
            }
            catch (SshException e)
            {
                await _report.FailedAsync(name, e);
            }
        }

        await copier.CompleteAsync(default);
    }
}
