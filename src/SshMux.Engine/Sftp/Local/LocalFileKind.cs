namespace SshMux.Engine.Sftp.Local;

/// <summary>What something in a folder of this machine is.</summary>
internal enum LocalFileKind
{
    /// <summary>A device, a pipe or a socket.</summary>
    Other,

    /// <summary>A plain file.</summary>
    File,

    /// <summary>A folder.</summary>
    Folder,

    /// <summary>A symbolic link; on Windows a junction, too.</summary>
    Link,
}
