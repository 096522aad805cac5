using System.Diagnostics;
using SshMux.Benchmarks.Lab;
using SshMux.Benchmarks.Measuring;
using SshMux.Engine.Channels;
using SshMux.Engine.Streams;

namespace SshMux.Benchmarks.Cases;

/// <summary>Much data through sessions: one, eight, and over a long path.</summary>
internal static class BulkCases
{
    public const int BlockSize = 128 * 1024;
    private const int BufferSize = 256 * 1024;
    private const int Sessions = 8;
    private const string Sink = "cat > /dev/null";
    private const double GiB = 1024 * 1024 * 1024;

    public static IEnumerable<BenchmarkCase> All(BenchmarkLab lab, long size)
    {
        yield return new BenchmarkCase("download through one session", [Metric.Throughput, Metric.CpuPerGiB],
        [
            WithSsh("ssh -S on OpenSSH's master", lab.OpenSsh, size, Download(lab.OpenSsh, size)),
            WithSsh("ssh -S on ours", lab.Ours, size, Download(lab.Ours, size)),
            InProcess("in process", size, stop => DownloadAsync(lab.InProcess, size, stop)),
            InProcess("SSH.NET", size, _ => OwnThread.RunAsync(() => lab.SshNet.Download(Source(size), size))),
        ]);
        yield return new BenchmarkCase("upload through one session", [Metric.Throughput, Metric.CpuPerGiB],
        [
            WithSsh("ssh -S on OpenSSH's master", lab.OpenSsh, size, Upload(lab.OpenSsh, size)),
            WithSsh("ssh -S on ours", lab.Ours, size, Upload(lab.Ours, size)),
            InProcess("in process", size, stop => UploadAsync(lab.InProcess, size, stop)),
            InProcess("SSH.NET", size, _ => OwnThread.RunAsync(() => lab.SshNet.Upload(Sink, size))),
        ]);
        var part = size / Sessions;
        yield return new BenchmarkCase(
            $"download through {Sessions} sessions at once", [Metric.Throughput, Metric.CpuPerGiB],
        [
            WithSsh("ssh -S on OpenSSH's master", lab.OpenSsh, size, AtOnce(Download(lab.OpenSsh, part))),
            WithSsh("ssh -S on ours", lab.Ours, size, AtOnce(Download(lab.Ours, part))),
            InProcess("in process", size, stop => Task.WhenAll(
                Enumerable.Range(0, Sessions).Select(_ => DownloadAsync(lab.InProcess, part, stop)))),
        ]);
    }

    /// <summary>Over a path of 50 ms there and back. The masters of this case have connections of their own.</summary>
    public static IEnumerable<BenchmarkCase> LongPath(BenchmarkLab lab, long size)
    {
        yield return new BenchmarkCase("download over a path of 50 ms", Metric.Throughput,
            OverLongPath("ssh -S on OpenSSH's master", lab, "ssh", master => Download(master, size), size),
            OverLongPath("ssh -S on ours", lab, lab.SshMux, master => Download(master, size), size))
        {
            Samples = 3,
        };
        yield return new BenchmarkCase("upload over a path of 50 ms", Metric.Throughput,
            OverLongPath("ssh -S on OpenSSH's master", lab, "ssh", master => Upload(master, size), size),
            OverLongPath("ssh -S on ours", lab, lab.SshMux, master => Upload(master, size), size))
        {
            Samples = 3,
        };
    }

    /// <summary>A command for the server that writes so many bytes; <c>head -c</c> would be the limit.</summary>
    public static string Source(long size) => $"dd if=/dev/zero bs={BlockSize} count={size / BlockSize} 2> /dev/null";

    private static string Download(MasterProcess master, long size) =>
        $"{master.Ssh($"-n host '{Source(size)}'")} > /dev/null";

    private static string Upload(MasterProcess master, long size) =>
        $"{Source(size)} | {master.Ssh($"host '{Sink}'")}";

    private static string AtOnce(string line) =>
        string.Concat(Enumerable.Repeat($"{line} & ", Sessions)) + "wait";

    private static Contender WithSsh(
        string name, MasterProcess master, long size, string line) => new(name, async stop =>
    {
        var cpu = master.CpuSeconds;
        var time = await Command.TimeShellAsync(line, stop);
        return [size / time.TotalSeconds / 1e6, (master.CpuSeconds - cpu) / (size / GiB)];
    });

    private static Contender InProcess(string name, long size, Func<CancellationToken, Task> run) =>
        new(name, async stop =>
        {
            var cpu = ProcessFigures.CpuSeconds(Environment.ProcessId);
            var clock = Stopwatch.StartNew();
            await run(stop);
            var time = clock.Elapsed.TotalSeconds;
            return [size / time / 1e6, (ProcessFigures.CpuSeconds(Environment.ProcessId) - cpu) / (size / GiB)];
        });

    public static async Task DownloadAsync(SshConnection connection, long size, CancellationToken cancellationToken)
    {
        var request = new SessionRequest { Command = Source(size) };
        await using var process = await connection.StartAsync(request, cancellationToken);
        await DrainAsync(process.StandardOutput, size, cancellationToken);
        await process.Exit;
    }

    public static async Task UploadAsync(SshConnection connection, long size, CancellationToken cancellationToken)
    {
        var request = new SessionRequest { Command = Sink };
        await using var process = await connection.StartAsync(request, cancellationToken);
        await FillAsync(process.StandardInput, size, cancellationToken);
        await process.StandardInput.DisposeAsync();
        await process.Exit;
    }

    /// <summary>Reads and forgets so many bytes.</summary>
    public static async Task DrainAsync(Stream stream, long count, CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferSize];
        while (count > 0)
        {
            var read = await stream.ReadAsync(buffer, cancellationToken);
            if (read == 0) throw new EndOfStreamException($"{count} bytes are missing");
            count -= read;
        }
    }

    /// <summary>Writes so many bytes.</summary>
    public static async Task FillAsync(Stream stream, long count, CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferSize];
        for (; count > 0; count -= buffer.Length)
        {
            await stream.WriteAsync(buffer.AsMemory(0, (int)Math.Min(count, buffer.Length)), cancellationToken);
        }
    }

    private static Contender OverLongPath(
        string name,
        BenchmarkLab lab,
        string program,
        Func<MasterProcess, string> line,
        long size) => new(name, async stop =>
    {
        using var path = new LongPath(lab);
        await using var master = await path.StartMasterAsync(program, stop);
        var time = await Command.TimeShellAsync(line(master), stop);
        return [size / time.TotalSeconds / 1e6];
    });
}
