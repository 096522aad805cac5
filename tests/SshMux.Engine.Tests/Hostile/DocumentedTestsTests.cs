using System.Text.RegularExpressions;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Hostile;

/// <summary>The tables of docs/ that name tests name ones that exist.</summary>
public partial class DocumentedTestsTests
{
    [Theory]
    [InlineData("hostile.md", 90)]
    [InlineData("protocol.md", 40)]
    public void Every_test_that_a_table_names_exists(string document, int atLeast)
    {
        var tests = Repository.Sources("tests")
            .GroupBy(file => Path.GetFileName(file).Split('.')[0])
            .ToDictionary(group => group.Key, group => string.Concat(group.Select(File.ReadAllText)));
        var count = 0;
        foreach (var line in File.ReadLines(Path.Combine(Repository.Root, "docs", document)))
        {
            if (!line.StartsWith('|')) continue;
            var last = "";
            foreach (Match match in Name().Matches(line))
            {
                var type = match.Groups["type"].Value;
                if (type.Length == 0) type = last;
                if (!tests.TryGetValue(last = type, out var text))
                {
                    // It is `ssh -W` and the like, or a test that has another name now.
                    Assert.False(type.EndsWith("Tests", StringComparison.Ordinal), $"there is no {type}");
                    continue;
                }

                count++;
                var method = match.Groups["method"].Value;
                if (method.Length > 0) Assert.Contains($" {method}(", text, StringComparison.Ordinal);
            }
        }

        Assert.InRange(count, atLeast, int.MaxValue);
    }

    // `Folder/TypeTests.Method`, or `.Method` of the type before it.
    [GeneratedRegex(@"`([\w.]+/)*(?<type>[A-Z]\w*)?(\.(?<method>[A-Z]\w*))?`")]
    private static partial Regex Name();
}
