using SshMux.Benchmarks.Lab;
using SshMux.Benchmarks.Measuring;

namespace SshMux.Benchmarks.Cases;

/// <summary>What bulk data allocates on its way: in steady state it should be nothing.</summary>
internal static class AllocationCases
{
    private const int MiB = 1024 * 1024;

    public static IEnumerable<BenchmarkCase> All(BenchmarkLab lab, long size)
    {
        yield return Case("a download", size,
            ("in process", (bytes, stop) => BulkCases.DownloadAsync(lab.InProcess, bytes, stop)),
            ("a master in process", (bytes, stop) =>
                OnMasterAsync(lab, ssh => $"{ssh} -n host '{BulkCases.Source(bytes)}' > /dev/null", stop)));
        yield return Case("an upload", size,
            ("in process", (bytes, stop) => BulkCases.UploadAsync(lab.InProcess, bytes, stop)),
            ("a master in process", (bytes, stop) =>
                OnMasterAsync(lab, ssh => $"{BulkCases.Source(bytes)} | {ssh} host 'cat > /dev/null'", stop)));
    }

    private static BenchmarkCase Case(
        string what, long size, params (string Name, Func<long, CancellationToken, Task> Transfer)[] contenders) =>
        new(
            $"what {what} allocates",
            new Metric("", "B/MiB", false),
            [.. contenders.Select(contender => new Contender(contender.Name, async stop =>
            {
                // What a session costs however little it moves is not counted.
                var nothing = await AllocatedAsync(BulkCases.BlockSize);
                var all = await AllocatedAsync(size);
                return [Math.Max(0, all - nothing) / (size / (double)MiB)];

                async Task<double> AllocatedAsync(long bytes)
                {
                    var before = GC.GetTotalAllocatedBytes(precise: true);
                    await contender.Transfer(bytes, stop);
                    return GC.GetTotalAllocatedBytes(precise: true) - before;
                }
            }))]);

    /// <summary>Runs a line of shell with ssh on the master that is in this process.</summary>
    private static Task<TimeSpan> OnMasterAsync(BenchmarkLab lab, Func<string, string> line, CancellationToken stop) =>
        Command.TimeShellAsync(line($"ssh -F {lab.Config} -S {lab.InProcessMaster.ControlPath}"), stop);
}
