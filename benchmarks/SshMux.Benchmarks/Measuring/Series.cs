namespace SshMux.Benchmarks.Measuring;

/// <summary>The samples of one metric of one contender.</summary>
internal sealed record Series(string Contender, Metric Metric, IReadOnlyList<double> Samples)
{
    public double Median => Quantile(0.5);

    /// <summary>The quartiles' distance from each other, as a part of the median.</summary>
    public double Spread => Median == 0 ? 0 : (Quantile(0.75) - Quantile(0.25)) / Math.Abs(Median);

    /// <summary>The value below which a part of the samples lies.</summary>
    public double Quantile(double part)
    {
        var sorted = Samples.Order().ToArray();
        var position = part * (sorted.Length - 1);
        var below = (int)position;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((sorted[above] - sorted[below]) * (position - below));
    }
}
