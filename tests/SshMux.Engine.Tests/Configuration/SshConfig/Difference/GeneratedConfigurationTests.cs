using System.Collections.Concurrent;
using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using FsCheck.Fluent;
using SshMux.Engine.Configuration.SshConfig.Values;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Configuration.SshConfig.Difference;

/// <summary>
/// That the generated configurations are worth comparing: they say everything, and most of them are taken.
/// </summary>
[UnsupportedOSPlatform("windows")]
public partial class GeneratedConfigurationTests
{
    [Theory]
    [InlineData(OpenSshGeneration.Older)]
    [InlineData(OpenSshGeneration.Newer)]
    public void OpenSSH_takes_most_of_them(OpenSshGeneration generation)
    {
        Assert.SkipUnless(OpenSshOracle.Has(generation), NewerOpenSsh.Missing);
        var refused = 0;
        ForEach(generation, DifferenceRun.Count, placed =>
        {
            if (OpenSshOracle.Ask(generation, placed).IsRefused) Interlocked.Increment(ref refused);
        });
        Assert.InRange(refused, DifferenceRun.Count / 50, DifferenceRun.Count / 4);
    }

    [Fact]
    public void Every_keyword_comes_up()
    {
        var seen = Samples(OpenSshGeneration.Newer, 1000)
            .SelectMany(sample => sample.Files.SelectMany(file => file.Lines)
                .Concat(sample.Options.Select(option => option.Argument ?? "")))
            .Select(line => KeywordExpression.Match(line).Value).ToHashSet(StringComparer.OrdinalIgnoreCase);
        Assert.Empty(Keywords.All.Concat(["Host", "Match", "Include"]).Except(seen, StringComparer.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData(OpenSshGeneration.Older, "host originalhost user localuser exec canonical final")]
    [InlineData(
        OpenSshGeneration.Newer,
        "host originalhost user localuser exec canonical final tagged command localnetwork sessiontype version")]
    public void Every_criterion_of_Match_is_true_and_false(OpenSshGeneration generation, string criteria)
    {
        Assert.SkipUnless(OpenSshOracle.Has(generation), NewerOpenSsh.Missing);
        var missing = new ConcurrentDictionary<string, bool>(
            criteria.Split(' ').SelectMany(name => new[] { $"matched '{name}", $"not matched '{name}" })
                .Select(text => KeyValuePair.Create(text, true)));
        for (var attempt = 0; attempt < 8 && !missing.IsEmpty; attempt++)
        {
            ForEach(generation, 150, placed =>
            {
                foreach (var message in OpenSshOracle.Ask(generation, placed, "-vvv").Messages)
                {
                    if (OutcomeExpression.Match(message) is { Success: true } match)
                    {
                        var outcome = match.Groups["outcome"].Value.ToLowerInvariant();
                        missing.TryRemove(outcome.Replace("!", "", StringComparison.Ordinal), out _);
                    }
                }
            });
        }

        Assert.Empty(missing.Keys);
    }

    [Fact]
    public void The_smallest_configuration_that_shows_something_is_small()
    {
        static bool Shows(GeneratedConfiguration configuration) => configuration.Files
            .Any(file => file.Lines.Any(line => line.Contains("RekeyLimit", StringComparison.Ordinal)));
        var smallest = Samples(OpenSshGeneration.Newer, 500).First(Shows);
        while (ConfigurationShrinker.Shrink(smallest).FirstOrDefault(Shows) is { } smaller) smallest = smaller;

        Assert.Equal(1, smallest.Files.Sum(file => file.Lines.Length));
        Assert.Empty(smallest.Options);
        Assert.Null(smallest.Command);
    }

    private static GeneratedConfiguration[] Samples(OpenSshGeneration generation, int count) =>
        [.. ConfigurationGenerator.For(generation).Generator.Sample(count)];

    private static void ForEach(OpenSshGeneration generation, int count, Action<PlacedConfiguration> action) =>
        Parallel.ForEach(
            Samples(generation, count), new ParallelOptions { MaxDegreeOfParallelism = 2 }, sample =>
            {
                using var folder = new TestFolder();
                action(PlacedConfiguration.Place(sample, folder.Path));
            });

    [GeneratedRegex("[A-Za-z0-9]+")]
    private static partial Regex KeywordExpression { get; }

    [GeneratedRegex("line [0-9]+: (?<outcome>(?:not )?matched '!?[A-Za-z]+)", RegexOptions.ExplicitCapture)]
    private static partial Regex OutcomeExpression { get; }
}
