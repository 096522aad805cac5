using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.Versioning;
using FsCheck;
using FsCheck.Fluent;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Configuration.SshConfig.Difference;

/// <summary>
/// Has a reader of configurations agree with OpenSSH, and shows the smallest configuration where it does not.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal static class DifferenceRun
{
    private static readonly int? Asked = int.TryParse(
        Environment.GetEnvironmentVariable("SSHMUX_DIFFERENCES"), NumberStyles.None, CultureInfo.InvariantCulture,
        out var count)
        ? count : null;

    /// <summary>
    /// How many configurations are generated, the same in every run; with SSHMUX_DIFFERENCES it is another number of others.
    /// </summary>
    public static int Count => Asked ?? 500;

    /// <summary>Compares generated configurations.</summary>
    public static void CheckGenerated(
        OpenSshGeneration generation, Func<PlacedConfiguration, PrintedConfiguration> ours,
        IReadOnlyCollection<KnownDifference> known) =>
        Prop.ForAll(ConfigurationGenerator.For(generation), configuration => Check(configuration, ours, known))
            .Check(Asked is null
                ? Config.QuickThrowOnFailure.WithMaxTest(Count).WithReplay(new Replay(new Rnd(20261130UL, 1UL), null))
                : Config.QuickThrowOnFailure.WithMaxTest(Count));

    /// <summary>Compares one configuration.</summary>
    public static void Check(
        GeneratedConfiguration configuration, Func<PlacedConfiguration, PrintedConfiguration> ours,
        IReadOnlyCollection<KnownDifference> known)
    {
        var found = Disagreements(configuration, ours).Remove(known, configuration);
        Assert.True(found.IsEmpty, $"{string.Concat(found)}{configuration}");
    }

    /// <summary>All disagreements on one configuration, known or not.</summary>
    public static ImmutableArray<Disagreement> Disagreements(
        GeneratedConfiguration configuration, Func<PlacedConfiguration, PrintedConfiguration> ours)
    {
        using var folder = new TestFolder();
        var placed = PlacedConfiguration.Place(configuration, folder.Path);
        return ConfigurationComparison.Compare(ours(placed), OpenSshOracle.Ask(configuration.Generation, placed));
    }
}
