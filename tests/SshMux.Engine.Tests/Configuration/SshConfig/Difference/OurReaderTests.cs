using System.Runtime.Versioning;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Configuration.SshConfig.Difference;

/// <summary>That we read configurations as OpenSSH does.</summary>
[UnsupportedOSPlatform("windows")]
public class OurReaderTests
{
    public static TheoryData<string> Corpus => [.. CorpusConfiguration.Names];

    public static TheoryData<string> Known =>
        [.. KnownDifferences.OfOurs.Where(difference => difference.Example.Length > 0).Select(difference => difference.Name)];

    [Fact]
    public void It_agrees_with_OpenSSH_on_what_is_generated_but_for_known_differences()
    {
        Assert.SkipUnless(NewerOpenSsh.IsThere, NewerOpenSsh.Missing);
        DifferenceRun.CheckGenerated(OpenSshGeneration.Newer, OurReader.Ask, KnownDifferences.OfOurs);
    }

    [Theory]
    [MemberData(nameof(Corpus))]
    public void It_agrees_with_OpenSSH_on_what_people_have(string name)
    {
        Assert.SkipUnless(NewerOpenSsh.IsThere, NewerOpenSsh.Missing);
        foreach (var entry in CorpusConfiguration.Of(name, OpenSshGeneration.Newer))
        {
            DifferenceRun.Check(entry.Configuration, OurReader.Ask, KnownDifferences.OfOurs);
        }
    }

    [Theory]
    [MemberData(nameof(Known))]
    public void A_known_difference_is_there(string name)
    {
        Assert.SkipUnless(NewerOpenSsh.IsThere, NewerOpenSsh.Missing);
        var difference = KnownDifferences.OfOurs.Single(known => known.Name == name);
        var configuration = new GeneratedConfiguration(
            OpenSshGeneration.Newer, [new ConfigurationFile("config", [.. difference.Example])], [], "web1");
        var found = DifferenceRun.Disagreements(configuration, OurReader.Ask);
        Assert.Contains(found, disagreement => difference.Excuses(disagreement, configuration));
        Assert.Empty(found.Remove(KnownDifferences.OfOurs, configuration));
    }
}
