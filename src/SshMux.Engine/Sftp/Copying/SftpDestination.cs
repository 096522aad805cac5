namespace SshMux.Engine.Sftp.Copying;

/// <summary>Where things are copied to, as <see cref="SftpCopier.FindDestinationAsync"/> found it.</summary>
internal sealed class SftpDestination
{
    internal SftpDestination(string path, string shown, bool isFolder, bool exists)
    {
        Path = path;
        Shown = shown;
        IsFolder = isFolder;
        Exists = exists;
    }

    internal string Path { get; }

    /// <summary>What it is called in errors.</summary>
    internal string Shown { get; }

    /// <summary>Whether things go into it, under their own names.</summary>
    internal bool IsFolder { get; set; }

    /// <summary>Whether something has the name already.</summary>
    internal bool Exists { get; }

    /// <summary>Whether the one thing that can have its very name was copied there.</summary>
    internal bool IsUsed { get; set; }

    /// <summary>What waits to be copied until it is known whether it is the only one.</summary>
    internal string? Waiting { get; set; }

    /// <summary>Why nothing is copied there any more.</summary>
    internal SshException? Refused { get; set; }
}
