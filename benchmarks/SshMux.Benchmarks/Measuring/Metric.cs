namespace SshMux.Benchmarks.Measuring;

/// <summary>What a number is.</summary>
/// <param name="Name">Its name in the table; "" where the case has one number only.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="HigherIsBetter">Whether more is better (a rate), or less (a time).</param>
internal sealed record Metric(string Name, string Unit, bool HigherIsBetter)
{
    public static Metric Milliseconds(string name = "") => new(name, "ms", false);

    public static Metric Throughput { get; } = new("", "MB/s", true);

    public static Metric CpuPerGiB { get; } = new("master's CPU", "s/GiB", false);
}
