using System.Text;
using SshMux.Engine.Sftp;
using SshMux.Engine.Sftp.Copying;
using SshMux.Engine.Tests.Sftp;
using SshMux.Engine.Tests.Support;
using static SshMux.Engine.Tests.Sftp.ScriptedSftpServer;

namespace SshMux.Engine.Tests.Hostile;

/// <summary>An sftp server that means no good to a copy.</summary>
public sealed class HostileSftpTests : IDisposable
{
    private const uint Folder = 0x41ed;
    private const uint File = 0x81a4;

    private readonly TestFolder _folder = new();
    private readonly CopyReport _report = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> FirstWords => new(
    [
        Convert.ToHexString(Encoding.ASCII.GetBytes("Welcome to this host!\n")),
        "FFFFFFFF0200000003", "00000000", "0000000401000003", "000000050200000002", "000000056500000003",
        "00000009020000000300000FFF", "0000000D02000000030000000200000001",
    ]);

    [Theory]
    [MemberData(nameof(FirstWords))]
    public async Task First_words_that_are_none_end_the_session_clearly(string hex)
    {
        await using var server = new ScriptedSftpServer((_, _, _) => Convert.FromHexString(hex));
        var error = await Assert.ThrowsAsync<SshException>(server.ConnectAsync)
            .WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(SshError.ProtocolError, error.Error);
        Assert.DoesNotContain(error.Message, char.IsControl);
    }

    [Theory]
    [InlineData("an id that was not asked for")]
    [InlineData("the same reply twice")]
    [InlineData("a type that does not answer")]
    [InlineData("a type that does not exist")]
    [InlineData("a packet that is too long")]
    [InlineData("a body that is cut off")]
    [InlineData("a version in the middle")]
    public async Task A_reply_that_breaks_the_protocol_ends_the_session(string how)
    {
        await using var server = new ScriptedSftpServer((type, id, _) => how switch
        {
            _ when type == SftpProtocol.Init => Greeting,
            "an id that was not asked for" => Status(id + 7, 0),
            "the same reply twice" => [.. Status(id, 2), .. Status(id, 2)],
            "a type that does not answer" => Reply(SftpProtocol.Data, id, Text("x")),
            "a type that does not exist" => Reply(250, id, Text("x")),
            "a packet that is too long" => [0, 4, 0, 1, 101],
            "a body that is cut off" => Reply(SftpProtocol.Attributes, id, Number(1)),
            _ => Greeting,
        });
        await using var client = await server.ConnectAsync();
        try
        {
            await client.FindAttributesAsync("x", true, default).WaitAsync(TimeSpan.FromSeconds(30));
        }
        catch (SshException e)
        {
            Assert.Equal(SshError.ProtocolError, e.Error);
        }

        var error = await Assert.ThrowsAsync<SshException>(async () =>
        {
            while (true) await client.FindAttributesAsync("x", true, default).WaitAsync(TimeSpan.FromSeconds(30));
        });
        Assert.Equal(SshError.ProtocolError, error.Error);
    }

    [Theory]
    [InlineData("../escaped")]
    [InlineData("/tmp/sshmux-escaped")]
    [InlineData("a/b")]
    [InlineData("..")]
    [InlineData("")]
    [InlineData("x\0y")]
    public async Task A_name_in_a_list_never_leads_out_of_the_destination(string name)
    {
        await using var server = new ScriptedSftpServer(Serve(("good", File), (name, File), (name, Folder)));
        await DownloadAsync(server);
        Assert.Equal(["good"], Directory.GetFileSystemEntries(_folder.File("target")).Select(Path.GetFileName));
        Assert.Single(Directory.GetFileSystemEntries(_folder.Path));
        Assert.False(System.IO.File.Exists("/tmp/sshmux-escaped"));
        if (name == "..") return; // left out without a word, as every server lists it
        Assert.Equal(2, _report.Failed.Count);
        Assert.All(_report.Failed, failed => Assert.Equal(SshError.FileNameRefused, failed.Reason.Error));
        Assert.All(_report.Failed, failed => Assert.DoesNotContain(failed.Reason.Message, char.IsControl));
    }

