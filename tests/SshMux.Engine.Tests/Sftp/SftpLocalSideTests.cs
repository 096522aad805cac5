using System.Security.Cryptography;
using System.Text;
using SshMux.Engine.Sftp.Copying;
using SshMux.Engine.Sftp.Local;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Sftp;

/// <summary>What copies do with files of this machine, whichever system it has.</summary>
[Trait("System", "any")]
public sealed class SftpLocalSideTests : IAsyncDisposable
{
    private const int Long = 40_000_000;

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
    public async Task A_tree_comes_here_and_goes_back_unchanged()
    {
        Fill("/tree");
        await DownloadAsync("/tree", Target);
        Assert.Empty(_report.Failed);
        Assert.Equal("text 7", await File.ReadAllTextAsync(Path.Join(Target, "sub", "7")));
        Assert.Equal(DateTime.UnixEpoch.AddSeconds(1_234_567_890), File.GetLastWriteTimeUtc(Path.Join(Target, "sub", "7")));
        Assert.Equal(DateTime.UnixEpoch.AddSeconds(1_234_567_890), Directory.GetLastWriteTimeUtc(Target));
        Assert.True(Directory.Exists(Path.Join(Target, "sub", "empty")));
        await UploadAsync(Target, "/back");
        Assert.Empty(_report.Failed);
        Assert.All(
            _server.Entries.Where(one => one.Key.StartsWith("/tree/", StringComparison.Ordinal)),
            one => Assert.Equal(one.Value.Content, _server.Entries["/back" + one.Key["/tree".Length..]].Content));

        // Over what is there, and without what is there.
        _server.Add("/tree/sub/7", "new"u8.ToArray());
        _report.Copied.Clear();
        await DownloadAsync("/tree", _folder.Path, new SftpCopyOptions { Recurse = true });
        Directory.Move(_folder.File("tree"), _folder.File("second"));
        await DownloadAsync("/tree/sub/7", Path.Join(Target, "sub"));
        Assert.Equal("new", await File.ReadAllTextAsync(Path.Join(Target, "sub", "7")));
        _report.Copied.Clear();
        await DownloadAsync("/tree/sub", Target, new SftpCopyOptions { Recurse = true, Resume = true });
        Assert.Empty(_report.Copied);
        Assert.Empty(_report.Failed);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task In_place_a_file_is_written_over(bool isThere)
    {
        _server.Add("/file", "new"u8.ToArray());
        if (isThere) _folder.Write("target", "something longer");
        await DownloadAsync("/file", Target, new SftpCopyOptions { InPlace = true });
        Assert.Empty(_report.Failed);
        Assert.Equal("new", await File.ReadAllTextAsync(Target));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_read_only_file_is_replaced_by_force_alone(bool inPlace)
    {
        _server.Add("/file", "new"u8.ToArray());
        File.SetAttributes(_folder.Write("target", "old"), FileAttributes.ReadOnly);
        await DownloadAsync("/file", Target, new SftpCopyOptions { InPlace = inPlace });
        Assert.Contains("-Force", Assert.Single(_report.Failed).Reason.Message, StringComparison.Ordinal);
        Assert.Equal("old", await File.ReadAllTextAsync(Target));
        _report.Failed.Clear();
        await DownloadAsync("/file", Target, new SftpCopyOptions { InPlace = inPlace, Force = true });
        Assert.Empty(_report.Failed);
        Assert.Equal("new", await File.ReadAllTextAsync(Target));
        Assert.False(File.GetAttributes(Target).HasFlag(FileAttributes.ReadOnly));
    }

    [Fact]
    public async Task A_broken_copy_is_resumed()
    {
        var content = RandomNumberGenerator.GetBytes(Long);
        _server.Add("/big", content);
        var name = SftpPartialNames.ResumableHere(Target, "big", Long, 1_234_567_890);
        await using (var breaking = new MemorySftpServer { EndsAfter = 30_000_000 })
        {
            breaking.Add("/big", content);
            await Assert.ThrowsAsync<SshException>(() => DownloadAsync(breaking, "/big", Target, new SftpCopyOptions()));
        }

        Assert.True(File.Exists(name));
        Assert.False(File.Exists(Target));
        await DownloadAsync("/big", Target, new SftpCopyOptions { Resume = true });
        Assert.Empty(_report.Failed);
        Assert.InRange(Assert.Single(_report.Copied).ResumedAt, 10_000_000, 30_000_000);
        Assert.Equal(content, await File.ReadAllBytesAsync(Target));
        Assert.Empty(_folder.Partials());
    }

    [Fact]
    public async Task What_another_copy_writes_is_not_written_to()
    {
        _server.Add("/big", RandomNumberGenerator.GetBytes(Long));
        var name = SftpPartialNames.ResumableHere(Target, "big", Long, 1_234_567_890);
        using (var writing = LocalFileSystem.This.TryCreate(name, SftpLocal.OwnerReadWrite, name)!)
        {
            RandomAccess.SetLength(writing.Handle, 30_000_000);
            await DownloadAsync("/big", Target, new SftpCopyOptions { Resume = true });
            Assert.Equal(30_000_000, RandomAccess.GetLength(writing.Handle));
        }

        Assert.Empty(_report.Failed);
        Assert.Equal(0, Assert.Single(_report.Copied).ResumedAt);
        Assert.True(File.Exists(name));
    }

    [Fact]
    public async Task Paths_are_as_long_as_they_are()
    {
        var path = "/deep";
        for (var i = 0; i < 12; i++)
        {
            _server.Add(path, null);
            path += $"/{i}{new string('x', 40)}";
        }

        _server.Add(path, Encoding.UTF8.GetBytes(new string('z', 2_000_000)));
        await DownloadAsync("/deep", Target);
        Assert.Empty(_report.Failed);
        var file = Assert.Single(Directory.GetFiles(Target, "*", SearchOption.AllDirectories));
        Assert.InRange(file.Length, 400, 1000);
        await UploadAsync(Target, "/back");
        Assert.Empty(_report.Failed);
        Assert.Equal(2_000_000, _server.Entries["/back" + path["/deep".Length..]].Content!.Length);
        await DownloadAsync(path, file, new SftpCopyOptions { Resume = true });
        Assert.Equal(2, _report.Copied.Count);
    }

    [Fact]
    public void Files_are_known_whatever_their_names_are()
    {
        var one = LocalFileSystem.This.Find(_folder.Write("one", "1"), followLink: false)!.Value;
        var other = LocalFileSystem.This.Find(_folder.Write("other", "1"), followLink: false)!.Value;
        Assert.NotEqual(one.Id, other.Id);
        File.Move(_folder.File("one"), _folder.File("renamed"));
        Assert.Equal(one.Id, LocalFileSystem.This.Find(_folder.File("renamed"), followLink: true)!.Value.Id);
        Assert.True(LocalFileSystem.This.Find(_folder.Path, followLink: false) is { IsFolder: true, IsFile: false });
        Assert.Null(LocalFileSystem.This.Find(_folder.File("missing"), followLink: false));
        Assert.Equal(["other", "renamed"], LocalFileSystem.This.List(_folder.Path).Order());
    }

    [Fact]
    public void A_folder_gets_its_time_if_it_is_that_one()
    {
        var (one, other) = (_folder.File("one"), _folder.File("other"));
        Assert.True(LocalFileSystem.This.TryMakeFolder(one, SftpLocal.OwnerOnly));
        Assert.False(LocalFileSystem.This.TryMakeFolder(one, SftpLocal.OwnerOnly));
        Assert.True(LocalFileSystem.This.TryMakeFolder(other, SftpLocal.OwnerOnly));
        var status = LocalFileSystem.This.Find(one, followLink: false)!.Value;
        var time = DateTime.UnixEpoch.AddSeconds(1_000_000_001);
        LocalFileSystem.This.SetAttributesOfFolder(one, status, null, time);
        Assert.Equal(time, Directory.GetLastWriteTimeUtc(one));
        var error = Assert.Throws<SshException>(
            () => LocalFileSystem.This.SetAttributesOfFolder(other, status, null, time));
        Assert.Contains("another folder", error.Message, StringComparison.Ordinal);
    }

    private void Fill(string root)
    {
        foreach (var folder in (string[])["", "/sub", "/sub/empty"]) _server.Add(root + folder, null);
        for (var i = 0; i < 200; i++) _server.Add($"{root}/sub/{i}", Encoding.UTF8.GetBytes($"text {i}"));
        _server.Add(root + "/ü a.b", RandomNumberGenerator.GetBytes(3_000_001));
        _server.Add(root + "/nothing", []);
    }

    private Task DownloadAsync(string from, string to, SftpCopyOptions? options = null) =>
        DownloadAsync(_server, from, to, options ?? new SftpCopyOptions { Recurse = true });

    private async Task DownloadAsync(MemorySftpServer server, string from, string to, SftpCopyOptions options)
    {
        await using var client = await server.ConnectAsync();
        using var downloader = new SftpDownloader(client, options, _report);
        downloader.SetDestination(to);
        await downloader.AddAsync(from, default);
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
