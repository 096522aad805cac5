using System.Collections.Immutable;

namespace SshMux.Engine.Tests.Configuration.SshConfig.Difference;

/// <summary>Differences that are meant.</summary>
internal static partial class KnownDifferences
{
    /// <summary>What remains of some disagreements without those that are known.</summary>
    public static ImmutableArray<Disagreement> Remove(
        this ImmutableArray<Disagreement> disagreements,
        IReadOnlyCollection<KnownDifference> known,
        GeneratedConfiguration configuration) =>
        disagreements.RemoveAll(
            disagreement => known.Any(difference => difference.Excuses(disagreement, configuration)));
}
