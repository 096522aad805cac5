namespace SshMux.PowerShell.Objects;

/// <summary>Where a master is in its life.</summary>
public enum MasterState
{
    /// <summary>Connected; takes commands and clients.</summary>
    Open,

    /// <summary>
    /// Takes no more clients on its control socket, and ends with its last session (Stop-SshMux -Graceful).
    /// </summary>
    Finishing,

    /// <summary>Ended; EndReason says why.</summary>
    Ended,
}
