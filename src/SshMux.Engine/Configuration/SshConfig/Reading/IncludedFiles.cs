using SshMux.Engine.Configuration.SshConfig.Syntax;
using SshMux.Engine.Platform.Files;

namespace SshMux.Engine.Configuration.SshConfig.Reading;

/// <summary>The files that a path of Include stands for.</summary>
internal static class IncludedFiles
{
    /// <summary>
    /// The files of a path or pattern (<c>*</c>, <c>?</c>, <c>[...]</c>, a leading <c>~</c>), in order; none if there is
    /// none. A path that is not absolute is one of <c>~/.ssh</c>, or, in the system's file, of its folder.
    /// </summary>
    /// <exception cref="SettingProblem">The system's file names a file by <c>~</c>, or a folder cannot be read.</exception>
    public static IReadOnlyList<string> Find(string path, bool isUsers)
    {
        if (path.StartsWith('~') && !isUsers) throw new SettingProblem($"bad include path {path}.");
        if (!path.StartsWith('~') && !Path.IsPathRooted(path))
        {
            path = Path.Join(isUsers ? "~/.ssh" : ConfigurationPaths.SystemFolder, path);
        }

        if (PathPatterns.IsPattern(path)) return PathPatterns.Find(path);
        try
        {
            path = ConnectionTokens.ExpandTilde(path, "Include");
        }
        catch (SshException)
        {
            return []; // no such user: no such file
        }

        return LocalFiles.Current.Exists(path) ? [path] : [];
    }
}
