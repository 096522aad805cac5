namespace SshMux.Engine.Mux.Protocol.Extensions;

/// <summary>Where a session is in its life, as <see cref="MuxSessionDescription"/> numbers it.</summary>
internal enum MuxSessionState
{
    /// <summary>One of a later version.</summary>
    Unknown = 0,

    /// <summary>It waits: for the master's user, for the end of a lock, or for the server to have room for it.</summary>
    Waiting = 1,

    /// <summary>The server has been asked for it.</summary>
    Opening = 2,

    /// <summary>It runs.</summary>
    Open = 3,

    /// <summary>It has been closed on this side, or the program has ended; what is left is written.</summary>
    Closing = 4,
}
