namespace SshMux.Engine.Sftp.Copying;

/// <summary>How files are copied.</summary>
public sealed record SftpCopyOptions
{
    /// <summary>Whether folders are copied, with all that is in them.</summary>
    public bool Recurse { get; init; }

    /// <summary>Whether files that are read-only are replaced.</summary>
    public bool Force { get; init; }

    /// <summary>
    /// Whether files that are there already (same size and time) are left out, and partial ones continued.
    /// </summary>
    public bool Resume { get; init; }

    /// <summary>
    /// Whether permissions and times are those of the source; permissions here without what the umask takes.
    /// </summary>
    public bool KeepAttributes { get; init; } = true;

    /// <summary>Whether permissions here are what the server says, whatever the umask.</summary>
    public bool KeepAllPermissions { get; init; }

    /// <summary>
    /// Whether files are written under their right names from the first byte on: for servers that rename nothing, or
    /// where something takes files as soon as they appear.
    /// </summary>
    public bool InPlace { get; init; }
}
