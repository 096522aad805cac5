namespace SshMux.Engine.Sftp;

/// <summary>
/// What a server tells about a file (ATTRS, section 5 of draft-ietf-secsh-filexfer-02); null is what it does not tell.
/// </summary>
internal readonly record struct SftpAttributes
{
    private const uint KindMask = 0xF000;

    /// <summary>The length in bytes.</summary>
    public ulong? Size { get; init; }

    /// <summary>The length in bytes; 0 if the server does not tell.</summary>
    internal long Length => (long)Math.Min(Size ?? 0, long.MaxValue);

    /// <summary>The mode as in stat(2): kind and permissions.</summary>
    public uint? Mode { get; init; }

    /// <summary>The number of the user that it belongs to.</summary>
    public uint? Owner { get; init; }

    /// <summary>When it was last read, in seconds since 1970 (UTC); there with <see cref="ModifyTime"/>.</summary>
    public uint? AccessTime { get; init; }

    /// <summary>When its content was last changed, in seconds since 1970 (UTC).</summary>
    public uint? ModifyTime { get; init; }

    /// <summary>Whether the mode says that it is a folder.</summary>
    public bool IsFolder => (Mode & KindMask) == 0x4000;

    /// <summary>Whether it is a symbolic link.</summary>
    public bool IsLink => (Mode & KindMask) == 0xA000;

    /// <summary>Whether it is a plain file, as far as the server says.</summary>
    public bool IsFile => (Mode & KindMask) is null or 0x8000 or 0;

    /// <summary>The permission bits, without set-user-id and the like; null if the server does not tell.</summary>
    public UnixFileMode? Permissions => Mode is { } mode ? (UnixFileMode)(mode & 0x1FF) : null;
}
