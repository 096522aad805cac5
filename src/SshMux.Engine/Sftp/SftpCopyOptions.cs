namespace SshMux.Engine.Sftp;

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

    /// <summary>Whether permissions and times are those of the source.</summary>
    public bool KeepAttributes { get; init; } = true;
}
