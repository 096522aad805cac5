using System.Diagnostics;
using SshMux.Engine.Sftp;
using SshMux.Engine.Sftp.Copying;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Sftp;

/// <summary>What is not copied, what is said of it, and what becomes of the rest.</summary>
public sealed class SftpCopyFailureTests : SftpCopyTestBase
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_full_disk_is_told_as_such(bool down)
    {
        Folder.Write("source", "text");
        await using var there = await SftpServer.StartAsync(Folder.Path);
        if (down) await DownloadAsync(there, ["source"], "/dev/full", new SftpCopyOptions());
        else await UploadAsync(there, [Source], "/dev/full", new SftpCopyOptions());
        var (_, reason) = Assert.Single(Report.Failed);
        Assert.Equal(SshError.FileFailed, reason.Error);
        Assert.Contains("/dev/full", reason.Message, StringComparison.Ordinal);
        if (down) Assert.Contains("no space left", reason.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_part_that_another_copy_to_the_server_took_is_told_as_such()
    {
        Folder.Write("source", "text");
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
        using var uploader = new SftpUploader(new SftpLanes(client), new SftpCopyOptions(), Report);
        await uploader.SetDestinationAsync("target", default);
        await uploader.AddAsync(Source, default);
        await uploader.CompleteAsync(default);
        var (_, reason) = Assert.Single(Report.Failed);
        Assert.Equal(SshError.FileFailed, reason.Error);
        Assert.Contains("at the same time", reason.Message, StringComparison.Ordinal);
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

        Folder.Write("target/folder-there", "old");
        Folder.Write("target/read-only", "old");
        File.SetUnixFileMode(Target + "/read-only", UnixFileMode.UserRead);
        using (var fifo = Process.Start("mkfifo", Source + "/pipe")) await fifo.WaitForExitAsync();
        await using var there = await SftpServer.StartAsync(Folder.Path);
        await CopyAsync(false);
        Assert.Equal("new", await File.ReadAllTextAsync(Target + "/good"));
        Assert.Equal("old", await File.ReadAllTextAsync(Target + "/folder-there"));
        Assert.Equal(
            ["file-there", "folder-there", "pipe", "read-only"],
            Report.Failed.Select(failed => Path.GetFileName(failed.Source)).Order());
        var (_, reason) = Assert.Single(Report.Failed, failed => failed.Reason.Error == SshError.FileDenied);
        Assert.Contains("-Force", reason.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Target, "*" + SftpCopier.PartialSuffix));

        Report.Failed.Clear();
        await CopyAsync(true);
        Assert.Equal(3, Report.Failed.Count);
        Assert.Equal("new", await File.ReadAllTextAsync(Target + "/read-only"));

        async Task CopyAsync(bool force)
        {
            var options = new SftpCopyOptions { Recurse = true, Force = force };
            string[] names = ["file-there", "folder-there", "good", "pipe", "read-only"];
            if (down) await DownloadAsync(there, [.. names.Select(name => "source/" + name)], Target, options);
            else await UploadAsync(there, [.. names.Select(name => $"{Source}/{name}")], "target", options);
        }
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

        await using var there = await SftpServer.StartAsync(Folder.Path);
        await DownloadAsync(there, ["source"], Target, new SftpCopyOptions { Recurse = true });
        Assert.Equal(SshError.FileNameRefused, Assert.Single(Report.Failed).Reason.Error);
        Assert.Equal(longest, Path.GetFileName(Assert.Single(Directory.GetFiles(Target))));
        await UploadAsync(there, [$"{Source}/{longest}"], "target/", new SftpCopyOptions());
        Assert.Single(Report.Failed);
        using var remove = Process.Start("rm", ["-r", Source]); // .NET cannot name it
        await remove.WaitForExitAsync();
    }

    [Fact]
    public async Task Two_things_do_not_go_to_one_place()
    {
        Directory.CreateDirectory(Source + "/a");
        Directory.CreateDirectory(Target);
        Folder.Write("source/a/same", "1");
        Folder.Write("source/same", "2");
        await using var there = await SftpServer.StartAsync(Folder.Path);
        await UploadAsync(there, [Source + "/same", Source + "/a/same"], "target", new SftpCopyOptions());
        await DownloadAsync(there, ["source/same", "source/a/same"], Folder.File("x"), new SftpCopyOptions());
        Assert.Equal(2, Report.Failed.Count);
        Assert.Equal("2", await File.ReadAllTextAsync(Target + "/same"));
        Assert.Equal("2", await File.ReadAllTextAsync(Folder.File("x")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Canceling_stops_at_once_and_leaves_nothing_under_the_name(bool down)
    {
        using (var sparse = File.Create(Source)) sparse.SetLength(20L << 30);
        await using var there = await SftpServer.StartAsync(Folder.Path);
        using var stop = new CancellationTokenSource();
        using SftpCopier copier = down
            ? new SftpDownloader(there.Client, new SftpCopyOptions(), Report)
            : new SftpUploader(new SftpLanes(there.Client), new SftpCopyOptions(), Report);
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
        Assert.Single(Folder.Partials());
        Assert.Equal("/", await there.Client.GetRealPathAsync("/", default));
        Assert.Empty(Report.Failed);
    }

    [Fact]
    public async Task The_end_of_the_server_is_one_error_and_not_one_for_each_file()
    {
        Directory.CreateDirectory(Source);
        for (var i = 0; i < 200; i++) await File.WriteAllTextAsync($"{Source}/{i}", "x");
        await using var there = await SftpServer.StartAsync(Folder.Path);
        var options = new SftpCopyOptions { Recurse = true };
        using var uploader = new SftpUploader(new SftpLanes(there.Client), options, Report);
        await uploader.SetDestinationAsync("target", default);
        there.Kill();
        var error = await Assert.ThrowsAsync<SshException>(async () =>
        {
            await uploader.AddAsync(Source, default);
            await uploader.CompleteAsync(default);
        });
        Assert.Equal(SshError.ConnectionLost, error.Error);
        Assert.Empty(Report.Failed);
    }
}
