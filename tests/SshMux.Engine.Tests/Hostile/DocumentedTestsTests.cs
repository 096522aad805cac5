using System.Text.RegularExpressions;

namespace SshMux.Engine.Tests.Hostile;

/// <summary>The tables of docs/ that name tests name ones that exist.</summary>
public partial class DocumentedTestsTests
{
    [Theory]
    [InlineData("hostile.md", 90)]
    [InlineData("protocol.md", 40)]
    public void Every_test_that_a_table_names_exists(string document, int atLeast)
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "SshMux.sln"))) root = Path.GetDirectoryName(root)!;
        var tests = Directory.EnumerateFiles(Path.Combine(root, "tests"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal))
            .GroupBy(file => Path.GetFileName(file).Split('.')[0])
            .ToDictionary(group => group.Key, group => string.Concat(group.Select(File.ReadAllText)));
        var count = 0;
        foreach (var line in File.ReadLines(Path.Combine(root, "docs", document)))
        {
            if (!line.StartsWith('|')) continue;
            var last = "";
            foreach (Match match in Name().Matches(line))
            {
                var type = match.Groups["type"].Value;
                if (type.Length == 0) type = last;
                if (!tests.TryGetValue(last = type, out var text)) continue; // `ssh -W` and the like
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
