namespace SshMux.Engine.Sftp;

/// <summary>Why something is not copied, in words that say what to do.</summary>
internal static class SftpCopyErrors
{
    /// <summary>There is no folder of that name.</summary>
    public static SshException NoFolder(string name, SshException? cause = null) =>
        new(SshError.FileNotFound, $"there is no folder {name}", cause);

    /// <summary>A folder, without -Recurse.</summary>
    public static SshException NoRecurse(string name) =>
        new(SshError.FileFailed, $"cannot copy {name}: it is a folder, and -Recurse was not given");

    /// <summary>Something that is no file.</summary>
    public static SshException NoFile(string name) => new(
        SshError.FileFailed, $"cannot copy {name}: it is neither a file nor a folder (a device, a pipe or a socket)");

    /// <summary>A link to a folder that it is in.</summary>
    public static SshException Loop(string name) =>
        new(SshError.FileFailed, $"cannot copy {name}: the link leads back to a folder that it is in");

    /// <summary>A folder in more folders than SftpCopier follows.</summary>
    public static SshException TooDeep(string name) => new(SshError.FileFailed, $"{name} is too deep");

    /// <summary>A folder is where a file is to be.</summary>
    public static SshException IsFolderThere(string name) =>
        new(SshError.FileFailed, $"cannot write {name}: a folder has that name");

    /// <summary>Something is where a folder is to be.</summary>
    public static SshException IsNoFolder(string name) =>
        new(SshError.FileFailed, $"cannot make the folder {name}: something else has that name");

    /// <summary>A read-only file is to be replaced, without -Force.</summary>
    public static SshException IsReadOnly(string name) =>
        new(SshError.FileDenied, $"cannot write {name}: it is read-only; -Force replaces it");

    /// <summary>Several things for one name.</summary>
    public static SshException OnlyOne(string name) => new(
        SshError.FileFailed, $"cannot copy more than one thing to {name}: it is not a folder");

    /// <summary>Two names where case matters, and one where it does not.</summary>
    public static SshException DiffersInCase(string name) => new(
        SshError.FileNameRefused,
        $"cannot write {name}: what was copied just now has that name but for upper and lower case, which is the same name "
        + "here; copy it alone with a name of its own as -Destination");

    /// <summary>What somebody else put there may lead to a file of ours that they want overwritten.</summary>
    public static SshException IsLinkOfAnother(string name) => new(
        SshError.FileDenied,
        $"cannot write {name}: it is a link, pipe or device that another user put there; remove it, or copy to what it "
        + "leads to");

    /// <summary>What was written did not keep its name.</summary>
    public static SshException WasReplaced(string name) => new(
        SshError.FileFailed,
        $"cannot write {name}: what was written was replaced by something else, or removed; copy it again");

    /// <summary>No name for a part is free.</summary>
    public static SshException NoNameLeft(string name) =>
        new(SshError.FileFailed, $"cannot write {name}: every name for it is taken at once");
}
