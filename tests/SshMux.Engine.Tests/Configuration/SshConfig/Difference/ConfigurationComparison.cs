using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace SshMux.Engine.Tests.Configuration.SshConfig.Difference;

/// <summary>Compares what we print with what OpenSSH prints: line by line, and what was refused by its place.</summary>
internal static partial class ConfigurationComparison
{
    /// <summary>
    /// All disagreements; none if all lines are the same in the same order, or both refuse the same line.
    /// </summary>
    public static ImmutableArray<Disagreement> Compare(PrintedConfiguration ours, PrintedConfiguration theirs)
    {
        if (ours.IsRefused != theirs.IsRefused)
        {
            return [new Disagreement(DisagreementKind.Refusal, "", Said(ours), Said(theirs))];
        }

        if (ours.IsRefused)
        {
            // Where OpenSSH names no place, we need not.
            return FirstPlace(theirs) is { } place && FirstPlace(ours) != place
                ? [new Disagreement(DisagreementKind.Place, "", ours.Messages, theirs.Messages)] : [];
        }

        if (ours.Lines.SequenceEqual(theirs.Lines)) return [];
        var ourValues = ours.Lines.ToLookup(Keyword);
        var theirValues = theirs.Lines.ToLookup(Keyword);
        ImmutableArray<Disagreement> found =
        [
            .. ourValues.Concat(theirValues).Select(group => group.Key).Distinct()
                .Where(keyword => !ourValues[keyword].SequenceEqual(theirValues[keyword]))
                .Select(keyword => new Disagreement(
                    DisagreementKind.Values, keyword, [.. ourValues[keyword]], [.. theirValues[keyword]])),
        ];
        return [.. found, .. Order(ours, theirs, [.. found.Select(disagreement => disagreement.Keyword)])];
    }

    /// <summary>
    /// The first "FILE line N" in what was said; null if there is none. ssh goes on after most mistakes, to the end of
    /// the file.
    /// </summary>
    public static (string File, int Line)? FirstPlace(PrintedConfiguration printed) =>
        printed.Messages.Where(IsMistake).Select(message => PlaceExpression.Match(message))
            .Where(match => match.Success)
            .Select(match => ((string, int)?)(match.Groups["file"].Value, int.Parse(match.Groups["line"].Value)))
            .FirstOrDefault();

    private static IEnumerable<Disagreement> Order(
        PrintedConfiguration ours, PrintedConfiguration theirs, HashSet<string> different)
    {
        string[] left = [.. ours.Lines.Where(line => !different.Contains(Keyword(line)))];
        string[] right = [.. theirs.Lines.Where(line => !different.Contains(Keyword(line)))];
        for (var index = 0; index < left.Length; index++)
        {
            if (left[index] == right[index]) continue;
            yield return new Disagreement(DisagreementKind.Order, Keyword(left[index]), [left[index]], [right[index]]);
            yield break;
        }
    }

    private static string Keyword(string line) => line.Split(' ')[0].ToLowerInvariant();

    private static ImmutableArray<string> Said(PrintedConfiguration printed) =>
        [printed.IsRefused ? $"refused with {printed.ExitStatus}" : "taken", .. printed.Messages];

    // These are said, and the configuration is taken.
    private static bool IsMistake(string message) =>
        !message.Contains("Unsupported option", StringComparison.Ordinal)
        && !message.Contains("Unable to expand user config file", StringComparison.Ordinal);

    [GeneratedRegex("^(?<file>[^ ]+?):? line (?<line>[0-9]+)")]
    private static partial Regex PlaceExpression { get; }
}
