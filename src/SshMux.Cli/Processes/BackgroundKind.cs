namespace SshMux.Cli.Processes;

/// <summary>What a background process is for.</summary>
internal enum BackgroundKind
{
    /// <summary>All that the command line asks for (-f).</summary>
    Everything,

    /// <summary>The master alone, to which the foreground process attaches as a client (ControlPersist).</summary>
    Master,
}
