using SshMux.Benchmarks.Lab;

namespace SshMux.Benchmarks.Measuring;

/// <summary>
/// Takes the samples of a case in turn, A B A B, so that what changes on the machine meets all contenders alike. A
/// sample during which other programs than ours took a part of the processors is taken again.
/// </summary>
internal sealed class CaseRunner(int samples, TextWriter progress)
{
    private const double OthersLimit = 0.05;
    private const int MaxRetries = 3;

    public async Task<IReadOnlyList<Series>> RunAsync(BenchmarkCase benchmark, CancellationToken cancellationToken)
    {
        var count = benchmark.Samples ?? samples;
        var taken = benchmark.Contenders.Select(_ => new List<double[]>()).ToArray();
        foreach (var contender in benchmark.Contenders)
        {
            await contender.SampleAsync(cancellationToken);
        }

        for (var round = 0; round < count; round++)
        {
            for (var i = 0; i < taken.Length; i++)
            {
                var who = benchmark.Contenders[i].Name;
                await progress.WriteAsync($"\r{benchmark.Name}: {round + 1}/{count} {who}\e[K");
                taken[i].Add(await SampleAsync(benchmark.Contenders[i], cancellationToken));
            }
        }

        await progress.WriteAsync("\r\e[K");
        return [.. benchmark.Metrics.SelectMany((metric, m) => benchmark.Contenders.Select((contender, c) =>
            new Series(contender.Name, metric, [.. taken[c].Select(sample => sample[m])])))];
    }

    private static async Task<double[]> SampleAsync(Contender contender, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            // What the last sample left to do (processes that end) is not this one's.
            await Task.Delay(100, cancellationToken);
            var others = OtherLoad.Start();
            var sample = await contender.SampleAsync(cancellationToken);
            if (attempt == MaxRetries || others.Share() < OthersLimit) return sample;
        }
    }
}
