using System.Collections.Immutable;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;

namespace SshMux.Engine.Tests.Configuration.SshConfig.Difference;

/// <summary>
/// A configuration as people have it, from Corpus/ssh_config: a folder with the file of <c>-F</c>, config, those that
/// it includes, and command-lines. Each of its lines has a generation (9.2, 10.6 or both), a ! where ssh refuses, and
/// arguments, which may be 'in quotes', with '' for one of them.
/// </summary>
internal sealed partial record CorpusConfiguration(GeneratedConfiguration Configuration, bool IsForBoth, bool IsRefused)
{
    private const string Prefix = "Corpus/ssh_config/";
    private const string CommandLines = "command-lines";

    private static readonly Assembly Assembly = typeof(CorpusConfiguration).Assembly;

    /// <summary>The names of the folders.</summary>
    public static string[] Names { get; } =
    [
        .. Assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(name => name[Prefix.Length..].Split('/')[0]).Distinct().Order(StringComparer.Ordinal),
    ];

    /// <summary>What a folder has for a generation, once for each command line.</summary>
    public static IEnumerable<CorpusConfiguration> Of(string name, OpenSshGeneration generation)
    {
        var folder = $"{Prefix}{name}/";
        ImmutableArray<ConfigurationFile> files =
        [
            .. Assembly.GetManifestResourceNames()
                .Where(resource => resource.StartsWith(folder, StringComparison.Ordinal))
                .Select(resource => resource[folder.Length..]).Where(file => file != CommandLines)
                .OrderBy(file => file == "config" ? 0 : 1).Select(file => File(file, Read(folder + file))),
        ];
        foreach (var line in Read(folder + CommandLines).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var words = Words.Matches(line).Select(match => Unquoted(match.Value)).ToArray();
            var of = words[0].TrimEnd('!');
            if (of != "both" && of != (generation == OpenSshGeneration.Newer ? "10.6" : "9.2")) continue;
            yield return new CorpusConfiguration(
                CommandLine(generation, files, words.AsSpan(1)), of == "both", words[0].EndsWith('!'));
        }
    }

    private static GeneratedConfiguration CommandLine(
        OpenSshGeneration generation, ImmutableArray<ConfigurationFile> files, ReadOnlySpan<string> words)
    {
        var options = ImmutableArray.CreateBuilder<CommandLineOption>();
        while (words[0].StartsWith('-'))
        {
            var hasArgument = words[0] is not "-N" and not "-s";
            options.Add(new CommandLineOption(words[0], hasArgument ? words[1] : null));
            words = words[(hasArgument ? 2 : 1)..];
        }

        return new GeneratedConfiguration(
            generation, files, options.ToImmutable(), words[0],
            words.Length > 1 ? string.Join(' ', words[1..].ToArray()) : null);
    }

    private static ConfigurationFile File(string name, string text)
    {
        var lines = text.Split('\n');
        var isEnded = lines[^1].Length == 0;
        return new ConfigurationFile(name, [.. isEnded ? lines[..^1] : lines]) { EndsWithoutLineEnd = !isEnded };
    }

    private static string Unquoted(string word) =>
        word.StartsWith('\'') ? word[1..^1].Replace("''", "'", StringComparison.Ordinal) : word;

    private static string Read(string resource)
    {
        using var stream = Assembly.GetManifestResourceStream(resource)!;
        using var reader = new StreamReader(stream, Encoding.Latin1, detectEncodingFromByteOrderMarks: false);
        return reader.ReadToEnd();
    }

    [GeneratedRegex("'(?:[^']|'')*'|[^ ]+", RegexOptions.ExplicitCapture)]
    private static partial Regex Words { get; }
}
