using SshMux.Engine.Sftp.Copying;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Sftp;

/// <summary>Places that cannot be copied to or from, and odd ones that can.</summary>
public sealed class SftpPlaceTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly CopyReport _report = new();

    public SftpPlaceTests()
    {
        _folder.Write("one", "1");
        Directory.CreateDirectory(_folder.File("folder"));
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false, "missing/")]
    [InlineData(true, "missing/")]
    [InlineData(false, "one/")]
    [InlineData(true, "one/")]
    [InlineData(true, "missing/x")]
    public async Task A_folder_that_is_not_there_is_no_destination(bool down, string to)
    {
        await using var there = await SftpServer.StartAsync(_folder.Path);
        using var copier = Make(there, down);
        var error = await Assert.ThrowsAsync<SshException>(() => copier.FindDestinationAsync(_folder.File(to), Stop));
        Assert.Equal(SshError.FileNotFound, error.Error);
        Assert.StartsWith("there is no folder ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(".")]
    [InlineData("folder/..")]
    [InlineData("./")]
    public async Task A_folder_by_another_name_gets_its_real_one(string from)
    {
        Directory.CreateDirectory(_folder.File("folder/begin"));
        _folder.Write("folder/begin/file", "x");
        await using var there = await SftpServer.StartAsync(_folder.File("folder/begin"));
        await CopyAsync(there, true, from == "folder/.." ? "../begin/../begin/." : from, _folder.File("."));
        Assert.Empty(_report.Failed);
        Assert.Equal("x", await File.ReadAllTextAsync(_folder.File("begin/file"), Stop));
    }

    [Fact]
    public async Task The_root_has_no_name()
    {
        await using var there = await SftpServer.StartAsync(_folder.Path);
        var error = await Assert.ThrowsAsync<SshException>(() => CopyAsync(there, true, "/", _folder.File("folder")));
        Assert.Contains("it has no name", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Without_recursion_a_folder_is_no_source(bool down)
    {
        await using var there = await SftpServer.StartAsync(_folder.Path);
        var error = await Assert.ThrowsAsync<SshException>(
            () => CopyAsync(there, down, _folder.File("folder"), _folder.File("copy"), new SftpCopyOptions()));
        Assert.Contains("-Recurse was not given", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_device_is_written_to_as_it_is(bool down)
    {
        await using var there = await SftpServer.StartAsync(_folder.Path);
        await CopyAsync(there, down, _folder.File("one"), "/dev/null");
        Assert.Empty(_report.Failed);
        Assert.Equal(1, Assert.Single(_report.Copied).Length);
        Assert.Equal(0, new FileInfo("/dev/null").Length);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task A_read_only_file_is_replaced_by_force_alone(bool down, bool inPlace)
    {
        var target = _folder.Write("target", "old");
        File.SetUnixFileMode(target, UnixFileMode.UserRead);
        await using var there = await SftpServer.StartAsync(_folder.Path);
        await CopyAsync(there, down, _folder.File("one"), target, new SftpCopyOptions { InPlace = inPlace });
        Assert.Equal(SshError.FileDenied, Assert.Single(_report.Failed).Reason.Error);
        Assert.Equal("old", await File.ReadAllTextAsync(target, Stop));
        _report.Failed.Clear();
        await CopyAsync(there, down, _folder.File("one"), target, new SftpCopyOptions { InPlace = inPlace, Force = true });
        Assert.Empty(_report.Failed);
        Assert.Equal("1", await File.ReadAllTextAsync(target, Stop));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Links_that_lead_nowhere_or_in_circles_are_no_targets(bool down)
    {
        File.CreateSymbolicLink(_folder.File("circle"), "circle");
        await using var there = await SftpServer.StartAsync(_folder.Path);
        await CopyAsync(there, down, _folder.File("one"), _folder.File("circle"));
        Assert.Empty(_report.Copied);
        Assert.Single(_report.Failed);
        Assert.NotNull(new FileInfo(_folder.File("circle")).LinkTarget);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Modes_are_left_to_the_other_side_if_they_are_not_wanted(bool down)
    {
        Directory.CreateDirectory(_folder.File("tree"));
        File.SetUnixFileMode(_folder.Write("tree/file", "x"), UnixFileMode.UserRead);
        File.SetUnixFileMode(_folder.File("tree"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        await using var there = await SftpServer.StartAsync(_folder.Path);
        var options = new SftpCopyOptions { Recurse = true, KeepAttributes = false };
        await CopyAsync(there, down, _folder.File("tree"), _folder.File("copy"), options);
        Assert.Empty(_report.Failed);
        Assert.Equal("x", await File.ReadAllTextAsync(_folder.File("copy/file"), Stop));
        Assert.True(File.GetUnixFileMode(_folder.File("copy")).HasFlag(UnixFileMode.UserWrite));
        File.SetUnixFileMode(_folder.File("tree"), SftpLocal.OwnerOnly);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nothing_begins_on_a_session_that_has_ended(bool down)
    {
        var there = await SftpServer.StartAsync(_folder.Path);
        using var copier = Make(there, down);
        var destination = await copier.FindDestinationAsync(_folder.File("copy"), Stop);
        await there.DisposeAsync();
        foreach (var adding in (Func<Task>[])
        [
            () => copier.AddAsync(destination, _folder.File("one"), Stop),
            () => copier.GatherAsync(destination, _folder.File("one"), Stop),
            () => copier.CompleteAsync(Stop),
        ])
        {
            Assert.Equal(SshError.Stopped, (await Assert.ThrowsAsync<SshException>(adding)).Error);
        }
    }

    [Fact]
    public async Task Who_sets_no_destination_made_a_mistake()
    {
        await using var there = await SftpServer.StartAsync(_folder.Path);
        using var uploader = new SftpUploader(new SftpLanes(there.Client), new SftpCopyOptions(), _report);
        using var downloader = new SftpDownloader(there.Client, new SftpCopyOptions(), _report);
        await Assert.ThrowsAsync<InvalidOperationException>(() => uploader.AddAsync("x", Stop));
        await Assert.ThrowsAsync<InvalidOperationException>(() => downloader.AddAsync("x", Stop));
        Assert.Throws<ArgumentNullException>(() => new SftpUploader(null!, new SftpCopyOptions(), _report));
    }

    private SftpCopier Make(SftpServer there, bool down, SftpCopyOptions? options = null)
    {
        options ??= new SftpCopyOptions { Recurse = true };
        return down
            ? new SftpDownloader(there.Client, options, _report)
            : new SftpUploader(new SftpLanes(there.Client), options, _report);
    }

    private async Task CopyAsync(SftpServer there, bool down, string from, string to, SftpCopyOptions? options = null)
    {
        using var copier = Make(there, down, options);
        var destination = await copier.FindDestinationAsync(to, Stop);
        try
        {
            await copier.AddAsync(destination, from, Stop);
        }
        finally
        {
            await copier.StopAsync();
        }
    }
}
