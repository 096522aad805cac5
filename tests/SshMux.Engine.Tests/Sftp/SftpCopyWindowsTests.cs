using SshMux.Engine.Sftp.Copying;
using SshMux.Engine.Sftp.Local;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Sftp;

/// <summary>Copies from and to Windows: names, case, files that are in use, and no modes.</summary>
[Trait("System", "any")]
public sealed class SftpCopyWindowsTests : IAsyncDisposable
{
    private readonly TestFolder _folder = new();
    private readonly CopyReport _report = new();
    private readonly MemorySftpServer _server = new();

    private string Target => _folder.File("target");

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Names_that_Windows_cannot_have_are_errors_of_their_own()
    {
        Assert.SkipUnless(OperatingSystem.IsWindows(), "for Windows");
        string[] names =
        [
            "CON", "nul.txt", "COM1", "dot.", "blank ", "a:b", "C:x", "..\\out", "back\\slash", "what?", "x|y", "a\nb",
        ];
        _server.Add("/tree", null);
        foreach (var name in names) _server.Add("/tree/" + name, "bad"u8.ToArray());
        _server.Add("/tree/aux", null);
        _server.Add("/tree/aux/file", "bad"u8.ToArray());
        _server.Add("/tree/good", "good"u8.ToArray());
        await DownloadAsync(["/tree"], Target);
        Assert.Equal(
            names.Append("aux").Select(name => "/tree/" + name).Order(),
            _report.Failed.Select(failed => failed.Source).Order());
        Assert.All(_report.Failed, failed => Assert.Equal(SshError.FileNameRefused, failed.Reason.Error));
        Assert.All(_report.Failed, failed => Assert.Contains("-Destination", failed.Reason.Message, StringComparison.Ordinal));
        Assert.Equal(["target"], Names(_folder.Path));
        Assert.Equal(["good"], Names(Target));

        // And alone.
        _report.Failed.Clear();
        await DownloadAsync(["/tree/CON", "/tree/a:b"], Target);
        Assert.Equal(2, _report.Failed.Count);
        await DownloadAsync(["/tree/CON"], Path.Join(Target, "console"));
        Assert.Equal(["console", "good"], Names(Target));
    }

    [Theory]
    [InlineData("nul")]
    [InlineData("file:stream")]
    [InlineData("dot.")]
    public async Task A_destination_has_such_a_name_neither(string name)
    {
        Assert.SkipUnless(OperatingSystem.IsWindows(), "for Windows");
        _server.Add("/file", "new"u8.ToArray());
        _folder.Write("file", "old");
        var error = await Assert.ThrowsAsync<SshException>(() => DownloadAsync(["/file"], $@"{_folder.Path}\{name}"));
        Assert.Equal(SshError.FileNameRefused, error.Error);
        Assert.Equal(["file"], Names(_folder.Path));
    }

