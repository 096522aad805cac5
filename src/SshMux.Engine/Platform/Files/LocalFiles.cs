namespace SshMux.Engine.Platform.Files;

/// <summary>Files of this machine by the paths that its users write: how such a path is read, and what is there.</summary>
internal abstract class LocalFiles
{
    /// <summary>Those of this system.</summary>
    public static LocalFiles Current { get; } =
        OperatingSystem.IsWindows() ? new WindowsLocalFiles() : new UnixLocalFiles();

    /// <summary>The folder of the system's configuration of OpenSSH.</summary>
    public abstract string SystemFolder { get; }

    /// <summary>Whether two paths that differ in the case of letters are two.</summary>
    public abstract StringComparison Comparison { get; }

    /// <summary>The characters that stand between the names of a path.</summary>
    protected abstract string Separators { get; }

    /// <summary>Whether there is anything at the path; links are followed.</summary>
    public abstract bool Exists(string path);

    /// <summary>Opens a file to read it, without a buffer; others may write to it meanwhile.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read, or is a folder.</exception>
    public abstract FileStream OpenRead(string path);

    /// <summary>How many bytes at the beginning of a text only say that it is UTF-8, where ssh(1) passes these over.</summary>
    /// <param name="text">The file's content.</param>
    /// <param name="path">The file, for the error.</param>
    /// <exception cref="SshException">
    /// <see cref="SshError.ConfigurationInvalid"/>: it is a text of another encoding.
    /// </exception>
    public abstract int CountMark(ReadOnlySpan<byte> text, string path);

    /// <summary>Whether two paths are one, as they are written.</summary>
    public bool AreSame(string path, string? other) => path.Equals(other, Comparison);

    /// <summary>
    /// A path whose leading <c>~</c> or <c>~user</c> has become the home folder; other paths stay as they are. Null:
    /// there is no such user.
    /// </summary>
    /// <param name="path">The path.</param>
    /// <param name="user">The user that is named; empty: none.</param>
    public string? ExpandTilde(string path, out string user)
    {
        user = "";
        if (!path.StartsWith('~')) return path;
        var end = path.AsSpan().IndexOfAny(Separators);
        user = end < 0 ? path[1..] : path[1..end];
        var home = user.Length == 0 ? LocalUser.Current.HomeFolder : LocalUser.HomeFolderOf(user);
        return home is null ? null : Join(home, end < 0 ? "" : path[end..].TrimStart(Separators.ToCharArray()));
    }

    /// <summary>A path in a folder.</summary>
    protected abstract string Join(string folder, string path);
}
