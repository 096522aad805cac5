using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text;
using SshMux.Engine.Channels;
using SshMux.Engine.Sftp;
using SshMux.Engine.Sftp.Copying;
using SshMux.Engine.Streams;
using SshMux.Engine.Tests.Support;
using static SshMux.Engine.Tests.Sftp.ScriptedSftpServer;

namespace SshMux.Engine.Tests.Sftp;

/// <summary>Servers that say that they can what they cannot, give less than was asked for, or end.</summary>
public sealed class SftpServerFaultTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly CopyReport _report = new();
    private readonly ConcurrentQueue<(byte Type, byte[] Body)> _requests = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("", ".")]
    [InlineData("a/~", "a/~")]
    [InlineData("~", ".")]
    [InlineData("~/", ".")]
    [InlineData("~/a/b", "a/b")]
    [InlineData("~//a", "a")]
    public async Task Without_the_extension_the_home_folder_is_where_the_server_begins(string path, string expanded)
    {
        await using var server = Serve((_, _) => null);
        await using var client = await server.ConnectAsync();
        Assert.Equal(expanded, await client.ExpandAsync(path, Stop));
        var error = await Assert.ThrowsAsync<SshException>(() => client.ExpandAsync("~somebody/x", Stop));
        Assert.Equal(SshError.NotSupported, error.Error);
        Assert.StartsWith("cannot find evil:~somebody/x: ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("~", "/home/me")]
    [InlineData("~/a", "/home/me/a")]
    [InlineData("~somebody/x", "/home/me/x")]
    public async Task With_the_extension_the_server_is_asked_for_home_folders(string path, string expanded)
    {
        await using var server = Serve(
            (type, id) => type == SftpProtocol.Extended ? Names(id, ("/home/me", 0)) : null, SftpProtocol.ExpandPath);
        await using var client = await server.ConnectAsync();
        Assert.Equal(expanded, await client.ExpandAsync(path, Stop));
        Assert.Equal(
            [.. Text(SftpProtocol.ExpandPath), .. Text(path.Split('/')[0])],
            Assert.Single(Bodies(SftpProtocol.Extended)));
    }

    [Fact]
    public async Task A_name_with_a_NUL_is_not_sent()
    {
        await using var server = Serve((_, _) => null);
        await using var client = await server.ConnectAsync();
        var error = await Assert.ThrowsAsync<SshException>(() => client.GetRealPathAsync("a\0b", Stop));
        Assert.Equal((SshError.FileNameRefused, "'a?b' has a NUL in it"), (error.Error, error.Message));
        Assert.Empty(Bodies(SftpProtocol.RealPath));
    }

    [Fact]
    public async Task What_is_opened_for_who_has_given_up_is_closed()
    {
        using var gate = new ManualResetEventSlim();
        await using var server = Serve((type, id) =>
        {
            if (type != SftpProtocol.Open) return null;
            gate.Wait(Stop);
            return Reply(SftpProtocol.Handle, id, Text("late"));
        });
        await using var client = await server.ConnectAsync();
        using var cancelled = new CancellationTokenSource();
        var opening = client.OpenFileAsync("x", SftpOpenFlags.Read, default, cancelled.Token);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening);
        gate.Set();
        await Eventually.TrueAsync(() => Bodies(SftpProtocol.Close).Count == 1, "it is closed");
        Assert.Equal(Text("late"), Bodies(SftpProtocol.Close)[0]);
    }

    [Fact]
    public async Task A_renaming_that_a_server_only_says_that_it_has_is_done_without()
    {
        await UploadAsync(
            (type, id) => type == SftpProtocol.Extended ? Status(id, 8) : null, extension: SftpProtocol.PosixRename);
        Assert.Empty(_report.Failed);
        Assert.Single(Bodies(SftpProtocol.Extended));
        Assert.Single(Bodies(SftpProtocol.Rename));
    }

    [Fact]
    public async Task A_file_that_cannot_be_replaced_after_all_gets_its_name_back()
    {
        var renamed = 0;
        await UploadAsync(
            (type, id) => type == SftpProtocol.Rename && ++renamed == 2 ? Status(id, 4, "busy") : null, isThere: true);
        Assert.Contains("busy", Assert.Single(_report.Failed).Reason.Message, StringComparison.Ordinal);
        var names = Bodies(SftpProtocol.Rename).Select(PathsOf).ToList();
        Assert.Equal(3, names.Count);
        Assert.Equal((names[0].To, names[0].From), names[2]);
        Assert.Equal("there/one", names[0].From);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(8)]
    public async Task A_folder_whose_mode_and_times_cannot_be_set_is_copied_all_the_same(uint code)
    {
        Directory.CreateDirectory(_folder.File("tree"));
        _folder.Write("tree/file", "x");
        await UploadAsync(
            (type, id) => type switch
            {
                SftpProtocol.SetStat => Status(id, code, "no times here"),
                SftpProtocol.Stat => Status(id, 2),
                _ => null,
            },
            source: "tree");
        Assert.Empty(_report.Failed);
        Assert.Contains("no times here", Assert.Single(_report.Warned), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_write_that_falls_short_is_noticed()
    {
        using (var sparse = File.Create(_folder.File("one"))) sparse.SetLength(20_000_000);
        var name = SftpPartialNames.Resumable(
            "there/one", "one", 20_000_000,
            new DateTimeOffset(File.GetLastWriteTimeUtc(_folder.File("one"))).ToUnixTimeSeconds());
        await UploadAsync(
            (type, id) => type switch
            {
                // An earlier copy has left some of it.
                SftpProtocol.Open when Bodies(SftpProtocol.Open).Count == 1 => Status(id, 4),
                SftpProtocol.LStat when IsPart() => Reply(SftpProtocol.Attributes, id, Sized(19_000_000)),
                SftpProtocol.FStat => Reply(SftpProtocol.Attributes, id, Sized(19_000_000)),
                _ => null,
            },
            options: new SftpCopyOptions { Resume = true });
        Assert.EndsWith(
            "it has 19000000 bytes in place of 20000000",
            Assert.Single(_report.Failed).Reason.Message,
            StringComparison.Ordinal);

        bool IsPart() => Bodies(SftpProtocol.LStat)[^1].AsSpan().IndexOf(Text(name).AsSpan(4)) >= 0;
    }

    [Theory]
    [InlineData("less")]
    [InlineData("shrinks")]
    [InlineData("refuses")]
    public async Task A_file_is_read_whole_or_not_at_all(string how)
    {
        var content = Descriptors.RandomBytes(300_000, 7);
        await using var server = Serve((type, id) =>
        {
            switch (type)
            {
                case SftpProtocol.Stat:
                    return Reply(SftpProtocol.Attributes, id, Sized(300_000));
                case SftpProtocol.Open:
                    return Reply(SftpProtocol.Handle, id, Text("h"));
                case SftpProtocol.Read:
                    var body = Bodies(SftpProtocol.Read)[^1].AsSpan(5);
                    var offset = (int)BinaryPrimitives.ReadInt64BigEndian(body);
                    var length = BinaryPrimitives.ReadInt32BigEndian(body[8..]);
                    if (how == "shrinks" && offset is > 0 and < 100_000) return Status(id, 1);
                    if (how == "refuses" && offset > 100_000) return Status(id, 4, "bad sector");
                    var part = content.AsSpan(offset, how == "less" ? Math.Min(length, 5000) : length);
                    return Reply(SftpProtocol.Data, id, Number((uint)part.Length), part.ToArray());
                default:
                    return null;
            }
        });
        await using var client = await server.ConnectAsync();
        using var downloader = new SftpDownloader(client, new SftpCopyOptions(), _report);
        downloader.SetDestination(_folder.File("target"));
        await downloader.AddAsync("source", Stop);
        await downloader.CompleteAsync(Stop);
        if (how == "less")
        {
            Assert.Empty(_report.Failed);
            Assert.Equal(content, await File.ReadAllBytesAsync(_folder.File("target"), Stop));
            Assert.Equal((300_000, 300_000), (downloader.Progress.Bytes, downloader.Progress.BytesDone));
            Assert.Equal("source", downloader.Progress.Current);
            return;
        }

        Assert.Contains(
            how == "shrinks" ? "it ended before its end" : "bad sector",
            Assert.Single(_report.Failed).Reason.Message,
            StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Theory]
    [InlineData(null, "KILL", ", killed by SIGKILL: out of paper")]
    [InlineData(3u, null, " with exit status 3: out of paper")]
    [InlineData(null, null, ": out of paper")]
    public async Task A_server_that_ends_is_quoted(uint? status, string? signal, string words)
    {
        await using var server = new ScriptedSftpServer(
            (type, id, _) => type switch
            {
                SftpProtocol.Init => Greeting,
                SftpProtocol.RealPath => Names(id, ("/", 0)),
                _ => null,
            });
        var process = new Program(server, Task.FromResult(new CommandExit(status, signal)));
        await using var client = await SftpClient.OpenAsync(process, "web1", Stop);
        Assert.Equal("/", await client.GetRealPathAsync(".", Stop));
        var error = await Assert.ThrowsAsync<SshException>(() => client.FindAttributesAsync("x", true, Stop));
        Assert.Equal(
            (SshError.ConnectionLost, $"the sftp server of web1 has ended{words}"), (error.Error, error.Message));
    }

    [Fact]
    public async Task A_server_whose_connection_was_lost_has_that_reason()
    {
        await using var server = new ScriptedSftpServer((type, _, _) => type == SftpProtocol.Init ? Greeting : null);
        var process = new Program(
            server, Task.FromException<CommandExit>(new SshException(SshError.MasterGone, "the master has gone")));
        await using var client = await SftpClient.OpenAsync(process, "web1", Stop);
        var error = await Assert.ThrowsAsync<SshException>(() => client.FindAttributesAsync("x", true, Stop));
        Assert.Equal((SshError.MasterGone, "the master has gone"), (error.Error, error.Message));
    }

    private static (string From, string To) PathsOf(byte[] body)
    {
        var length = BinaryPrimitives.ReadInt32BigEndian(body);
        return (Encoding.UTF8.GetString(body, 4, length), Encoding.UTF8.GetString(body.AsSpan(8 + length)));
    }

    /// <summary>A file of such a length.</summary>
    private static byte[] Sized(ulong size) => [.. Number(5), .. BitConverter.GetBytes(size).Reverse(), .. Number(0x8180)];

    private List<byte[]> Bodies(byte type) => [.. _requests.Where(one => one.Type == type).Select(one => one.Body)];

    /// <summary>A server that answers as it is told, and else with success; with some extensions.</summary>
    private ScriptedSftpServer Serve(Func<byte, uint, byte[]?> answer, params string[] extensions)
    {
        byte[][] fields = [.. extensions.SelectMany(name => new[] { Text(name), Text("1") })];
        return new((type, id, body) =>
        {
            _requests.Enqueue((type, body));
            return answer(type, id) ?? type switch
            {
                SftpProtocol.Init => Reply(SftpProtocol.VersionReply, 3, fields),
                SftpProtocol.Open => Reply(SftpProtocol.Handle, id, Text("h")),
                SftpProtocol.Stat => Reply(SftpProtocol.Attributes, id, Mode(0x41ed)),
                SftpProtocol.LStat => Status(id, 2),
                _ => Status(id, 0),
            };
        });
    }

    private async Task UploadAsync(
        Func<byte, uint, byte[]?> answer,
        bool isThere = false,
        string? extension = null,
        string source = "one",
        SftpCopyOptions? options = null)
    {
        if (!Path.Exists(_folder.File(source))) _folder.Write(source, "content");
        await using var server = Serve(
            (type, id) => answer(type, id)
                ?? (isThere && type == SftpProtocol.LStat ? Reply(SftpProtocol.Attributes, id, Mode(0x81a4)) : null),
            extension is null ? [] : [extension]);
        await using var client = await server.ConnectAsync();
        using var uploader = new SftpUploader(
            new SftpLanes(client), options ?? new SftpCopyOptions { Recurse = true }, _report);
        await uploader.SetDestinationAsync("there", Stop);
        await uploader.AddAsync(_folder.File(source), Stop);
        await uploader.CompleteAsync(Stop);
    }

    /// <summary>The sftp subsystem as a program, which says something on its error output.</summary>
    private sealed class Program(ScriptedSftpServer server, Task<CommandExit> exit) : RemoteProcess
    {
        public override Stream StandardInput => server.Input;

        public override Stream StandardOutput => server.Output;

        public override Stream StandardError { get; } = new MemoryStream("out of paper\n"u8.ToArray());

        public override Task<CommandExit> Exit => exit;

        public override Task<bool> SendSignalAsync(string name, CancellationToken cancellationToken) =>
            Task.FromResult(false);

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
