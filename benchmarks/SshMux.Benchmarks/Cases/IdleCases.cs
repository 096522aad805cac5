using SshMux.Benchmarks.Lab;
using SshMux.Benchmarks.Measuring;
using SshMux.Engine.Channels;
using SshMux.Engine.Streams;

namespace SshMux.Benchmarks.Cases;

/// <summary>What sessions cost that do nothing.</summary>
internal static class IdleCases
{
    /// <summary>Until then threads are still there that had to do with the opening.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(3);

    public static IEnumerable<BenchmarkCase> All(BenchmarkLab lab)
    {
        foreach (var count in new[] { 1, 100, 1000 })
        {
            yield return new BenchmarkCase(
                $"{count} idle sessions",
                [new Metric("resident memory", "KiB", false), new Metric("threads", "threads", false)],
                [OnMaster("OpenSSH's master", lab, "ssh", count), OnMaster("ours", lab, lab.SshMux, count)])
            {
                Samples = 1,
            };
        }

        yield return new BenchmarkCase(
            "memory of 1000 idle sessions in process",
            [new Metric("managed memory a session", "KiB", false)],
            [OnMasterInProcess(lab, 1000), InProcess(lab, 1000)])
        {
            Samples = 1,
        };
    }

    private static Contender OnMaster(
        string name, BenchmarkLab lab, string program, int count) => new(name, async stop =>
    {
        await using var master = await MasterProcess.StartAsync(program, lab.Config, lab.Folder.File("idle"), stop);
        await using var sessions = new IdleSessions(master.ControlPath);
        await sessions.OpenAsync(count, stop);
        await Task.Delay(Rest, stop);
        return [ProcessFigures.ResidentKiB(master.ProcessId), ProcessFigures.Threads(master.ProcessId)];
    });

    private static Contender OnMasterInProcess(
        BenchmarkLab lab, int count) => new("of a master, with its client", async stop =>
    {
        await using var sessions = new IdleSessions(lab.InProcessMaster.ControlPath!);
        return [await MemoryAsync(more => sessions.OpenAsync(more, stop), count)];
    });

    private static Contender InProcess(BenchmarkLab lab, int count) => new("of SshConnection", async stop =>
    {
        await using var connection = await BenchmarkLab.ConnectAsync(lab.Config, stop);
        var sessions = new List<RemoteProcess>();
        var memory = await MemoryAsync(OpenAsync, count);
        foreach (var session in sessions) await session.DisposeAsync();
        return [memory];

        async Task OpenAsync(int more)
        {
            for (var i = 0; i < more; i++)
            {
                var session = await connection.StartAsync(new SessionRequest { Command = "cat" }, stop);
                await Echo.TimesAsync(session.StandardInput, session.StandardOutput, 1, TimeSpan.Zero, stop);
                sessions.Add(session);
            }
        }
    });

    /// <summary>What each of so many sessions holds, in KiB; the first one pays for what all share.</summary>
    private static async Task<double> MemoryAsync(Func<int, Task> openAsync, int count)
    {
        await openAsync(1);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await openAsync(count);
        return (GC.GetTotalMemory(forceFullCollection: true) - before) / 1024.0 / count;
    }
}
