using System.Management.Automation;
using SshMux.Engine.Configuration.SshConfig.Reading;

namespace SshMux.PowerShell.Completion;

/// <summary>
/// Reads ssh's files for what can be completed. Only words are looked for; what they mean for a host is for ssh to say.
/// </summary>
internal static class ConfigurationFiles
{
    // As deep as ssh follows Include.
    private const int MostDepth = 16;

    /// <summary>~/.ssh of the user.</summary>
    public static string UserFolder { get; } =
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".ssh");

    /// <summary>The lines of the configuration, its included files' among them, as keyword and arguments.</summary>
    /// <param name="file">The file to read in place of the user's and the system's; null: those.</param>
    public static IEnumerable<(string Keyword, string[] Arguments)> Settings(string? file)
    {
        if (file == "none") return [];
        return file is not null
            ? Read(file, UserFolder, 0)
            : Read(Path.Combine(UserFolder, "config"), UserFolder, 0)
                .Concat(Read(ConfigurationPaths.System, ConfigurationPaths.SystemFolder, 0));
    }

    /// <summary>The names in the known_hosts files that are not hashed, without patterns, as written.</summary>
    public static IEnumerable<string> KnownHosts() =>
        Lines(Path.Combine(UserFolder, "known_hosts"))
            .Concat(Lines(Path.Combine(ConfigurationPaths.SystemFolder, "ssh_known_hosts")))
            .Where(line => line[0] is not ('#' or '@' or '|'))
            .SelectMany(line => line.Split(' ', '\t')[0].Split(','))
            .Where(name => name.Length > 0 && name.AsSpan().IndexOfAny("*?!|") < 0);

    /// <summary>A path with ~ for the user's home.</summary>
    public static string Expand(string path) => path switch
    {
        "~" => Path.GetDirectoryName(UserFolder)!,
        ['~', var next, ..] when FilePath.IsSeparator(next) =>
            Path.Combine(Path.GetDirectoryName(UserFolder)!, path[2..]),
        _ => path,
    };

    private static IEnumerable<(string Keyword, string[] Arguments)> Read(string file, string folder, int depth)
    {
        foreach (var line in Lines(file))
        {
            if (line[0] == '#') continue;
            var words = line.Split((char[])[' ', '\t', '='], 2, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 2) continue;
            var arguments = words[1].TrimStart(' ', '\t', '=')
                .Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)
                .Select(word => word.Trim('"')).ToArray();
            yield return (words[0], arguments);
            if (depth == MostDepth || !words[0].Equals("Include", StringComparison.OrdinalIgnoreCase)) continue;
            foreach (var included in arguments.SelectMany(path => Glob(Path.Combine(folder, Expand(path)))))
            {
                foreach (var setting in Read(included, folder, depth + 1)) yield return setting;
            }
        }
    }

    private static IEnumerable<string> Glob(string path)
    {
        var (folder, name) = (Path.GetDirectoryName(path)!, Path.GetFileName(path));
        if (!WildcardPattern.ContainsWildcardCharacters(path)) return [path];

        // Wildcards in the name of a folder are rare, and nothing but a completion is lost.
        return Directory.Exists(folder) ? Directory.GetFiles(folder, name).Order(StringComparer.Ordinal) : [];
    }

    private static IEnumerable<string> Lines(string file)
    {
        if (!File.Exists(file)) return [];
        try
        {
            return File.ReadAllLines(file).Select(line => line.Trim()).Where(line => line.Length > 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The other files may be readable.
            return [];
        }
    }
}
