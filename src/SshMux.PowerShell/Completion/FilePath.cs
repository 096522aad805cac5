using System.Management.Automation;

namespace SshMux.PowerShell.Completion;

/// <summary>Paths in a command line that is not run yet.</summary>
internal static class FilePath
{
    /// <summary>A path in full: relative to the shell's location, with ~.</summary>
    public static string Full(string path)
    {
        path = ConfigurationFiles.Expand(path);
        if (path == "none" || Path.IsPathRooted(path)) return path;
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
        var home = Path.GetDirectoryName(ConfigurationFiles.UserFolder) + "/";
        var typed = word.Text.Contains('/', StringComparison.Ordinal) ? Full(word.Text) : null;
        if (word.Text.EndsWith('/') && typed is not null) typed = typed.TrimEnd('/') + "/";
        var different = paths.DistinctBy(one => one.Path).OrderBy(one => one.Path, StringComparer.Ordinal);
        foreach (var (path, toolTip) in different)
        {
            var name = Path.GetFileName(path);
            var matches = typed is null ? word.Begins(name) : path.StartsWith(typed, StringComparison.Ordinal);
            if (!matches) continue;
            var withTilde = (word.Text.Length == 0 || word.Text[0] != '/')
                && path.StartsWith(home, StringComparison.Ordinal);
            yield return word.Result(withTilde ? $"~/{path[home.Length..]}" : path, name, $"{path}: {toolTip}");
        }
    }
}
