using SshMux.Engine.Sftp;
using SshMux.Engine.Sftp.Copying;
using SshMux.Engine.Tests.Sftp;
using SshMux.Engine.Tests.Support;
using static SshMux.Engine.Tests.Hostile.HostileSftpTests;
using static SshMux.Engine.Tests.Sftp.ScriptedSftpServer;

namespace SshMux.Engine.Tests.Hostile;

/// <summary>An sftp server that has more to say than there is memory. Memory is measured, so these run alone.</summary>
[Collection(nameof(RunsAlone))]
public sealed class HostileSftpMemoryTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_list_without_end_costs_no_memory_and_can_be_stopped()
    {
        var listed = 0;
        await using var server = new ScriptedSftpServer((type, id, body) =>
        {
            if (type != SftpProtocol.ReadDir) return Serve()(type, id, body);
            listed += 1000;
            var names = Enumerable.Range(listed, 1000).Select(i => ($"name {i} {new string('x', 150)}", 0x21a4u));
            return Names(id, [.. names]);
        });
        await using var client = await server.ConnectAsync();
        using var stop = new CancellationTokenSource();
        var counter = new CountingReport(200_000, stop);
        using var downloader = new SftpDownloader(client, new SftpCopyOptions { Recurse = true }, counter);
        downloader.SetDestination(_folder.File("target"));
        var before = GC.GetTotalMemory(true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => downloader.AddAsync("there", stop.Token));
        Assert.InRange(GC.GetTotalMemory(true) - before, long.MinValue, 16 << 20);
        await downloader.StopAsync();
    }

    private sealed class CountingReport(int most, CancellationTokenSource stop) : ISftpCopyReport
    {
        private int _count;

        public Task CopiedAsync(SftpCopied file) => Task.CompletedTask;

        public Task FailedAsync(string source, SshException reason)
        {
            if (++_count == most) stop.Cancel();
            return Task.CompletedTask;
        }
    }
}
