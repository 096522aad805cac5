using System.Diagnostics;
using SshMux.Benchmarks.Lab;
using SshMux.Benchmarks.Measuring;
using SshMux.Engine.Channels;
using SshMux.Engine.Streams;

namespace SshMux.Benchmarks.Cases;

/// <summary>How somebody who types fares while a bulk transfer runs over the same connection.</summary>
internal static class EchoCases
{
    private const int Keys = 1000; // of which ten are slower than p99
    private const string Endless = "cat /dev/zero";

    private enum Bulk
    {
        None,
        Download,
        Upload,
    }

    private static readonly Metric[] QuantileMetrics =
        [Metric.Milliseconds("p50"), Metric.Milliseconds("p90"), Metric.Milliseconds("p99")];

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    public static IEnumerable<BenchmarkCase> All(BenchmarkLab lab)
    {
        yield return new BenchmarkCase(
            "echo of a byte",
            QuantileMetrics,
            Contenders(lab, Bulk.None));
        yield return new BenchmarkCase(
            "echo of a byte beside a download",
            QuantileMetrics,
            Contenders(lab, Bulk.Download));
        yield return new BenchmarkCase(
            "echo of a byte beside an upload",
            QuantileMetrics,
            Contenders(lab, Bulk.Upload));
    }

    private static Contender[] Contenders(BenchmarkLab lab, Bulk bulk) =>
    [
        OnMaster("OpenSSH's master", lab.OpenSsh, bulk),
        OnMaster("ours", lab.Ours, bulk),
        InProcess(lab, bulk),
    ];

    // The clients pass their pipes to the master and wait, so what is measured is the master.
    private static Contender OnMaster(string name, MasterProcess master, Bulk kind) => new(name, async stop =>
    {
        using var bulk = kind switch
        {
            Bulk.Download => Command.Start(
                "/bin/sh", ["-c", $"exec {master.Ssh($"-n host '{Endless}'")} > /dev/null"]),
            Bulk.Upload => Command.Start(
                "/bin/sh", ["-c", $"exec {master.Ssh("host 'cat > /dev/null'")} < /dev/zero"]),
            _ => null,
        };
        await using var session = new ProgramStream("ssh", master.SshArguments("host", "cat"));
        await Echo.TimesAsync(session, 20, Pause, stop);
        var times = await Echo.TimesAsync(session, Keys, Pause, stop);
        if (bulk is not null) await EndAsync(bulk, stop);
        return Quantiles(times);
    });

    private static Contender InProcess(BenchmarkLab lab, Bulk kind) => new("in process", async stop =>
    {
        using var bulkStop = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var bulk = kind switch
        {
            Bulk.Download => DrainAsync(lab.InProcess, bulkStop.Token),
            Bulk.Upload => FillAsync(lab.InProcess, bulkStop.Token),
            _ => Task.CompletedTask,
        };
        await using var session = await lab.InProcess.StartAsync(new SessionRequest { Command = "cat" }, stop);
        await Echo.TimesAsync(session.StandardInput, session.StandardOutput, 20, Pause, stop);
        var times = await Echo.TimesAsync(session.StandardInput, session.StandardOutput, Keys, Pause, stop);
        await bulkStop.CancelAsync();
        await bulk;
        return Quantiles(times);
    });

    private static async Task DrainAsync(SshConnection connection, CancellationToken cancellationToken)
    {
        var request = new SessionRequest { Command = Endless };
        await using var process = await connection.StartAsync(request, cancellationToken);
        try
        {
            await BulkCases.DrainAsync(process.StandardOutput, long.MaxValue, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The keys are done.
        }
    }

    private static async Task FillAsync(SshConnection connection, CancellationToken cancellationToken)
    {
        var request = new SessionRequest { Command = "cat > /dev/null" };
        await using var process = await connection.StartAsync(request, cancellationToken);
        try
        {
            await BulkCases.FillAsync(process.StandardInput, long.MaxValue, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The keys are done.
        }
    }

    private static async Task EndAsync(Process process, CancellationToken cancellationToken)
    {
        process.Kill();
        await process.WaitForExitAsync(cancellationToken);
    }

    private static double[] Quantiles(double[] times)
    {
        var series = new Series("", Metric.Milliseconds(), times);
        return [series.Median, series.Quantile(0.9), series.Quantile(0.99)];
    }
}