    [Fact]
    public async Task A_link_that_becomes_a_folder_is_made_no_link_here()
    {
        // The name comes twice: as a link out of the destination, and as a folder to write through it.
        await using var server = new ScriptedSftpServer(Serve(("out", 0xa1ff), ("out", File)));
        await DownloadAsync(server);
        Assert.Null(new FileInfo(_folder.File("target/out")).LinkTarget);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_list_of_nothing_or_of_itself_without_end_is_refused(bool dots)
    {
        await using var server = new ScriptedSftpServer((type, id, body) => type == SftpProtocol.ReadDir
            ? dots ? Names(id, (".", Folder), ("..", Folder)) : Names(id)
            : Serve()(type, id, body));
        var error = await Assert.ThrowsAsync<SshException>(() => DownloadAsync(server))
            .WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(SshError.ProtocolError, error.Error);
    }

    [Fact]
    public async Task Folders_in_folders_without_end_are_left_at_some_depth()
    {
        await using var server = new ScriptedSftpServer(Serve(("f", Folder)));
        await DownloadAsync(server).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Contains("too deep", Assert.Single(_report.Failed).Reason.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("more than was asked for")]
    [InlineData("nothing")]
    [InlineData("an end before its end")]
    [InlineData("a size beyond any disk")]
    public async Task Data_that_is_not_what_was_asked_for_writes_nothing_under_the_name(string how)
    {
        await using var server = new ScriptedSftpServer((type, id, body) => type switch
        {
            SftpProtocol.Read => how switch
            {
                "more than was asked for" => Reply(SftpProtocol.Data, id, Text(new string('x', 40_000))),
                "nothing" => Reply(SftpProtocol.Data, id, Text("")),
                _ => id % 2 == 0 ? Status(id, 1) : Reply(SftpProtocol.Data, id, Text(new string('x', 32_768))),
            },
            SftpProtocol.Stat => Reply(
                SftpProtocol.Attributes,
                id,
                Number(SftpProtocol.AttributeSize | SftpProtocol.AttributePermissions),
                Convert.FromHexString(how == "a size beyond any disk" ? "FFFFFFFFFFFFFFFF" : "0000000000200000"),
                Number(File)),
            _ => Serve()(type, id, body),
        });
        try
        {
            await DownloadAsync(server).WaitAsync(TimeSpan.FromSeconds(30));
        }
        catch (SshException e)
        {
            Assert.Equal(SshError.ProtocolError, e.Error);
        }

        Assert.Empty(_report.Copied);
        Assert.False(System.IO.File.Exists(_folder.File("target")));
    }

    [Fact]
    public async Task A_servers_words_are_shown_short_and_safely()
    {
        await using var server = new ScriptedSftpServer((type, id, _) =>
            type == SftpProtocol.Init ? Greeting : Status(id, 4, "\u001b]0;owned\u0007" + new string('x', 100_000)));
        await using var client = await server.ConnectAsync();
        var error = await Assert.ThrowsAsync<SshException>(
            () => client.FindAttributesAsync("a\u001bb", true, default));
        Assert.InRange(error.Message.Length, 1, 600);
        Assert.DoesNotContain(error.Message, char.IsControl);
    }

    [Fact]
    public async Task The_end_of_the_stream_at_any_step_fails_whoever_waits()
    {
        for (var steps = 0; steps < 8; steps++)
        {
            var left = steps;
            var serve = Serve(("good", File));
            await using var server = new ScriptedSftpServer(
                (type, id, body) => left-- == 0 ? null : serve(type, id, body));
            var error = await Assert.ThrowsAsync<SshException>(() => DownloadAsync(server))
                .WaitAsync(TimeSpan.FromSeconds(30));
            Assert.Equal(SshError.ConnectionLost, error.Error);
        }
    }

    /// <summary>A server on which every folder has the same content, and every file that of 3 bytes.</summary>
    internal static Func<byte, uint, byte[], byte[]?> Serve(params (string Name, uint Mode)[] names)
    {
        var ended = true;
        return (type, id, body) =>
        {
            switch (type)
            {
                case SftpProtocol.Init: return Greeting;
                case SftpProtocol.Stat or SftpProtocol.LStat:
                    return Reply(SftpProtocol.Attributes, id, Mode(Folder));
                case SftpProtocol.RealPath:
                    return Names(id, (Encoding.UTF8.GetString(body.AsSpan(4)), 0));
                case SftpProtocol.Open: return Reply(SftpProtocol.Handle, id, Text("f"));
                case SftpProtocol.OpenDir:
                    ended = false;
                    return Reply(SftpProtocol.Handle, id, Text("d"));
                case SftpProtocol.ReadDir when !ended:
                    ended = true;
                    return Names(id, names);
                case SftpProtocol.Read when body[^5] == 0:
                    return Reply(SftpProtocol.Data, id, Text("abc"));
                case SftpProtocol.Read or SftpProtocol.ReadDir: return Status(id, 1);
                default: return Status(id, 0);
            }
        };
    }

    private async Task DownloadAsync(ScriptedSftpServer server)
    {
        await using var client = await server.ConnectAsync();
        using var downloader = new SftpDownloader(client, new SftpCopyOptions { Recurse = true }, _report);
        downloader.SetDestination(_folder.File("target"));
        await downloader.AddAsync("there", default);
        await downloader.CompleteAsync(default);
    }
}
