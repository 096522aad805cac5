namespace SshMux.Engine.Configuration;

/// <summary>What a session is to run (ssh_config's SessionType).</summary>
internal enum SessionType
{
    /// <summary>The command, or a shell without one.</summary>
    Default,

    /// <summary>The subsystem that the command names.</summary>
    Subsystem,

    /// <summary>Nothing: the connection is there for its forwards and its clients.</summary>
    None,
}
