namespace SshMux.Engine.Sftp.Local;

/// <summary>
/// Paths as Windows takes them word for word: with \\?\ before them they may be longer than 260 characters, and no name
/// in them is taken for another one (a name that ends in a dot, or a device's). Nothing here asks the system.
/// </summary>
internal static class WindowsPath
{
    private const string Verbatim = @"\\?\";
    private const string VerbatimShare = @"\\?\UNC\";

    /// <summary>
    /// The path for a call of the system: of <c>C:\a/b</c> it is <c>\\?\C:\a\b</c>, of <c>\\server\share\a</c> it is
    /// <c>\\?\UNC\server\share\a</c>. One that has such a prefix already, or that of devices, stays.
    /// </summary>
    /// <param name="path">A path of a drive or of a share; <c>.</c> and <c>..</c> in it are resolved.</param>
    /// <exception cref="ArgumentException">It is no full path.</exception>
    public static string Extend(string path)
    {
        if (path.StartsWith(Verbatim, StringComparison.Ordinal)) return path;
        path = path.Replace('/', '\\');
        if (path.StartsWith(Verbatim, StringComparison.Ordinal) || path.StartsWith(@"\\.\", StringComparison.Ordinal))
        {
            return path;
        }

        if (path.StartsWith(@"\\", StringComparison.Ordinal)) return VerbatimShare + Resolved(path[2..], rooted: 2);
        if (path.Length >= 3 && char.IsAsciiLetter(path[0]) && path[1] == ':' && path[2] == '\\')
        {
            // The root of a drive keeps its separator: "C:" would be the drive itself, as a device.
            return Verbatim + path[..3] + Resolved(path[3..], rooted: 0);
        }

        throw new ArgumentException("it is no full path; one begins with a drive, as C:\\, or with \\\\server\\share");
    }

    private static string Resolved(string path, int rooted)
    {
        var parts = new List<string>();
        foreach (var part in path.Split('\\', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == ".") continue;
            if (part != "..") parts.Add(part);
            else if (parts.Count > rooted) parts.RemoveAt(parts.Count - 1);
        }

        return string.Join('\\', parts) + (parts.Count == rooted && rooted > 0 ? @"\" : "");
    }
}
