namespace SshMux.Engine.Platform.Files;

/// <summary>Paths with wildcards.</summary>
internal static class PathPatterns
{
    /// <summary>Whether a path has anything in it that makes it a pattern.</summary>
    public static bool IsPattern(string path) => OperatingSystem.IsWindows()
        ? WindowsPathPatterns.IsPattern(path)
        : UnixPathPatterns.IsPattern(path);

    /// <summary>
    /// The paths that there are for a pattern with <c>*</c>, <c>?</c>, <c>[...]</c> and a leading <c>~</c> (glob(3)), in
    /// order; none if there are none. In a set <c>^</c> is itself, as for ssh(1), and <c>!</c> stands for all others.
    /// </summary>
    public static IReadOnlyList<string> Find(string pattern) => OperatingSystem.IsWindows()
        ? WindowsPathPatterns.Find(pattern)
        : UnixPathPatterns.Find(pattern);
}
