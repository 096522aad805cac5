using System.Buffers.Binary;
using System.Collections.Concurrent;
using SshMux.Engine.Sftp;
using SshMux.Engine.Sftp.Copying;
using SshMux.Engine.Tests.Support;
using static SshMux.Engine.Tests.Sftp.ScriptedSftpServer;

namespace SshMux.Engine.Tests.Sftp;

/// <summary>Servers that take files and little else: no modes and times, no other names.</summary>
public sealed class SftpRefusalTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly CopyReport _report = new();
    private readonly ConcurrentQueue<byte> _requests = new();
    private readonly ConcurrentQueue<uint> _openFlags = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(8, 1)] // not supported: nothing more is asked for
    [InlineData(3, 2)] // denied, which may be about this file
    public async Task Without_modes_and_times_the_content_counts(uint code, int asked)
    {
        await UploadAsync(type => type == SftpProtocol.FSetStat ? (code, "set times denied") : null, ["one", "two"]);
        Assert.Empty(_report.Failed);
        Assert.Equal(2, _report.Copied.Count);
        var warning = Assert.Single(_report.Warned);
        Assert.Contains("set times denied", warning, StringComparison.Ordinal);
        Assert.Contains("-NoAttributes", warning, StringComparison.Ordinal);
        Assert.Equal(asked, _requests.Count(type => type == SftpProtocol.FSetStat));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Without_renaming_the_error_says_so_and_nothing_is_lost(bool isThere)
    {
        await UploadAsync(type => type == SftpProtocol.Rename ? (3, "rename denied") : null, ["one"], isThere: isThere);
        var (_, reason) = Assert.Single(_report.Failed);
        Assert.Equal(SshError.FileDenied, reason.Error);
        Assert.Contains("rename denied", reason.Message, StringComparison.Ordinal);
        Assert.Contains("-InPlace", reason.Message, StringComparison.Ordinal);
        Assert.Contains("evil:there/one:", reason.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(SftpCopier.PartialSuffix, reason.Message, StringComparison.Ordinal);
        Assert.Equal(1, _requests.Count(type => type == SftpProtocol.Remove)); // the part
    }

    [Fact]
    public async Task In_place_a_file_has_its_name_at_once()
    {
        await UploadAsync(
            type => type == SftpProtocol.Rename ? (3, "rename denied") : null, ["one"], new SftpCopyOptions { InPlace = true });
        Assert.Empty(_report.Failed);
        Assert.Single(_report.Copied);
        Assert.Equal(0x1Au, Assert.Single(_openFlags));
        Assert.DoesNotContain(SftpProtocol.Rename, _requests);
    }

    [Fact]
    public async Task In_place_nothing_need_be_looked_at()
    {
        await UploadAsync(
            type => type is SftpProtocol.LStat or SftpProtocol.Rename ? (3, "denied") : null,
            ["one"],
            new SftpCopyOptions { InPlace = true });
        Assert.Empty(_report.Failed);
        Assert.Single(_report.Copied);
    }

    [Fact]
    public async Task No_error_speaks_of_a_name_that_nobody_wrote()
    {
        await UploadAsync(
            (type, body) => type == SftpProtocol.Open
                || (type == SftpProtocol.LStat && body.AsSpan().IndexOf("sshmux-partial"u8) >= 0)
                ? (3, "denied")
                : null,
            ["one"]);
        Assert.Equal("cannot write evil:there/one: denied", Assert.Single(_report.Failed).Reason.Message);
    }

    [Fact]
    public async Task Files_are_made_new_and_a_server_that_cannot_tell_makes_them_all_the_same()
    {
        await UploadAsync(
            (type, body) => type == SftpProtocol.Open && (Flags(body) & 0x20) != 0 ? (4, "Failure") : null, ["one"]);
        Assert.Empty(_report.Failed);
        Assert.Equal([0x3Au, 0x1Au], _openFlags);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task In_place_both_ways(bool isThere)
    {
        var source = _folder.Write("source", "new");
        if (isThere) _folder.Write("target", "something longer");
        await using var there = await SftpServer.StartAsync(_folder.Path);
        var options = new SftpCopyOptions { InPlace = true };
        using (var uploader = new SftpUploader(new SftpLanes(there.Client), options, _report))
        {
            await uploader.SetDestinationAsync("target", default);
            await uploader.AddAsync(source, default);
            await uploader.CompleteAsync(default);
        }

        Assert.Equal("new", await File.ReadAllTextAsync(_folder.File("target")));
        if (isThere) _folder.Write("back", "something longer");
        using (var downloader = new SftpDownloader(there.Client, options, _report))
        {
            downloader.SetDestination(_folder.File("back"));
            await downloader.AddAsync("target", default);
            await downloader.CompleteAsync(default);
        }

        Assert.Empty(_report.Failed);
        Assert.Equal("new", await File.ReadAllTextAsync(_folder.File("back")));
        Assert.Equal(File.GetLastWriteTimeUtc(source), File.GetLastWriteTimeUtc(_folder.File("back")), TimeSpan.FromSeconds(1));
    }

    private static uint Flags(byte[] body)
    {
        var name = BinaryPrimitives.ReadInt32BigEndian(body);
        return BinaryPrimitives.ReadUInt32BigEndian(body.AsSpan(4 + name));
    }

    private Task UploadAsync(
        Func<byte, (uint Code, string Words)?> refuse,
        string[] names,
        SftpCopyOptions? options = null,
        bool isThere = false) => UploadAsync((type, _) => refuse(type), names, options, isThere);

    private async Task UploadAsync(
        Func<byte, byte[], (uint Code, string Words)?> refuse,
        string[] names,
        SftpCopyOptions? options = null,
        bool isThere = false)
    {
        await using var server = new ScriptedSftpServer((type, id, body) =>
        {
            _requests.Enqueue(type);
            if (type == SftpProtocol.Open) _openFlags.Enqueue(Flags(body));
            if (refuse(type, body) is var (code, words)) return Status(id, code, words);
            return type switch
            {
                SftpProtocol.Init => Greeting,
                SftpProtocol.Open => Reply(SftpProtocol.Handle, id, Text("h")),
                SftpProtocol.Stat => Reply(SftpProtocol.Attributes, id, Mode(0x41ed)),
                SftpProtocol.LStat => isThere ? Reply(SftpProtocol.Attributes, id, Mode(0x81a4)) : Status(id, 2),
                _ => Status(id, 0),
            };
        });
        await using var client = await server.ConnectAsync();
        using var uploader = new SftpUploader(new SftpLanes(client), options ?? new SftpCopyOptions(), _report);
        var destination = await uploader.FindDestinationAsync("there", default);
        foreach (var name in names)
        {
            // One after the other, as the second shall know what the first has learned.
            await uploader.AddAsync(destination, _folder.Write(name, name), default);
            await Eventually.TrueAsync(
                () => uploader.Progress.FilesDone == uploader.Progress.Files, "the file is done");
        }

        await uploader.CompleteAsync(default);
    }
}
