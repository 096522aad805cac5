using System.Globalization;
using System.Text;
using System.Text.Json;

namespace SshMux.Benchmarks.Measuring;

/// <summary>The results as a table for people and as JSON for programs.</summary>
internal static class Report
{
    public static string Table(BenchmarkCase benchmark, IReadOnlyList<Series> results)
    {
        var text = new StringBuilder($"\n{benchmark.Name}\n");
        foreach (var metric in benchmark.Metrics)
        {
            var all = results.Where(series => series.Metric == metric).ToList();
            var width = Math.Max(34, all.Max(series => series.Contender.Length));
            var name = metric.Name.Length == 0 ? metric.Unit : $"{metric.Name}, {metric.Unit}";
            text.AppendLine(
                CultureInfo.InvariantCulture, $"  {name.PadRight(width)} {"median",10} {"spread",7} {"ratio",6}");
            foreach (var series in all)
            {
                text.AppendLine(
                    CultureInfo.InvariantCulture,
                    $"  {series.Contender.PadRight(width)} {Number(series.Median),10} {series.Spread,7:0%}{Ratio(series, all[0])}");
            }
        }

        return text.ToString();
    }

    public static async Task WriteJsonAsync(
        string path, string machine, IEnumerable<(BenchmarkCase Case, IReadOnlyList<Series> Results)> all)
    {
        await using var file = File.Create(path);
        await using var json = new Utf8JsonWriter(file, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("time", DateTimeOffset.UtcNow);
        json.WriteString("machine", machine);
        json.WriteStartArray("results");
        foreach (var (benchmark, results) in all)
        {
            foreach (var series in results) Write(json, benchmark, series, Baseline(results, series));
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, BenchmarkCase benchmark, Series series, Series baseline)
    {
        json.WriteStartObject();
        json.WriteString("case", benchmark.Name);
        json.WriteString("metric", series.Metric.Name);
        json.WriteString("unit", series.Metric.Unit);
        json.WriteBoolean("higherIsBetter", series.Metric.HigherIsBetter);
        json.WriteString("contender", series.Contender);
        json.WriteNumber("median", series.Median);
        json.WriteNumber("spread", series.Spread);
        if (baseline.Median != 0) json.WriteNumber("ratio", series.Median / baseline.Median);
        json.WriteStartArray("samples");
        foreach (var sample in series.Samples) json.WriteNumberValue(sample);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static Series Baseline(IEnumerable<Series> results, Series series) =>
        results.First(other => other.Metric == series.Metric);

    private static string Ratio(Series series, Series baseline) =>
        baseline.Median == 0
            ? ""
            : (series.Median / baseline.Median).ToString("0.00", CultureInfo.InvariantCulture).PadLeft(7);

    private static string Number(double value) => Math.Abs(value) switch
    {
        >= 100 => value.ToString("0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("0.0", CultureInfo.InvariantCulture),
        _ => value.ToString("0.000", CultureInfo.InvariantCulture),
    };
}
