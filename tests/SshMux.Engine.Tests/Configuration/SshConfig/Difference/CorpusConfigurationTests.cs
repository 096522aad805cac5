using System.Runtime.Versioning;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Configuration.SshConfig.Difference;

/// <summary>What OpenSSH makes of configurations as people have them.</summary>
[UnsupportedOSPlatform("windows")]
public class CorpusConfigurationTests
{
    public static TheoryData<string, OpenSshGeneration> Folders
    {
        get
        {
            var folders = new TheoryData<string, OpenSshGeneration>();
            foreach (var name in CorpusConfiguration.Names)
            {
                folders.Add(name, OpenSshGeneration.Older);
                folders.Add(name, OpenSshGeneration.Newer);
            }

            return folders;
        }
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void OpenSSH_takes_or_refuses_them_as_the_corpus_says(string name, OpenSshGeneration generation)
    {
        Assert.SkipUnless(OpenSshOracle.Has(generation), NewerOpenSsh.Missing);
        using var folder = new TestFolder();
        foreach (var entry in CorpusConfiguration.Of(name, generation))
        {
            var placed = PlacedConfiguration.Place(entry.Configuration, folder.Path);
            var printed = OpenSshOracle.Ask(generation, placed);
            Assert.True(printed.IsRefused == entry.IsRefused, $"{printed}{entry.Configuration}");
        }
    }

    [Fact]
    public void Every_folder_is_tried_with_each_generation_or_says_why_not() =>
        Assert.All(
            CorpusConfiguration.Names,
            name => Assert.NotEmpty(CorpusConfiguration.Of(name, OpenSshGeneration.Newer)));
}
