namespace SshMux.Engine.Tests.Configuration.SshConfig.Difference;

/// <summary>Smaller configurations, of which one may still show what a large one shows.</summary>
internal static class ConfigurationShrinker
{
    /// <summary>Without a file, some lines, an option or a command; with a plainer line; the boldest first.</summary>
    public static IEnumerable<GeneratedConfiguration> Shrink(GeneratedConfiguration configuration)
    {
        if (configuration.Command is not null && !configuration.Options.Any(option => option.Flag == "-s"))
        {
            yield return configuration with { Command = null };
        }

        for (var index = configuration.Files.Length - 1; index > 0; index--)
        {
            yield return configuration with { Files = configuration.Files.RemoveAt(index) };
        }

        // What keeps a name server from being asked stays.
        var isAboutNames = configuration.ToString().Contains("canonical", StringComparison.OrdinalIgnoreCase);
        for (var index = 0; index < configuration.Options.Length; index++)
        {
            if (isAboutNames && configuration.Options[index].Argument == ConfigurationGenerator.Proxy) continue;
            yield return configuration with { Options = configuration.Options.RemoveAt(index) };
        }

        for (var index = 0; index < configuration.Files.Length; index++)
        {
            foreach (var file in Shrink(configuration.Files[index]))
            {
                yield return configuration with { Files = configuration.Files.SetItem(index, file) };
            }
        }

        for (var index = 0; index < configuration.Options.Length; index++)
        {
            var option = configuration.Options[index];
            if (option.Flag != "-o" || option.Argument == ConfigurationGenerator.Proxy) continue;
            foreach (var line in Plainer(option.Argument!))
            {
                yield return configuration with
                {
                    Options = configuration.Options.SetItem(index, option with { Argument = line }),
                };
            }
        }

        if (configuration.Destination is "web1" or "127.0.0.1") yield break;
        if (!isAboutNames) yield return configuration with { Destination = "web1" };
        yield return configuration with { Destination = "127.0.0.1" };
    }

    private static IEnumerable<ConfigurationFile> Shrink(ConfigurationFile file)
    {
        for (var size = file.Lines.Length; size > 0; size /= 2)
        {
            for (var start = 0; start + size <= file.Lines.Length; start += size)
            {
                yield return file with { Lines = file.Lines.RemoveRange(start, size) };
            }
        }

        if (file.LineEnd != "\n") yield return file with { LineEnd = "\n" };
        if (file.EndsWithoutLineEnd) yield return file with { EndsWithoutLineEnd = false };
        if (file.HasByteOrderMark) yield return file with { HasByteOrderMark = false };
        if (file.IsWritableByOthers) yield return file with { IsWritableByOthers = false };
        for (var index = 0; index < file.Lines.Length; index++)
        {
            foreach (var line in Plainer(file.Lines[index]))
            {
                yield return file with { Lines = file.Lines.SetItem(index, line) };
            }
        }
    }

    private static IEnumerable<string> Plainer(string line)
    {
        if (line.Trim() is var trimmed && trimmed != line) yield return trimmed;
        var comment = line.IndexOf('#', StringComparison.Ordinal);
        if (comment > 0) yield return line[..comment];
        if (line.Contains('"', StringComparison.Ordinal))
        {
            yield return line.Replace("\"", "", StringComparison.Ordinal);
        }

        var words = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (string.Join(' ', words) is var plain && plain != line) yield return plain;
        for (var index = 1; words.Length > 2 && index < words.Length; index++)
        {
            yield return string.Join(' ', words.Where((_, position) => position != index));
        }
    }
}
