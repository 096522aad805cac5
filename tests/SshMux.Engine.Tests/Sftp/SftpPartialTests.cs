using System.Security.Cryptography;
using Mono.Unix.Native;
using SshMux.Engine.Sftp.Copying;
using SshMux.Engine.Sftp.Local;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Sftp;

/// <summary>The files that are written until they get their names: whose they are, and that they are these.</summary>
public sealed class SftpPartialTests : IDisposable
{
    private const int Long = 20_000_000;
    private const int Nobody = 65534;

    private readonly TestFolder _folder = new();
    private readonly CopyReport _report = new();

    public SftpPartialTests() => Directory.CreateDirectory(_folder.File("from"));

    public static TheoryData<bool, bool> WaysAndResume => new([(false, false), (false, true), (true, false), (true, true)]);

    private string Source => _folder.File("from/source");

    private string Target => _folder.File("target");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Names_of_parts_are_of_one_source_and_fit_into_a_name()
    {
        var name = SftpPartialNames.Resumable("/to/x", "x", 3, 4);
        Assert.Matches(@"^/to/x\.[0-9a-f]{12}\.sshmux-partial$", name);
        Assert.Equal(name, SftpPartialNames.ResumableHere("/to/x", "x", 3, 4));
        Assert.NotEqual(name, SftpPartialNames.Resumable("/to/x", "x", 4, 4));
        Assert.NotEqual(name, SftpPartialNames.Resumable("/to/x", "x", 3, 5));
        Assert.NotEqual(name, SftpPartialNames.Resumable("/to/x", "y", 3, 4));
        Assert.NotEqual(SftpPartialNames.Fresh("x"), SftpPartialNames.Fresh("x"));
        Assert.InRange(SftpPartialNames.Fresh("/a/" + new string('ü', 120)).Length, 20, 143);
    }

    [Theory]
    [MemberData(nameof(WaysAndResume))]
    public async Task Files_of_the_source_with_names_of_parts_are_copied_as_any_other(bool down, bool resume)
    {
        // The second and third are what "x" and the second would be written under.
        Directory.CreateDirectory(Source);
        var names = new List<string> { "x" };
        Make("x", Long);
        for (var i = 0; i < 2; i++)
        {
            var name = Partial.Of($"{Source}/{names[^1]}", names[^1]);
            names.Add(name);
            Make(name, Long - 1000 - i);
        }

        names.Add("x" + SftpCopier.PartialSuffix);
        Make(names[^1], 1_500_000);
        await using var there = await SftpServer.StartAsync(_folder.Path);
        await CopyAsync(there, down, resume, [Source], Target);
        Compare();

        // What is there is the copy of one, and no part of another.
        foreach (var name in names)
        {
            File.Delete($"{Target}/{name}");
            await CopyAsync(there, down, resume, [$"{Source}/{name}"], Target);
            Compare();
        }

        void Make(string name, int size)
        {
            File.WriteAllBytes($"{Source}/{name}", RandomNumberGenerator.GetBytes(size));
            File.SetUnixFileMode($"{Source}/{name}", SftpLocal.OwnerReadWrite);
        }

        void Compare()
        {
            Assert.Empty(_report.Failed);
            Assert.Equal(names.Order(), Directory.GetFiles(Target).Select(Path.GetFileName).Order());
            Assert.All(names, name => Assert.Equal(Hash($"{Source}/{name}"), Hash($"{Target}/{name}")));
        }
    }

    [Theory]
    [MemberData(nameof(WaysAndResume))]
    public async Task A_link_at_the_name_of_a_part_is_not_followed(bool down, bool resume)
    {
        var name = Prepare();
        var precious = _folder.Write("precious", new string('p', Long - 10_000));
        File.SetUnixFileMode(precious, SftpLocal.OwnerReadWrite);
        File.CreateSymbolicLink(name, precious);
        await CopyOneAsync(down, resume);
        Assert.Equal(new string('p', Long - 10_000), await File.ReadAllTextAsync(precious));
        Assert.Equal(precious, new FileInfo(name).LinkTarget);
    }

    [Theory]
    [MemberData(nameof(WaysAndResume))]
    public async Task A_file_of_another_user_at_the_name_of_a_part_is_not_written_to(bool down, bool resume)
    {
        if (Syscall.geteuid() != 0) Assert.Skip("only root can give files away");
        var name = Prepare();
        using (var planted = File.Create(name)) planted.SetLength(Long - 10_000);
        File.SetUnixFileMode(name, SftpLocal.OwnerReadWrite);
        Assert.Equal(0, Syscall.chown(name, Nobody, Nobody));
        var before = LocalFileSystem.This.Find(name, followLink: false);
        await CopyOneAsync(down, resume);
        Assert.Equal(before, LocalFileSystem.This.Find(name, followLink: false));
        Assert.True(Syscall.lstat(Target, out var status) == 0 && status.st_uid == Syscall.geteuid());
    }

