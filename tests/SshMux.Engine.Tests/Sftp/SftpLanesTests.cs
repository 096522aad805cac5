using System.Security.Cryptography;
using SshMux.Engine.Sftp;
using SshMux.Engine.Sftp.Copying;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Sftp;

/// <summary>Uploads over several sessions at once, to servers of OpenSSH at the end of a long path.</summary>
public sealed class SftpLanesTests : IAsyncDisposable
{
    private const int Size = 60_000_000;

    private readonly TestFolder _folder = new();
    private readonly CopyReport _report = new();
    private readonly List<SftpServer> _servers = [];

    private string Source => _folder.File("from/source");

    private string Target => _folder.File("target");

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers) await server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Where_the_window_is_the_limit_a_file_goes_over_all_sessions()
    {
        var content = MakeSource();
        await using (var lanes = await StartAsync())
        {
            using var uploader = await BeginAsync(lanes, default);
            await uploader.CompleteAsync(default);
        }

        Assert.Empty(_report.Failed);
        Assert.Equal(content, SHA256.HashData(await File.ReadAllBytesAsync(Target)));
        Assert.Equal(SftpLanes.Most, _servers.Count);
        Assert.All(_servers, server => Assert.InRange(server.Written, 100_000, Size));
        Assert.All(_servers[1..], server => Assert.NotNull(server.Client.EndReason));
        Assert.Null(_servers[0].Client.EndReason);
    }

    [Theory]
    [InlineData(false)] // a short path
    [InlineData(true)] // a long one, to a server that may be another's
    public async Task Otherwise_one_session_is_enough(bool isFar)
    {
        var content = MakeSource();
        await using var there = isFar
            ? await SftpServer.StartFarAsync(_folder.Path, "-P", "lsetstat")
            : await SftpServer.StartAsync(_folder.Path);
        await using var lanes = new SftpLanes(there.Client, OpenAsync);
        using var uploader = await BeginAsync(lanes, default);
        await uploader.CompleteAsync(default);
        Assert.Empty(_report.Failed);
        Assert.Equal(content, SHA256.HashData(await File.ReadAllBytesAsync(Target)));
        Assert.Single(lanes.Clients);
        Assert.Empty(_servers);
    }

    [Fact]
    public async Task A_server_that_gives_no_more_sessions_is_asked_once()
    {
        var content = MakeSource();
        var refused = 0;
        await using var there = await SftpServer.StartFarAsync(_folder.Path);
        await using var lanes = new SftpLanes(there.Client, _ =>
        {
            Interlocked.Increment(ref refused);
            throw new SshException(SshError.ChannelOpenRefused, "no more sessions");
        });
        using var uploader = await BeginAsync(lanes, default);
        await uploader.CompleteAsync(default);
        Assert.Empty(_report.Failed);
        Assert.Equal(content, SHA256.HashData(await File.ReadAllBytesAsync(Target)));
        Assert.Equal(SftpLanes.Most - 1, refused);
    }

    [Fact]
    public async Task What_was_canceled_is_resumed()
    {
        var content = MakeSource();
        await using var lanes = await StartAsync();
        using var stop = new CancellationTokenSource();
        using (var uploader = await BeginAsync(lanes, stop.Token))
        {
            await AllCarryAsync();
            await Eventually.TrueAsync(() => uploader.Progress.BytesDone >= 25_000_000, "half of it is there");
            await stop.CancelAsync();
            await uploader.StopAsync();
        }

        Assert.False(File.Exists(Target));
        var partial = new FileInfo(Assert.Single(_folder.Partials())).Length;
        Assert.InRange(partial, 1, Size);
        using (var uploader = await BeginAsync(lanes, default)) await uploader.CompleteAsync(default);
        Assert.Empty(_report.Failed);
        Assert.Equal(content, SHA256.HashData(await File.ReadAllBytesAsync(Target)));
        Assert.True(Assert.Single(_report.Copied).ResumedAt > 0, $"all of it again, though {partial} bytes were there");
    }

    [Fact]
    public async Task A_session_that_ends_fails_its_file_and_not_the_next_one()
    {
        var content = MakeSource();
        await using var lanes = await StartAsync();
        using (var uploader = await BeginAsync(lanes, default))
        {
            await AllCarryAsync();
            _servers[2].Kill();
            await uploader.CompleteAsync(default);
        }

        var (_, reason) = Assert.Single(_report.Failed);
        Assert.Equal(SshError.ConnectionLost, reason.Error);
        Assert.False(File.Exists(Target));
        using (var uploader = await BeginAsync(lanes, default)) await uploader.CompleteAsync(default);
        Assert.Single(_report.Copied);
        Assert.Equal(content, SHA256.HashData(await File.ReadAllBytesAsync(Target)));
    }

    private byte[] MakeSource()
    {
        var content = RandomNumberGenerator.GetBytes(Size);
        Directory.CreateDirectory(_folder.File("from"));
        File.WriteAllBytes(Source, content);
        return SHA256.HashData(content);
    }

    private async Task<SftpLanes> StartAsync() => new(await OpenAsync(default), OpenAsync);

    private async Task<SftpClient> OpenAsync(CancellationToken cancellationToken)
    {
        var server = await SftpServer.StartFarAsync(_folder.Path);
        lock (_servers) _servers.Add(server);
        return server.Client;
    }

    private async Task<SftpUploader> BeginAsync(SftpLanes lanes, CancellationToken cancellationToken)
    {
        var uploader = new SftpUploader(lanes, new SftpCopyOptions { Resume = true }, _report);
        await uploader.SetDestinationAsync("target", cancellationToken);
        await uploader.AddAsync(Source, cancellationToken);
        return uploader;
    }

    private async Task AllCarryAsync()
    {
        while (!DoAllCarry())
        {
            Assert.Empty(_report.Copied);
            await Task.Delay(5);
        }
    }

    private bool DoAllCarry()
    {
        lock (_servers) return _servers.Count == SftpLanes.Most && _servers.TrueForAll(one => one.Written > 300_000);
    }
}
