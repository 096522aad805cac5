namespace SshMux.Benchmarks.Measuring;

/// <summary>
/// Something that is measured with several contenders; the first one is what the others are compared with.
/// </summary>
internal sealed record BenchmarkCase(string Name, IReadOnlyList<Metric> Metrics, IReadOnlyList<Contender> Contenders)
{
    /// <summary>How many samples of each are taken at least, after one that does not count; null: as usual.</summary>
    public int? Samples { get; init; }

    public BenchmarkCase(string name, Metric metric, params Contender[] contenders)
        : this(name, [metric], contenders)
    {
    }
}
