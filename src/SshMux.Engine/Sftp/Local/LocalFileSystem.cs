using Microsoft.Win32.SafeHandles;

namespace SshMux.Engine.Sftp.Local;

/// <summary>
/// Files and folders of this machine as copies need them, with errors that name them. What Unix and Windows do differently
/// is here, in one sibling each, and nowhere above.
/// </summary>
internal abstract class LocalFileSystem
{
    /// <summary>That of this machine.</summary>
    public static LocalFileSystem This { get; } =
        OperatingSystem.IsWindows() ? new WindowsFileSystem() : new UnixFileSystem();

    /// <summary>How two names are found to be one.</summary>
    public abstract StringComparison Names { get; }

    /// <summary>The status of what a path names; null if there is nothing, or it cannot be looked at.</summary>
    public abstract LocalFileStatus? Find(string path, bool followLink);

    /// <summary>The names in a folder but "." and "..", as they come.</summary>
    /// <exception cref="SshException">It cannot be read.</exception>
    public abstract IEnumerable<string> List(string folder);

    /// <summary>Opens a file that others may write, replace or remove meanwhile.</summary>
    /// <exception cref="SshException">It cannot be read.</exception>
    public abstract SafeFileHandle OpenToRead(string path);

    /// <summary>Makes a file that was not there, with a mode (less the umask); null if something has the name.</summary>
    /// <param name="path">The path.</param>
    /// <param name="mode">The mode, where files have one.</param>
    /// <param name="shown">What to call it in errors.</param>
    /// <exception cref="SshException">It cannot be made.</exception>
    public abstract LocalFile? TryCreate(string path, UnixFileMode mode, string shown);

    /// <summary>
    /// Opens what an earlier copy of this user left; null if it is something else: a link, of another user or with
    /// another name besides, open to more users than <paramref name="mode"/> would let it be, or being written by
    /// another copy just now.
    /// </summary>
    public abstract LocalFile? TryTakeUp(string path, UnixFileMode mode, string shown);

    /// <summary>Opens what has the name already, to write to it: a device, or a file that keeps its name.</summary>
    /// <exception cref="SshException">It cannot be written, or is a link.</exception>
    public abstract LocalFile OpenThere(string path, string shown);

    /// <summary>Removes a file that nobody may write to.</summary>
    /// <exception cref="IOException">It cannot be removed.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be removed.</exception>
    public abstract void RemoveReadOnly(string path);

    /// <summary>Makes a folder with a mode (less the umask); false if something has the name.</summary>
    /// <exception cref="SshException">It cannot be made.</exception>
    public abstract bool TryMakeFolder(string path, UnixFileMode mode);

    /// <summary>Sets mode and times of an open file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="path">What to call it in errors.</param>
    /// <param name="mode">The mode, where files have one; null to leave it.</param>
    /// <param name="accessed">When it was last read; null to leave it.</param>
    /// <param name="modified">When it was changed; null to leave it.</param>
    /// <exception cref="SshException">They cannot be set.</exception>
    public abstract void SetAttributes(
        SafeFileHandle file, string path, UnixFileMode? mode, DateTime? accessed, DateTime? modified);

    /// <summary>Sets mode and times of a folder, if it still is that one and nobody has put a link in its place.</summary>
    /// <param name="path">The path.</param>
    /// <param name="status">The folder that is meant.</param>
    /// <param name="mode">The mode, where folders have one; null to leave it.</param>
    /// <param name="modified">When it was changed; null to leave it.</param>
    /// <exception cref="SshException">It cannot be, or it is another one.</exception>
    public abstract void SetAttributesOfFolder(
        string path, LocalFileStatus status, UnixFileMode? mode, DateTime? modified);

    /// <summary>What the umask takes from the mode of a new file; nothing where there is none.</summary>
    public abstract UnixFileMode UserMask();

    /// <summary>
    /// Why something in a folder cannot be called so here, though any other name could be taken for it: a few words; null
    /// if it can.
    /// </summary>
    /// <param name="folder">The folder; it need not be there yet.</param>
    /// <param name="name">The name, which leads out of no folder of a server.</param>
    public abstract string? WhyNoName(string folder, string name);

    /// <summary>Whether a path has bytes that a server can be told, and no others.</summary>
    public abstract bool CanBeSent(string path);

    /// <summary>A path without separators at its end; the root keeps its own.</summary>
    public static string WithoutSeparator(string path)
    {
        while (Path.TrimEndingDirectorySeparator(path) is { } shorter && shorter.Length < path.Length) path = shorter;
        return path;
    }

    /// <summary>The error for a folder that was put where another was.</summary>
    protected static SshException IsAnotherFolder(string doing, string path) =>
        SftpErrors.Local(doing, path, SshError.FileFailed, "another folder was put in its place");
}
