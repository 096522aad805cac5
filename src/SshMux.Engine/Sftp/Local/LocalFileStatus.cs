namespace SshMux.Engine.Sftp.Local;

/// <summary>What the system tells about a file of this machine, as stat(2) does.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Permissions">The permission bits, without set-user-id and the like; null where files have none
/// (Windows).</param>
/// <param name="IsReadOnly">Whether nobody may write to it.</param>
/// <param name="Size">Its length in bytes.</param>
/// <param name="AccessTime">When it was last read, in seconds since 1970 (UTC).</param>
/// <param name="ModifyTime">When its content was last changed, in the same.</param>
/// <param name="Id">Which file it is.</param>
/// <param name="IsAnothers">Of what is neither a file nor a folder: whether another user made it, who may not have meant
/// well by it where both can write. Root is no other, nor are Windows itself and its administrators.</param>
internal readonly record struct LocalFileStatus(
    LocalFileKind Kind,
    UnixFileMode? Permissions,
    bool IsReadOnly,
    long Size,
    long AccessTime,
    long ModifyTime,
    LocalFileId Id,
    bool IsAnothers)
{
    /// <summary>Whether it is a folder.</summary>
    public bool IsFolder => Kind == LocalFileKind.Folder;

    /// <summary>Whether it is a plain file.</summary>
    public bool IsFile => Kind == LocalFileKind.File;

    /// <summary>Whether it is a link, which is then not followed.</summary>
    public bool IsLink => Kind == LocalFileKind.Link;
}
