using System.Runtime.InteropServices;

namespace SshMux.Engine.Platform.Files;

/// <summary>
/// Files and folders that are to be this user's alone. Where somebody else can write to a folder, or owns it, what lies
/// there is that one's word: it is neither believed nor written to. On Unix the mode says who can; on Windows the access
/// control list, in which the user, SYSTEM and Administrators may stand.
/// </summary>
internal abstract class OwnFiles
{
    /// <summary>Those of this system.</summary>
    public static OwnFiles Current { get; } = OperatingSystem.IsWindows() ? new WindowsOwnFiles() : new UnixOwnFiles();

    /// <summary>
    /// Why a folder is not one that this user alone can write to: a few words about it, with what can be done; null if
    /// it is. Symbolic links are followed, but for the last name.
    /// </summary>
    public abstract string? WhyNotOwnFolder(string path);

    /// <summary>
    /// Why a private key file is not used: others may read it, or it is somebody else's. A sentence with the remedy; null
    /// if it can be used, or is not there.
    /// </summary>
    public abstract string? WhyNotPrivate(string path);

    /// <summary>
    /// Why a configuration file is not believed: somebody else owns it or may write it. A sentence that begins as
    /// ssh(1)'s, with the remedy; null if it is believed.
    /// </summary>
    /// <param name="file">The file, open to read.</param>
    /// <param name="path">Its name.</param>
    public abstract string? WhyNotTrusted(FileStream file, string path);

    /// <summary>
    /// Makes a folder that only this user can enter; what is there stays as it is. The folder that it is to be in must be
    /// there.
    /// </summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be made.</exception>
    public abstract void CreateFolder(string path);

    /// <summary>
    /// The lines of a file, if it is a regular one of this user that nobody else can write to, and not longer than
    /// <paramref name="maxLength"/> bytes; else null. A symbolic link is not followed.
    /// </summary>
    public abstract IReadOnlyList<string>? TryReadLines(string path, int maxLength);

    /// <summary>
    /// Writes lines to a new file, which only this user can read or write. What has the name is removed before; what
    /// appears there meanwhile is an error.
    /// </summary>
    /// <exception cref="IOException">It cannot be written; nothing is left of it.</exception>
    public abstract void WriteNewLines(string path, IEnumerable<string> lines);

    /// <summary>
    /// Opens a file to write at its end, and makes it if it is not there, for this user alone. In a folder where others
    /// can put something, it is to be a file of this user with one name, and no symbolic link.
    /// </summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be opened, or is what somebody else has put there.
    /// </exception>
    public abstract FileStream OpenToAppend(string path);

    /// <summary>Follows the symbolic links at a name, to where the file is or would be.</summary>
    /// <exception cref="IOException">Somebody else has put one there, or they go in circles.</exception>
    public abstract string ResolveLinks(string path);

    /// <summary>Refuses an open file that somebody else may have put there.</summary>
    /// <param name="file">The open file.</param>
    /// <param name="path">Its name, without links.</param>
    /// <exception cref="IOException">It is somebody else's.</exception>
    public abstract void DemandOwn(SafeHandle file, string path);
}
