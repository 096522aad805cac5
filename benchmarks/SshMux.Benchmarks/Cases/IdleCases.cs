using SshMux.Benchmarks.Lab;
using SshMux.Benchmarks.Measuring;
using SshMux.Engine.Connection;

namespace SshMux.Benchmarks.Cases;

/// <summary>What sessions cost that do nothing.</summary>
internal static class IdleCases
{
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
            "1000 idle sessions in process",
            [new Metric("managed memory a session", "KiB", false)],
            [InProcess(lab, 1000)])
        {
            Samples = 1,
        };
    }

    private static Contender OnMaster(
        string name, BenchmarkLab lab, string program, int count) => new(name, async stop =>
    {
        await using var master = await MasterProcess.StartAsync(program, lab.Config, lab.Folder.File("idle"), stop);
        var sessions = new List<Task<uint>>();
        var inputs = new List<Stream>();
        for (var i = 0; i < count; i++)
        {
            var (passedInput, input) = Pipe.ForInput();
            var (passedOutput, output) = Pipe.ForOutput();
            sessions.Add(RunAsync(master, passedInput, passedOutput, stop));

            // It runs when a byte came back.
            await input.WriteAsync(new byte[1], stop);
            await input.FlushAsync(stop);
            await output.ReadExactlyAsync(new byte[1], stop);
            await output.DisposeAsync();
            inputs.Add(input);
        }

        double[] figures = [ProcessFigures.ResidentKiB(master.ProcessId), ProcessFigures.Threads(master.ProcessId)];
        foreach (var input in inputs) await input.DisposeAsync();
        await Task.WhenAll(sessions);
        return figures;
    });

    private static async Task<uint> RunAsync(
        MasterProcess master, Engine.Platform.DescriptorHandle input, Engine.Platform.DescriptorHandle output,
        CancellationToken cancellationToken)
    {
        using (input)
        using (output)
        {
            return await BareMuxClient.RunAsync(master.ControlPath, "cat", input, output, cancellationToken);
        }
    }

    private static Contender InProcess(BenchmarkLab lab, int count) => new("in process", async stop =>
    {
        await using var connection = await BenchmarkLab.ConnectAsync(lab.Config, stop);
        var sessions = new List<RemoteProcess>();
        await OpenAsync(1);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await OpenAsync(count);
        var memory = (GC.GetTotalMemory(forceFullCollection: true) - before) / 1024.0 / count;
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
}
