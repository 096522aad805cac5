using SshMux.Engine.Configuration.SshConfig.Values;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Configuration;

/// <summary>docs/keywords.md tells of every keyword that there is, and does not say that one is built that nobody reads.</summary>
[Trait("System", "any")]
public class KeywordTableTests
{
    private static readonly string[] Fates = ["built", "read", "said", "does not apply"];

    // No keywords of a host, and so not among those that an option may have.
    private static readonly string[] OfFilesAlone = ["Host", "Match", "Include"];

    [Fact]
    public void Every_keyword_has_one_row_and_nothing_else_has()
    {
        var rows = Rows().Select(row => row.Keyword).ToArray();
        Assert.Equal(rows.Length, rows.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.Equal(Order(Names()), Order(rows));
        Assert.All(Rows(), row => Assert.Subset(Fates.ToHashSet(), new HashSet<string> { row.Command, row.Cmdlets }));
    }

    [Fact]
    public void The_keywords_that_options_may_have_are_those_of_the_manual() =>
        Assert.Equal(Order(Names().Except(OfFilesAlone)), Order(Keywords.All));

    [Fact]
    public void What_is_built_is_read_and_what_is_said_is_said()
    {
        var code = string.Concat(Directory
            .EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.EndsWith("DefaultConfiguration.cs"))
            .Select(File.ReadAllText));
        foreach (var row in Rows().Where(row => row.Command == "built" || row.Cmdlets == "built"))
        {
            Assert.Contains($"\"{row.Keyword.ToLowerInvariant()}\"", code, StringComparison.Ordinal);
        }

        var file = File.ReadAllText(
            Path.Combine(Repository.Root, "src/SshMux.Engine/Configuration/SshConfig/HostConfiguration.Unsupported.cs"));
        foreach (var row in Rows().Where(row => row.Command == "said" && row.Keyword != "VerifyHostKeyDNS"))
        {
            Assert.Contains($"\"{row.Keyword}\"", file, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public async Task The_newer_OpenSSH_knows_them_all()
    {
        Assert.SkipUnless(NewerOpenSsh.IsThere, NewerOpenSsh.Missing);
        foreach (var name in Names())
        {
            var result = await ProcessResult.RunAsync(NewerOpenSsh.Ssh, ["-F", "none", "-G", "-o", $"{name}=", "h"]);
            Assert.DoesNotContain("Bad configuration option", result.ErrorOutput, StringComparison.OrdinalIgnoreCase);
        }
    }

    private static string[] Order(IEnumerable<string> names) => [.. names.Order(StringComparer.OrdinalIgnoreCase)];

    private static IEnumerable<string> Names() =>
        File.ReadLines(Path.Combine(Repository.Root, "tests/SshMux.Engine.Tests/Configuration/keywords-10.6.txt"))
            .Where(line => line.Length > 0 && line[0] != '#');

    private static IEnumerable<(string Keyword, string Command, string Cmdlets)> Rows() =>
        File.ReadLines(Path.Combine(Repository.Root, "docs/keywords.md"))
            .Where(line => line.StartsWith('|'))
            .Skip(2)
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .Select(cells => (cells[1], cells[2], cells[3]));
}
