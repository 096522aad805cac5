using SshMux.Engine.Configuration.SshConfig.Syntax;
using SshMux.Engine.Platform;
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
            path = (isUsers ? "~/.ssh" : ConfigurationPaths.SystemFolder) + '/' + path;
        }

        // In a set ssh(1)'s own glob takes ^ for itself, where that of the C library takes it for not.
        if (path.AsSpan().IndexOfAny("*?[\\") >= 0) return PathPatterns.Find(path.Replace("[^", "[\\^", StringComparison.Ordinal));
        try
        {
            path = ConnectionTokens.ExpandTilde(path, "Include");
        }
        catch (SshException)
        {
            return []; // no such user: no such file
        }

        return UnixPath.Exists(path) ? [path] : [];
    }
}
