using System.Diagnostics;
using System.Security.Cryptography;
using SshMux.Engine.Sftp;
using SshMux.Engine.Sftp.Copying;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Sftp;

/// <summary>Copies to and from OpenSSH's sftp-server.</summary>
public sealed class SftpCopyTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly CopyReport _report = new();

    public static TheoryData<string> Servers => ["", "-P limits", "-P posix-rename"];

    private string Source => _folder.File("source");

    private string Target => _folder.File("target");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task A_tree_goes_there_and_back_unchanged(string server)
    {
        MakeTree(Source);
        await using var there = await SftpServer.StartAsync(_folder.Path, server.Split(' ')[..^(server == "" ? 1 : 0)]);
        await UploadAsync(there, [Source], "target", new SftpCopyOptions { Recurse = true });
        Assert.Empty(_report.Failed);
        Assert.Equal(Describe(Source), Describe(Target));
        var back = _folder.File("back");
        await DownloadAsync(there, ["target"], back, new SftpCopyOptions { Recurse = true });
        Assert.Empty(_report.Failed);
        Assert.Equal(Describe(Source), Describe(back));
        Assert.Equal(2 * Directory.GetFiles(Source, "*", All).Length, _report.Copied.Count);

        // And once more over what is there.
        await UploadAsync(there, [Source + "/sub", Source + "/big"], "target", new SftpCopyOptions { Recurse = true });
        await DownloadAsync(there, ["target/sub", "target/big"], back, new SftpCopyOptions { Recurse = true });
        Assert.Empty(_report.Failed);
        Assert.Equal(Describe(Source, onlyFiles: true), Describe(back, onlyFiles: true));
        Assert.Equal(Describe(Source, onlyFiles: true), Describe(Target, onlyFiles: true));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(14)]
    [InlineData(4099)]
    public async Task Replies_may_come_in_pieces_of_any_length(int most)
    {
        var content = RandomNumberGenerator.GetBytes(20 * most + 40_000);
        Directory.CreateDirectory(Source);
        await File.WriteAllBytesAsync(Source + "/big", content);
        _folder.Write("source/small", "s");
        _folder.Write("source/empty", "");
        await using var there = await SftpServer.StartInPiecesAsync(_folder.Path, most);
        await DownloadAsync(there, ["source"], Target, new SftpCopyOptions { Recurse = true });
        Assert.Empty(_report.Failed);
        Assert.Equal(content, await File.ReadAllBytesAsync(Target + "/big"));
        Assert.Equal("s", await File.ReadAllTextAsync(Target + "/small"));
        Assert.Equal("", await File.ReadAllTextAsync(Target + "/empty"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_full_disk_is_told_as_such(bool down)
    {
        _folder.Write("source", "text");
        await using var there = await SftpServer.StartAsync(_folder.Path);
        if (down) await DownloadAsync(there, ["source"], "/dev/full", new SftpCopyOptions());
        else await UploadAsync(there, [Source], "/dev/full", new SftpCopyOptions());
        var (_, reason) = Assert.Single(_report.Failed);
        Assert.Equal(SshError.FileFailed, reason.Error);
        Assert.Contains("/dev/full", reason.Message, StringComparison.Ordinal);
        if (down) Assert.Contains("no space left", reason.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_part_that_another_copy_to_the_server_took_is_told_as_such()
    {
        _folder.Write("source", "text");
        await using var server = new ScriptedSftpServer((type, id, _) => type switch
        {
            SftpProtocol.Init => ScriptedSftpServer.Greeting,
            SftpProtocol.Open => ScriptedSftpServer.Reply(
                SftpProtocol.Handle, id, ScriptedSftpServer.Text("h")),
            SftpProtocol.RealPath => ScriptedSftpServer.Names(id, ("/there", 0x41ed)),
            SftpProtocol.Stat or SftpProtocol.LStat or SftpProtocol.Rename => ScriptedSftpServer.Status(id, 2),
            _ => ScriptedSftpServer.Status(id, 0),
        });
        await using var client = await server.ConnectAsync();
        using var uploader = new SftpUploader(new SftpLanes(client), new SftpCopyOptions(), _report);
        await uploader.SetDestinationAsync("target", default);
        await uploader.AddAsync(Source, default);
        await uploader.CompleteAsync(default);
        var (_, reason) = Assert.Single(_report.Failed);
        Assert.Equal(SshError.FileFailed, reason.Error);
        Assert.Contains("at the same time", reason.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_attributes_they_are_the_receivers()
    {
        _folder.Write("source", "text");
        File.SetLastWriteTimeUtc(Source, DateTime.UnixEpoch.AddDays(1));
        await using var there = await SftpServer.StartAsync(_folder.Path);
        await UploadAsync(there, [Source], "target", new SftpCopyOptions { KeepAttributes = false });
        Assert.InRange(File.GetLastWriteTimeUtc(Target), DateTime.UtcNow.AddHours(-1), DateTime.UtcNow.AddHours(1));
    }

    [Fact]
    public async Task A_broken_copy_is_resumed_and_what_is_there_is_left_out()
    {
        var content = RandomNumberGenerator.GetBytes(40_000_000);
        Directory.CreateDirectory(Source);
        await File.WriteAllBytesAsync(Source + "/big", content);
        await File.WriteAllTextAsync(Source + "/done", "done");
        await using var there = await SftpServer.StartAsync(_folder.Path);
        foreach (var down in new[] { false, true })
        {
            var target = Directory.CreateDirectory(_folder.File($"resumed-{down}")).FullName;
            await CopyAsync(Source + "/done", target + "/");

            // As if 30 MB had come, the last of them with holes.
            var name = Partial.Of(Source + "/big", target + "/big");
            await File.WriteAllBytesAsync(name, content[..20_000_000]);
            using (var partial = File.OpenWrite(name)) partial.SetLength(30_000_000);
            File.SetUnixFileMode(name, SftpLocal.OwnerReadWrite);

            _report.Copied.Clear();
            await CopyAsync(Source + "/done", target + "/");
            Assert.Empty(_report.Copied);
            await CopyAsync(Source + "/big", target + "/");
            Assert.Equal(30_000_000 - SftpTransfer.Span, Assert.Single(_report.Copied).ResumedAt);
            Assert.Equal(content, await File.ReadAllBytesAsync(target + "/big"));

            // A part that is longer than the file is no part of it.
            File.Delete(target + "/big");
            using (var partial = File.Create(name)) partial.SetLength(50_000_000);
            File.SetUnixFileMode(name, SftpLocal.OwnerReadWrite);
            await CopyAsync(Source + "/big", target + "/");
            Assert.Equal(content, await File.ReadAllBytesAsync(target + "/big"));

            Task CopyAsync(string from, string to) => down
                ? DownloadAsync(there, [from], to, new SftpCopyOptions { Resume = true })
                : UploadAsync(there, [from], to, new SftpCopyOptions { Resume = true });
        }

        Assert.Empty(_report.Failed);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Links_are_followed_but_not_in_circles(bool down)
    {
        Directory.CreateDirectory(Source + "/inner");
        await File.WriteAllTextAsync(_folder.File("file"), "outside");
        File.CreateSymbolicLink(Source + "/link", "../file");
        File.CreateSymbolicLink(Source + "/inner/loop", "..");
        File.CreateSymbolicLink(Source + "/nowhere", "does-not-exist");
        await using var there = await SftpServer.StartAsync(_folder.Path);
        var options = new SftpCopyOptions { Recurse = true };
        if (down) await DownloadAsync(there, ["source"], Target, options);
        else await UploadAsync(there, [Source], "target", options);
        Assert.Equal("outside", await File.ReadAllTextAsync(Target + "/link"));
        Assert.Null(File.ResolveLinkTarget(Target + "/link", false));
        Assert.Equal(
            [SshError.FileNotFound, SshError.FileFailed], _report.Failed.Select(failed => failed.Reason.Error).Order());
        Assert.Contains(
            _report.Failed, failed => failed.Reason.Message.Contains("leads back", StringComparison.Ordinal));
        Assert.Contains(_report.Failed, failed => failed.Reason.Message.Contains("nowhere", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_cannot_be_copied_is_told_and_the_rest_is_copied(bool down)
    {
        Directory.CreateDirectory(Source + "/folder-there");
        Directory.CreateDirectory(Target + "/file-there");
        foreach (var name in new[] { "good", "file-there", "read-only" })
        {
            await File.WriteAllTextAsync($"{Source}/{name}", "new");
        }

        _folder.Write("target/folder-there", "old");
        _folder.Write("target/read-only", "old");
        File.SetUnixFileMode(Target + "/read-only", UnixFileMode.UserRead);
        using (var fifo = Process.Start("mkfifo", Source + "/pipe")) await fifo.WaitForExitAsync();
        await using var there = await SftpServer.StartAsync(_folder.Path);
        await CopyAsync(false);
        Assert.Equal("new", await File.ReadAllTextAsync(Target + "/good"));
        Assert.Equal("old", await File.ReadAllTextAsync(Target + "/folder-there"));
        Assert.Equal(
            ["file-there", "folder-there", "pipe", "read-only"],
            _report.Failed.Select(failed => Path.GetFileName(failed.Source)).Order());
        var (_, reason) = Assert.Single(_report.Failed, failed => failed.Reason.Error == SshError.FileDenied);
        Assert.Contains("-Force", reason.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Target, "*" + SftpCopier.PartialSuffix));

        _report.Failed.Clear();
        await CopyAsync(true);
        Assert.Equal(3, _report.Failed.Count);
        Assert.Equal("new", await File.ReadAllTextAsync(Target + "/read-only"));

        async Task CopyAsync(bool force)
        {
            var options = new SftpCopyOptions { Recurse = true, Force = force };
            string[] names = ["file-there", "folder-there", "good", "pipe", "read-only"];
            if (down) await DownloadAsync(there, [.. names.Select(name => "source/" + name)], Target, options);
            else await UploadAsync(there, [.. names.Select(name => $"{Source}/{name}")], "target", options);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Through_a_link_its_target_is_replaced_and_a_device_is_written_to(bool down)
    {
        _folder.Write("source", "new");
        _folder.Write("real", "old");
        File.CreateSymbolicLink(Target, "real");
        await using var there = await SftpServer.StartAsync(_folder.Path);
        foreach (var target in new[] { Target, "/dev/null" })
        {
            if (down) await DownloadAsync(there, ["source"], target, new SftpCopyOptions());
            else await UploadAsync(there, [Source], target, new SftpCopyOptions());
        }

        Assert.Empty(_report.Failed);
        Assert.Equal("new", await File.ReadAllTextAsync(_folder.File("real")));
        Assert.Equal("real", new FileInfo(Target).LinkTarget);
        Assert.DoesNotContain(
            Directory.GetFiles("/dev"), name => name.EndsWith(SftpCopier.PartialSuffix, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_whose_length_the_server_does_not_know_is_read_to_its_end()
    {
        await using var there = await SftpServer.StartAsync(_folder.Path);
        await DownloadAsync(there, ["/proc/cpuinfo"], Target, new SftpCopyOptions());
        await UploadAsync(there, ["/proc/cpuinfo"], "there", new SftpCopyOptions());
        Assert.Empty(_report.Failed);
        Assert.StartsWith("processor", await File.ReadAllTextAsync(Target), StringComparison.Ordinal);
        Assert.StartsWith("processor", await File.ReadAllTextAsync(_folder.File("there")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_is_not_UTF_8_is_refused_and_the_longest_name_is_not()
    {
        Directory.CreateDirectory(Source);
        var longest = new string('x', 255);
        await File.WriteAllTextAsync($"{Source}/{longest}", "long");
        using (var touch = Process.Start("sh", ["-c", $"printf x > '{Source}/'\"$(printf 'bad\\377')\""]))
        {
            await touch.WaitForExitAsync();
        }

        await using var there = await SftpServer.StartAsync(_folder.Path);
        await DownloadAsync(there, ["source"], Target, new SftpCopyOptions { Recurse = true });
        Assert.Equal(SshError.FileNameRefused, Assert.Single(_report.Failed).Reason.Error);
        Assert.Equal(longest, Path.GetFileName(Assert.Single(Directory.GetFiles(Target))));
        await UploadAsync(there, [$"{Source}/{longest}"], "target/", new SftpCopyOptions());
        Assert.Single(_report.Failed);
        using var remove = Process.Start("rm", ["-r", Source]); // .NET cannot name it
        await remove.WaitForExitAsync();
    }

    [Fact]
    public async Task Two_things_do_not_go_to_one_place()
    {
        Directory.CreateDirectory(Source + "/a");
        Directory.CreateDirectory(Target);
        _folder.Write("source/a/same", "1");
        _folder.Write("source/same", "2");
        await using var there = await SftpServer.StartAsync(_folder.Path);
        await UploadAsync(there, [Source + "/same", Source + "/a/same"], "target", new SftpCopyOptions());
        await DownloadAsync(there, ["source/same", "source/a/same"], _folder.File("x"), new SftpCopyOptions());
        Assert.Equal(2, _report.Failed.Count);
        Assert.Equal("2", await File.ReadAllTextAsync(Target + "/same"));
        Assert.Equal("2", await File.ReadAllTextAsync(_folder.File("x")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Canceling_stops_at_once_and_leaves_nothing_under_the_name(bool down)
    {
        using (var sparse = File.Create(Source)) sparse.SetLength(20L << 30);
        await using var there = await SftpServer.StartAsync(_folder.Path);
        using var stop = new CancellationTokenSource();
        using SftpCopier copier = down
            ? new SftpDownloader(there.Client, new SftpCopyOptions(), _report)
            : new SftpUploader(new SftpLanes(there.Client), new SftpCopyOptions(), _report);
        if (copier is SftpDownloader downloader)
        {
            downloader.SetDestination(Target);
            await downloader.AddAsync("source", stop.Token);
        }
        else
        {
            await ((SftpUploader)copier).SetDestinationAsync("target", stop.Token);
            await ((SftpUploader)copier).AddAsync(Source, stop.Token);
        }

        await Eventually.TrueAsync(() => copier.Progress.BytesDone >= 2_000_000, "some of it is copied");
        var clock = Stopwatch.StartNew();
        await stop.CancelAsync();
        await copier.StopAsync();
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 10);
        Assert.False(File.Exists(Target));
        Assert.Single(_folder.Partials());
        Assert.Equal("/", await there.Client.GetRealPathAsync("/", default));
        Assert.Empty(_report.Failed);
    }

    [Fact]
    public async Task The_end_of_the_server_is_one_error_and_not_one_for_each_file()
    {
        Directory.CreateDirectory(Source);
        for (var i = 0; i < 200; i++) await File.WriteAllTextAsync($"{Source}/{i}", "x");
        await using var there = await SftpServer.StartAsync(_folder.Path);
        var options = new SftpCopyOptions { Recurse = true };
        using var uploader = new SftpUploader(new SftpLanes(there.Client), options, _report);
        await uploader.SetDestinationAsync("target", default);
        there.Kill();
        var error = await Assert.ThrowsAsync<SshException>(async () =>
        {
            await uploader.AddAsync(Source, default);
            await uploader.CompleteAsync(default);
        });
        Assert.Equal(SshError.ConnectionLost, error.Error);
        Assert.Empty(_report.Failed);
    }

    private static EnumerationOptions All => new() { RecurseSubdirectories = true, AttributesToSkip = 0 };

    private static void MakeTree(string path)
    {
        Directory.CreateDirectory(path + "/sub/deep/empty");
        File.WriteAllText(path + "/a b", "blank");
        File.WriteAllText(path + "/.hidden", "hidden");
        File.WriteAllText(path + "/ü\nnew line", "odd");
        File.WriteAllText(path + "/-rf '\"`$x*", "odder");
        File.WriteAllText(path + "/nothing", "");
        File.WriteAllBytes(path + "/big", RandomNumberGenerator.GetBytes(5_000_001));
        for (var i = 0; i < 300; i++) File.WriteAllText($"{path}/sub/{i}", new string('x', i * 70));
        File.SetUnixFileMode(path + "/a b", UnixFileMode.UserRead | UnixFileMode.OtherExecute);
        foreach (var file in Directory.GetFiles(path, "*", All))
        {
            File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch.AddSeconds(1_000_000_000 + (file.Length * 1000)));
        }

        File.SetUnixFileMode(path + "/sub/deep", UnixFileMode.UserRead | UnixFileMode.UserExecute);
        foreach (var folder in new[] { "/sub/deep/empty", "/sub/deep", "/sub", "" })
        {
            Directory.SetLastWriteTimeUtc(path + folder, DateTime.UnixEpoch.AddSeconds(1_100_000_000));
        }
    }

    private static string[] Describe(string path, bool onlyFiles = false) =>
    [
        .. (onlyFiles ? Directory.GetFiles(path, "*", All) : [path, .. Directory.GetFileSystemEntries(path, "*", All)])
            .Order(StringComparer.Ordinal).Select(entry =>
            $"{entry[path.Length..]} {File.GetUnixFileMode(entry)} {File.GetLastWriteTimeUtc(entry):O} "
            + (Directory.Exists(entry) ? "" : Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(entry))))),
    ];

    private async Task UploadAsync(SftpServer there, string[] from, string to, SftpCopyOptions options)
    {
        using var uploader = new SftpUploader(new SftpLanes(there.Client), options, _report);
        await uploader.SetDestinationAsync(to, default);
        foreach (var path in from) await TryAsync(path, uploader.AddAsync(path, default));
        await uploader.CompleteAsync(default);
    }

    private async Task DownloadAsync(SftpServer there, string[] from, string to, SftpCopyOptions options)
    {
        using var downloader = new SftpDownloader(there.Client, options, _report);
        downloader.SetDestination(to);
        foreach (var path in from) await TryAsync(path, downloader.AddAsync(path, default));
        await downloader.CompleteAsync(default);
    }

    private async Task TryAsync(string path, Task adding)
    {
        try
        {
            await adding;
        }
        catch (SshException e)
        {
            await _report.FailedAsync(path, e);
        }
    }
}
