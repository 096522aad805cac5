using System.Runtime.Versioning;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Configuration.SshConfig.Difference;

/// <summary>In what the two generations of OpenSSH read configurations in another way.</summary>
[UnsupportedOSPlatform("windows")]
public class GenerationTests
{
    public static TheoryData<string> Known => [.. KnownDifferences.OfTheOlder.Select(difference => difference.Name)];

    [Fact]
    public void They_agree_on_what_is_generated_but_for_known_differences()
    {
        Assert.SkipUnless(NewerOpenSsh.IsThere, NewerOpenSsh.Missing);
        DifferenceRun.CheckGenerated(OpenSshGeneration.Older, AskNewer, KnownDifferences.OfTheOlder);
    }

    [Fact]
    public void They_agree_on_the_corpus_but_for_known_differences()
    {
        Assert.SkipUnless(NewerOpenSsh.IsThere, NewerOpenSsh.Missing);
        foreach (var entry in CorpusConfiguration.Names
            .SelectMany(name => CorpusConfiguration.Of(name, OpenSshGeneration.Older)).Where(entry => entry.IsForBoth))
        {
            DifferenceRun.Check(entry.Configuration, AskNewer, KnownDifferences.OfTheOlder);
        }
    }

    [Theory]
    [MemberData(nameof(Known))]
    public void A_known_difference_is_there(string name)
    {
        Assert.SkipUnless(NewerOpenSsh.IsThere, NewerOpenSsh.Missing);
        var difference = KnownDifferences.OfTheOlder.Single(known => known.Name == name);
        var configuration = new GeneratedConfiguration(
            OpenSshGeneration.Older, [new ConfigurationFile("config", [.. difference.Example])], [], "web1");
        var found = DifferenceRun.Disagreements(configuration, AskNewer);
        Assert.Contains(found, disagreement => difference.Excuses(disagreement, configuration));
        Assert.Empty(found.Remove(KnownDifferences.OfTheOlder, configuration));
    }

    private static PrintedConfiguration AskNewer(PlacedConfiguration configuration) =>
        OpenSshOracle.Ask(OpenSshGeneration.Newer, configuration);
}
