namespace SshMux.Engine.Platform.Files;

/// <summary>How files are written that other programs read and write at the same time, such as known_hosts.</summary>
internal abstract class SharedFiles
{
    /// <summary>Those of this system.</summary>
    public static SharedFiles Current { get; } =
        OperatingSystem.IsWindows() ? new WindowsSharedFiles() : new UnixSharedFiles();

    /// <summary>
    /// Whether there is a file with content of its own. A device such as /dev/null, which some have as their known_hosts,
    /// must never be replaced.
    /// </summary>
    public abstract bool IsOrdinary(string file);

    /// <summary>Opens a file to read it, while others may write to it, or put another one in its place.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read, or is a folder.</exception>
    public abstract FileStream OpenRead(string file);

    /// <summary>
    /// Appends lines in one write, so that what others write at the same time stays whole. Creates the file.
    /// </summary>
    /// <exception cref="IOException">It cannot be written, or is somebody else's.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    /// <exception cref="System.ComponentModel.Win32Exception">It cannot be written.</exception>
    public abstract void Append(string file, byte[] lines);

    /// <summary>
    /// Puts a new file in the place of the old one, with its permissions, in one step; the old one stays beside it as
    /// "name.old".
    /// </summary>
    /// <param name="file">The file, which is there, without links.</param>
    /// <param name="content">All that is to be in the new one.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    /// <exception cref="System.ComponentModel.Win32Exception">It cannot be written.</exception>
    public abstract void Replace(string file, byte[] content);
}
