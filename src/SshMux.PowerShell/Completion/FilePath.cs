using System.Management.Automation;
using SshMux.Engine.Platform.Files;

namespace SshMux.PowerShell.Completion;

/// <summary>Paths in a command line that is not run yet.</summary>
internal static class FilePath
{
    /// <summary>Whether a character stands between the names of a path.</summary>
    public static bool IsSeparator(char one) => one == Path.DirectorySeparatorChar || one == Path.AltDirectorySeparatorChar;

    /// <summary>A path in full: relative to the shell's location, with ~.</summary>
    public static string Full(string path)
    {
        path = ConfigurationFiles.Expand(path);
        if (path == "none" || Path.IsPathRooted(path)) return WithOneSeparator(path);
        using var shell = System.Management.Automation.PowerShell.Create(RunspaceMode.CurrentRunspace);
        var location = shell.AddCommand("Microsoft.PowerShell.Management\\Get-Location")
            .AddParameter("PSProvider", "FileSystem").Invoke<PathInfo>();
        return Path.GetFullPath(Path.Combine(location[0].ProviderPath, path));
    }

    /// <summary>
    /// Completions for those of <paramref name="paths"/> that begin with what was typed, as a path or as a file's name
    /// alone; written with ~ where that is how it began, or nothing is typed yet.
    /// </summary>
    public static IEnumerable<CompletionResult> Complete(
        CompletionWord word, IEnumerable<(string Path, string ToolTip)> paths)
    {
        var home = Path.GetDirectoryName(ConfigurationFiles.UserFolder) + Path.DirectorySeparatorChar;
        var typed = word.Text.Any(IsSeparator) ? Full(word.Text) : null;
        if (typed is not null && IsSeparator(word.Text[^1]))
        {
            typed = typed.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar;
        }

        var comparison = LocalFiles.Current.Comparison;
        var different = paths.DistinctBy(one => one.Path).OrderBy(one => one.Path, StringComparer.Ordinal);
        foreach (var (path, toolTip) in different)
        {
            var name = Path.GetFileName(path);
            var matches = typed is null ? word.Begins(name) : path.StartsWith(typed, comparison);
            if (!matches) continue;
            var withTilde = !Path.IsPathRooted(word.Text) && path.StartsWith(home, comparison);
            var text = withTilde ? $"~{Path.DirectorySeparatorChar}{path[home.Length..]}" : path;
            yield return word.Result(text, name, $"{path}: {toolTip}");
        }
    }

    /// <summary>As the system itself writes it, for what is compared.</summary>
    private static string WithOneSeparator(string path) =>
        path.Replace(Path.AltDirectorySeparatorChar, Path.DirectorySeparatorChar);
}