    [Theory]
    [InlineData("a second name")]
    [InlineData("open to others")]
    [InlineData("locked")]
    public async Task What_is_no_part_of_ours_alone_is_left(string how)
    {
        var name = Prepare();
        using (var left = File.Create(name)) left.SetLength(Long - 10_000);
        File.SetUnixFileMode(name, how == "open to others" ? (UnixFileMode)0x1B6 : SftpLocal.OwnerReadWrite);
        if (how == "a second name") Assert.Equal(0, Syscall.link(name, _folder.File("second")));
        using var writing = how == "locked" ? LocalFileSystem.This.TryTakeUp(name, SftpLocal.OwnerReadWrite, name) : null;
        var before = LocalFileSystem.This.Find(name, followLink: false);
        await CopyOneAsync(down: true, resume: true);
        Assert.Equal(before, LocalFileSystem.This.Find(name, followLink: false));
    }

    [Fact]
    public async Task A_part_of_ours_is_used_again()
    {
        var name = Prepare();
        using (var left = File.Create(name)) left.SetLength(Long + 10_000);
        File.SetUnixFileMode(name, SftpLocal.OwnerReadWrite);
        await CopyOneAsync(down: true, resume: false);
        Assert.False(File.Exists(name));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_put_in_place_of_a_part_does_not_get_the_name(bool down)
    {
        using (var sparse = File.Create(Source)) sparse.SetLength(3L << 30);
        await using var there = await SftpServer.StartAsync(_folder.Path);
        using SftpCopier copier = down
            ? new SftpDownloader(there.Client, new SftpCopyOptions(), _report)
            : new SftpUploader(new SftpLanes(there.Client), new SftpCopyOptions(), _report);
        var destination = await copier.FindDestinationAsync(Target, default);
        await copier.AddAsync(destination, Source, default);
        await Eventually.TrueAsync(() => copier.Progress.BytesDone >= 2_000_000, "some of it is copied");
        var name = Assert.Single(_folder.Partials());
        File.Delete(name);
        await File.WriteAllTextAsync(name, "another's");
        await copier.CompleteAsync(default);
        Assert.Contains("replaced", Assert.Single(_report.Failed).Reason.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Target));
        Assert.Equal("another's", await File.ReadAllTextAsync(name));
    }

    [Theory]
    [MemberData(nameof(WaysAndResume))]
    public async Task Links_that_another_user_put_at_the_destination_are_not_followed(bool down, bool isFolder)
    {
        if (Syscall.geteuid() != 0) Assert.Skip("only root can give links away");
        Directory.CreateDirectory(Source + "/inner");
        Directory.CreateDirectory(Target);
        Directory.CreateDirectory(_folder.File("private"));
        _folder.Write("from/source/inner/file", "new");
        _folder.Write("from/source/name", "new");
        var precious = _folder.Write("private/file", "precious");
        var link = Target + (isFolder ? "/inner" : "/name");
        File.CreateSymbolicLink(link, isFolder ? _folder.File("private") : precious);
        Assert.Equal(0, Syscall.lchown(link, Nobody, Nobody));
        await using var there = await SftpServer.StartAsync(_folder.Path);
        await CopyAsync(there, down, false, [Source + "/inner", Source + "/name"], Target);
        Assert.Equal(SshError.FileDenied, Assert.Single(_report.Failed).Reason.Error);
        Assert.Single(_report.Copied);
        Assert.Equal("precious", await File.ReadAllTextAsync(precious));
    }

    private string Prepare()
    {
        File.WriteAllBytes(Source, RandomNumberGenerator.GetBytes(Long));
        return Partial.Of(Source, Target);
    }

    private async Task CopyOneAsync(bool down, bool resume)
    {
        await using var there = await SftpServer.StartAsync(_folder.Path);
        await CopyAsync(there, down, resume, [Source], Target);
        Assert.Empty(_report.Failed);
        Assert.Equal(0, Assert.Single(_report.Copied).ResumedAt);
        Assert.Equal(Hash(Source), Hash(Target));
    }

    private async Task CopyAsync(SftpServer there, bool down, bool resume, string[] from, string to)
    {
        var options = new SftpCopyOptions { Recurse = true, Resume = resume };
        using SftpCopier copier = down
            ? new SftpDownloader(there.Client, options, _report)
            : new SftpUploader(new SftpLanes(there.Client), options, _report);
        var destination = await copier.FindDestinationAsync(to, default);
        foreach (var path in from)
        {
            try
            {
                await copier.AddAsync(destination, path, default);
            }
            catch (SshException e)
            {
                await _report.FailedAsync(path, e);
            }
        }

        await copier.CompleteAsync(default);
    }

    private static string Hash(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexString(SHA256.HashData(file));
    }
}
