using System.Security.Cryptography;
using SshMux.Engine.Sftp.Copying;

namespace SshMux.Engine.Tests.Sftp;

/// <summary>What arrives, to and from OpenSSH's sftp-server.</summary>
public sealed class SftpCopyTests : SftpCopyTestBase
{
    public static TheoryData<string> Servers => ["", "-P limits", "-P posix-rename"];

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task A_tree_goes_there_and_back_unchanged(string server)
    {
        MakeTree(Source);
        await using var there = await SftpServer.StartAsync(Folder.Path, server.Split(' ')[..^(server == "" ? 1 : 0)]);
        await UploadAsync(there, [Source], "target", new SftpCopyOptions { Recurse = true });
        Assert.Empty(Report.Failed);
        Assert.Equal(Describe(Source), Describe(Target));
        var back = Folder.File("back");
        await DownloadAsync(there, ["target"], back, new SftpCopyOptions { Recurse = true });
        Assert.Empty(Report.Failed);
        Assert.Equal(Describe(Source), Describe(back));
        Assert.Equal(2 * Directory.GetFiles(Source, "*", All).Length, Report.Copied.Count);

        // And once more over what is there.
        await UploadAsync(there, [Source + "/sub", Source + "/big"], "target", new SftpCopyOptions { Recurse = true });
        await DownloadAsync(there, ["target/sub", "target/big"], back, new SftpCopyOptions { Recurse = true });
        Assert.Empty(Report.Failed);
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
        Folder.Write("source/small", "s");
        Folder.Write("source/empty", "");
        await using var there = await SftpServer.StartInPiecesAsync(Folder.Path, most);
        await DownloadAsync(there, ["source"], Target, new SftpCopyOptions { Recurse = true });
        Assert.Empty(Report.Failed);
        Assert.Equal(content, await File.ReadAllBytesAsync(Target + "/big"));
        Assert.Equal("s", await File.ReadAllTextAsync(Target + "/small"));
        Assert.Equal("", await File.ReadAllTextAsync(Target + "/empty"));
    }

    [Fact]
    public async Task Without_attributes_they_are_the_receivers()
    {
        Folder.Write("source", "text");
        File.SetLastWriteTimeUtc(Source, DateTime.UnixEpoch.AddDays(1));
        await using var there = await SftpServer.StartAsync(Folder.Path);
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
        await using var there = await SftpServer.StartAsync(Folder.Path);
        foreach (var down in new[] { false, true })
        {
            var target = Directory.CreateDirectory(Folder.File($"resumed-{down}")).FullName;
            await CopyAsync(Source + "/done", target + "/");

            // As if 30 MB had come, the last of them with holes.
            var name = Partial.Of(Source + "/big", target + "/big");
            await File.WriteAllBytesAsync(name, content[..20_000_000]);
            using (var partial = File.OpenWrite(name)) partial.SetLength(30_000_000);
            File.SetUnixFileMode(name, SftpLocal.OwnerReadWrite);

            Report.Copied.Clear();
            await CopyAsync(Source + "/done", target + "/");
            Assert.Empty(Report.Copied);
            await CopyAsync(Source + "/big", target + "/");
            Assert.Equal(30_000_000 - SftpTransfer.Span, Assert.Single(Report.Copied).ResumedAt);
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

        Assert.Empty(Report.Failed);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Links_are_followed_but_not_in_circles(bool down)
    {
        Directory.CreateDirectory(Source + "/inner");
        await File.WriteAllTextAsync(Folder.File("file"), "outside");
        File.CreateSymbolicLink(Source + "/link", "../file");
        File.CreateSymbolicLink(Source + "/inner/loop", "..");
        File.CreateSymbolicLink(Source + "/nowhere", "does-not-exist");
        await using var there = await SftpServer.StartAsync(Folder.Path);
        var options = new SftpCopyOptions { Recurse = true };
        if (down) await DownloadAsync(there, ["source"], Target, options);
        else await UploadAsync(there, [Source], "target", options);
        Assert.Equal("outside", await File.ReadAllTextAsync(Target + "/link"));
        Assert.Null(File.ResolveLinkTarget(Target + "/link", false));
        Assert.Equal(
            [SshError.FileNotFound, SshError.FileFailed], Report.Failed.Select(failed => failed.Reason.Error).Order());
        Assert.Contains(
            Report.Failed, failed => failed.Reason.Message.Contains("leads back", StringComparison.Ordinal));
        Assert.Contains(Report.Failed, failed => failed.Reason.Message.Contains("nowhere", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Through_a_link_its_target_is_replaced_and_a_device_is_written_to(bool down)
    {
        Folder.Write("source", "new");
        Folder.Write("real", "old");
        File.CreateSymbolicLink(Target, "real");
        await using var there = await SftpServer.StartAsync(Folder.Path);
        foreach (var target in new[] { Target, "/dev/null" })
        {
            if (down) await DownloadAsync(there, ["source"], target, new SftpCopyOptions());
            else await UploadAsync(there, [Source], target, new SftpCopyOptions());
        }

        Assert.Empty(Report.Failed);
        Assert.Equal("new", await File.ReadAllTextAsync(Folder.File("real")));
        Assert.Equal("real", new FileInfo(Target).LinkTarget);
        Assert.DoesNotContain(
            Directory.GetFiles("/dev"), name => name.EndsWith(SftpCopier.PartialSuffix, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_whose_length_the_server_does_not_know_is_read_to_its_end()
    {
        await using var there = await SftpServer.StartAsync(Folder.Path);
        await DownloadAsync(there, ["/proc/cpuinfo"], Target, new SftpCopyOptions());
        await UploadAsync(there, ["/proc/cpuinfo"], "there", new SftpCopyOptions());
        Assert.Empty(Report.Failed);
        Assert.StartsWith("processor", await File.ReadAllTextAsync(Target), StringComparison.Ordinal);
        Assert.StartsWith("processor", await File.ReadAllTextAsync(Folder.File("there")), StringComparison.Ordinal);
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
}
