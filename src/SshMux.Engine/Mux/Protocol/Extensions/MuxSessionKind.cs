namespace SshMux.Engine.Mux.Protocol.Extensions;

/// <summary>What a session is, as <see cref="MuxSessionDescription"/> numbers it.</summary>
internal enum MuxSessionKind
{
    /// <summary>One of a later version, or a channel on which nothing has been asked for yet.</summary>
    Unknown = 0,

    /// <summary>A login shell.</summary>
    Shell = 1,

    /// <summary>A command.</summary>
    Exec = 2,

    /// <summary>A subsystem, such as sftp.</summary>
    Subsystem = 3,

    /// <summary>A stdio forward (ssh -W); its command is HOST:PORT, or a path.</summary>
    StdioForward = 4,
}
