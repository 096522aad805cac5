namespace SshMux.PowerShell.Objects;

/// <summary>Where a master is in its life.</summary>
public enum MasterState
{
    /// <summary>Connected; takes commands and clients.</summary>
    Open = 0,

    /// <summary>
    /// The connection was lost and is being made again (SshMuxReconnect); commands and clients wait for it.
    /// </summary>
    Reconnecting = 3,

    /// <summary>Connected; opens nothing new until it is unlocked (Lock-SshMaster). What runs goes on.</summary>
    Locked = 4,

    /// <summary>
    /// Takes no more clients on its control socket, and ends with its last session (Stop-SshMux -Graceful).
    /// </summary>
    Finishing = 1,

    /// <summary>Ended; EndReason says why.</summary>
    Ended = 2,
}
