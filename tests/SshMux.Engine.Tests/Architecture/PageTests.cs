using System.Text.RegularExpressions;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Architecture;

/// <summary>What the pages name is there.</summary>
public sealed partial class PageTests
{
    // In backticks, with a capital, and no type.
    private static readonly string[] NoTypes = ["PascalCase"];

    // The files that declare a type or a test, by its name.
    private static readonly Lazy<ILookup<string, string>> Declared = new(() => (
        from file in Repository.Sources("src").Concat(Repository.Sources("tests"))
        from match in Declaration().Matches(File.ReadAllText(file))
        select (Name: match.Groups[1].Value, File: file)).ToLookup(type => type.Name, type => type.File));

    /// <summary>A type, alone or with a member; a test by its sentence; or a folder of the engine's tests.</summary>
    [Theory]
    [InlineData("ARCHITECTURE.md", 50)]
    [InlineData("CONTRIBUTING.md", 15)]
    public void Types_that_a_page_names_exist(string page, int atLeast)
    {
        var names = (
            from match in TypeName().Matches(File.ReadAllText(Path.Combine(Repository.Root, page)))
            select (Type: match.Groups["type"].Value, Member: match.Groups["member"].Value)).ToHashSet();
        Assert.InRange(names.Count, atLeast, int.MaxValue);
        Assert.Empty(
            from name in names
            where !NoTypes.Contains(name.Type)
                && !Directory.Exists(Path.Combine(Repository.Root, "tests/SshMux.Engine.Tests", name.Type))
                && !Declared.Value[name.Type].Any(file => Regex.IsMatch(File.ReadAllText(file), $@"\b{name.Member}\b"))
            select $"{name.Type} {name.Member}");
    }

    [Fact]
    public void Paths_that_the_pages_name_exist()
    {
        var pages = Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateFiles(Repository.Root, "*.md"))
            .Where(page => Path.GetFileName(page) != "CHANGELOG.md"); // it tells of what was
        var found = (
            from page in pages
            let text = File.ReadAllText(page)
            let folder = Path.GetDirectoryName(page)!
            from path in RepositoryPath().Matches(text).Select(match => Path.Combine(Repository.Root, match.Value))
                .Concat(Link().Matches(text).Select(match => Path.Combine(folder, match.Groups[1].Value)))
            select (Page: Path.GetRelativePath(Repository.Root, page), Path: path)).ToList();
        Assert.InRange(found.Count, 100, int.MaxValue);
        Assert.Empty(
            from name in found
            where !Path.Exists(name.Path)
            select $"{name.Page}: {Path.GetRelativePath(Repository.Root, name.Path)}");
    }

    [GeneratedRegex(@"\b(?:class|struct|record|interface|enum|void|Task) (?:struct )?(\w+)")]
    private static partial Regex Declaration();

    [GeneratedRegex(@"`(?<type>[A-Z]\w*[a-z]\w*)(\.(?<member>[A-Z]\w*))?`")]
    private static partial Regex TypeName();

    // Without what a build makes, and without names of which a star is a part.
    [GeneratedRegex(
        @"(?<![\w~./*-])(src|tests|docs|build|benchmarks|examples)(/(?!bin/|obj/)[\w-]+(\.[\w-]+)*)+(?!\w|\*)")]
    private static partial Regex RepositoryPath();

    // To another page or file, and not to a place of the same page or outside.
    [GeneratedRegex(@"\]\(([^)#:\s]+)\)")]
    private static partial Regex Link();
}
