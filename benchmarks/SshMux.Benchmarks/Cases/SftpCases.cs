using System.Diagnostics;
using System.Globalization;
using SshMux.Benchmarks.Lab;
using SshMux.Benchmarks.Measuring;
using SshMux.Engine;
using SshMux.Engine.Channels;
using SshMux.Engine.Sftp;
using SshMux.Engine.Sftp.Copying;
using SshMux.Engine.Streams;

namespace SshMux.Benchmarks.Cases;

/// <summary>
/// sftp(1) over a master, and our own copying: one big file, and many small ones. Every copy is a new file, as what the
/// disk does with an old one is no part of it.
/// </summary>
internal static class SftpCases
{
    private const int SmallSize = 1024;

    public static IEnumerable<BenchmarkCase> All(BenchmarkLab lab, long size, int files)
    {
        var big = lab.Folder.File("big");
        using (var file = File.Create(big)) file.SetLength(size);
        var many = Directory.CreateDirectory(lab.Folder.File("many")).FullName;
        for (var i = 0; i < files; i++)
        {
            File.WriteAllBytes(Path.Combine(many, i.ToString(CultureInfo.InvariantCulture)), new byte[SmallSize]);
        }

        foreach (var way in new[] { "put", "get" })
        {
            yield return new BenchmarkCase(
                $"sftp {way}: one big file",
                Metric.Throughput,
                [
                    .. Contenders(lab, $"{way} {big} {big}.copy", way, big, Big(big, size)),
                    new("SSH.NET", _ => Big(big, size)(
                        () => OwnThread.RunAsync(() => CopyWithSshNet(lab, way == "put", big)))),
                ]);
        }

        foreach (var way in new[] { "put", "get" })
        {
            yield return new BenchmarkCase(
                $"sftp {way}: {files} small files",
                new Metric("", "files/s", true),
                Contenders(lab, $"{way} -r {many} {many}.copy", way, many, Many(many, files)))
            {
                Samples = 3,
            };
        }
    }

    /// <summary>Over a path of 50 ms there and back; both have connections of their own.</summary>
    public static IEnumerable<BenchmarkCase> LongPath(BenchmarkLab lab, long size)
    {
        var big = lab.Folder.File("far");
        using (var file = File.Create(big)) file.SetLength(size);
        foreach (var way in new[] { "put", "get" })
        {
            yield return new BenchmarkCase(
                $"sftp {way} over a path of 50 ms: one big file",
                Metric.Throughput,
                new Contender("sftp on OpenSSH's master", async stop =>
                {
                    using var path = new LongPath(lab);
                    await using var master = await path.StartMasterAsync("ssh", stop);
                    return await Big(big, size)(() => RunAsync(lab, master, $"{way} {big} {big}.copy", stop));
                }),
                new Contender("in process", async stop =>
                {
                    using var path = new LongPath(lab);
                    await using var connection = await path.ConnectAsync(stop);
                    return await Big(big, size)(() => CopyAsync(connection, way == "put", big, stop));
                }))
            {
                Samples = 3,
            };
        }
    }

    private static Contender[] Contenders(
        BenchmarkLab lab, string batch, string way, string source, Sample sample) =>
    [
        new("sftp on OpenSSH's master", stop => sample(() => RunAsync(lab, lab.OpenSsh, batch, stop))),
        new("sftp on ours", stop => sample(() => RunAsync(lab, lab.Ours, batch, stop))),
        new("in process", stop => sample(() => CopyAsync(lab.InProcess, way == "put", source, stop))),
    ];

    private delegate Task<double[]> Sample(Func<Task> copy);

    private static Sample Big(string source, long size) => async copy =>
    {
        File.Delete($"{source}.copy");
        var clock = Stopwatch.StartNew();
        await copy();
        var seconds = clock.Elapsed.TotalSeconds;
        var there = new FileInfo($"{source}.copy").Length;
        return there == size ? [size / seconds / 1e6] : throw new InvalidOperationException($"{there} bytes came");
    };

    private static Sample Many(string source, int files) => async copy =>
    {
        Directory.CreateDirectory($"{source}.copy");
        var clock = Stopwatch.StartNew();
        await copy();
        var seconds = clock.Elapsed.TotalSeconds;
        var there = Directory.GetFiles($"{source}.copy", "*", SearchOption.AllDirectories).Length;
        Directory.Delete($"{source}.copy", recursive: true);
        return there == files ? [files / seconds] : throw new InvalidOperationException($"{there} files came");
    };

    private static Task<TimeSpan> RunAsync(
        BenchmarkLab lab, MasterProcess master, string batch, CancellationToken cancellationToken) =>
        Command.TimeShellAsync(
            $"echo '{batch}' | sftp -q -F {lab.Config} -o ControlPath={master.ControlPath} -b - host > /dev/null",
            cancellationToken);

    private static void CopyWithSshNet(BenchmarkLab lab, bool upload, string source)
    {
        if (upload)
        {
            using var file = File.OpenRead(source);
            lab.SshNet.Sftp.UploadFile(file, $"{source}.copy");
        }
        else
        {
            using var file = File.Create($"{source}.copy");
            lab.SshNet.Sftp.DownloadFile(source, file);
        }
    }

    /// <summary>As Copy-SshMuxItem does it.</summary>
    private static async Task CopyAsync(
        SshConnection connection, bool upload, string source, CancellationToken cancellationToken)
    {
        await using var client = await OpenClientAsync(cancellationToken);
        var options = new SftpCopyOptions { Recurse = true };
        if (upload)
        {
            await using var lanes = new SftpLanes(client, OpenClientAsync);
            using var uploader = new SftpUploader(lanes, options, new Report());
            await uploader.SetDestinationAsync($"{source}.copy", cancellationToken);
            await uploader.AddAsync(source, cancellationToken);
            await uploader.CompleteAsync(cancellationToken);
        }
        else
        {
            using var downloader = new SftpDownloader(client, options, new Report());
            downloader.SetDestination($"{source}.copy");
            await downloader.AddAsync(source, cancellationToken);
            await downloader.CompleteAsync(cancellationToken);
        }

        async Task<SftpClient> OpenClientAsync(CancellationToken stop)
        {
            var request = new SessionRequest { Command = "sftp", Subsystem = true };
            var process = await connection.StartAsync(request, stop);
            return await SftpClient.OpenAsync(process, "host", stop);
        }
    }

    private sealed class Report : ISftpCopyReport
    {
        public Task CopiedAsync(SftpCopied file) => Task.CompletedTask;

        public Task FailedAsync(string source, SshException reason) => throw reason;
    }
}