    [Fact]
    public async Task Of_names_that_differ_only_in_case_the_first_is_copied()
    {
        Assert.SkipUnless(OperatingSystem.IsWindows(), "for Windows");
        foreach (var path in (string[])["/tree", "/tree/Folder", "/tree/folder"]) _server.Add(path, null);
        foreach (var path in (string[])["/tree/README", "/tree/ReadMe", "/tree/Folder/x", "/tree/folder/y"])
        {
            _server.Add(path, System.Text.Encoding.UTF8.GetBytes(path));
        }

        await DownloadAsync(["/tree"], Target);
        Assert.Equal(["/tree/ReadMe", "/tree/folder"], _report.Failed.Select(failed => failed.Source).Order());
        Assert.All(_report.Failed, failed => Assert.Contains("case", failed.Reason.Message, StringComparison.Ordinal));
        Assert.Equal(["Folder", "README"], Names(Target));
        Assert.Equal("/tree/README", await File.ReadAllTextAsync(Path.Join(Target, "readme")));
        Assert.Equal(["x"], Names(Path.Join(Target, "Folder")));

        // Each named for itself; and what was there before is the file that is meant, in whichever case.
        _report.Failed.Clear();
        await DownloadAsync(["/tree/ReadMe", "/tree/README"], Target);
        Assert.Equal("/tree/README", Assert.Single(_report.Failed).Source);
        Assert.Equal("/tree/ReadMe", await File.ReadAllTextAsync(Path.Join(Target, "README")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_file_that_another_program_has_open_is_told_as_such(bool inPlace)
    {
        Assert.SkipUnless(OperatingSystem.IsWindows(), "for Windows");
        _server.Add("/file", "new"u8.ToArray());
        _folder.Write("target", "old");
        using (new FileStream(Target, FileMode.Open, FileAccess.Read, FileShare.Read))
        {
            await DownloadAsync(["/file"], Target, new SftpCopyOptions { InPlace = inPlace });
        }

        Assert.Equal(
            $"cannot write {Target}: another program has it open; close it there, and copy again",
            Assert.Single(_report.Failed).Reason.Message);
        Assert.Equal("old", await File.ReadAllTextAsync(Target));
        Assert.Equal(["target"], Names(_folder.Path));
    }

    [Fact]
    public async Task What_nobody_else_may_read_is_told_as_such()
    {
        Assert.SkipUnless(OperatingSystem.IsWindows(), "for Windows");
        _folder.Write("source", "text");
        using (new FileStream(_folder.File("source"), FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            await UploadAsync(_folder.File("source"), "/file");
        }

        Assert.Contains("another program has it open", Assert.Single(_report.Failed).Reason.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nobody_takes_a_part_away_while_it_is_written()
    {
        Assert.SkipUnless(OperatingSystem.IsWindows(), "for Windows");
        using (var part = LocalFileSystem.This.TryCreate(Target, default, Target)!)
        {
            Assert.ThrowsAny<Exception>(() => File.Delete(Target));
            Assert.ThrowsAny<Exception>(() => File.Move(Target, _folder.File("other")));
            Assert.ThrowsAny<Exception>(() => File.WriteAllText(Target, "x"));
            Assert.Null(LocalFileSystem.This.TryTakeUp(Target, default, Target));
            RandomAccess.Write(part.Handle, "text"u8, 0);
            part.Rename(_folder.File("renamed"));
        }

        Assert.Equal("text", File.ReadAllText(_folder.File("renamed")));
        using (var part = LocalFileSystem.This.TryTakeUp(_folder.File("renamed"), default, "x")!) part.RemoveQuietly();
        Assert.Empty(Names(_folder.Path));
    }

    [Fact]
    public async Task The_server_decides_on_modes()
    {
        Assert.SkipUnless(OperatingSystem.IsWindows(), "for Windows");
        Directory.CreateDirectory(Target);
        File.SetAttributes(_folder.Write("target/file", "text"), FileAttributes.ReadOnly);
        File.SetLastWriteTimeUtc(_folder.Write("target/other", "text"), DateTime.UnixEpoch.AddTicks(20_000_000_099));
        await UploadAsync(Target, "/tree");
        Assert.Empty(_report.Failed);
        Assert.Null(_server.Entries["/tree"].First.Mode);
        Assert.Equal(0x1B6u, _server.Entries["/tree/file"].First.Mode);
        Assert.Null(_server.Entries["/tree/file"].Last.Mode);
        Assert.Equal(2000u, _server.Entries["/tree/other"].Last.ModifyTime);
        File.SetAttributes(_folder.File("target/file"), FileAttributes.Normal);
    }

    [Fact]
    public async Task Both_separators_and_a_drive_make_a_path()
    {
        Assert.SkipUnless(OperatingSystem.IsWindows(), "for Windows");
        _server.Add("/file", "text"u8.ToArray());
        Directory.CreateDirectory(Target);
        await DownloadAsync(["/file"], Target.Replace('\\', '/') + "/");
        await DownloadAsync(["/file"], $@"\\?\{Target}\second");
        Assert.Empty(_report.Failed);
        Assert.Equal(["file", "second"], Names(Target));
        await UploadAsync(Target.Replace('\\', '/') + "/second", "/back");
        Assert.Equal(4, _server.Entries["/back"].Content!.Length);
        var error = await Assert.ThrowsAsync<SshException>(() => DownloadAsync(["/file"], $@"{Target}\missing\"));
        Assert.StartsWith("there is no folder ", error.Message, StringComparison.Ordinal);
    }

    private static string[] Names(string folder) =>
        [.. Directory.GetFileSystemEntries(folder).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];

    private async Task DownloadAsync(string[] from, string to, SftpCopyOptions? options = null)
    {
        await using var client = await _server.ConnectAsync();
        using var downloader = new SftpDownloader(client, options ?? new SftpCopyOptions { Recurse = true }, _report);
        downloader.SetDestination(to);
        foreach (var path in from)
        {
            try
            {
                await downloader.AddAsync(path, default);
            }
            catch (SshException e)
            {
                await _report.FailedAsync(path, e);
            }
        }

        await downloader.CompleteAsync(default);
    }

    private async Task UploadAsync(string from, string to)
    {
        await using var client = await _server.ConnectAsync();
        using var uploader = new SftpUploader(new SftpLanes(client), new SftpCopyOptions { Recurse = true }, _report);
        await uploader.SetDestinationAsync(to, default);
        await uploader.AddAsync(from, default);
        await uploader.CompleteAsync(default);
    }
}
