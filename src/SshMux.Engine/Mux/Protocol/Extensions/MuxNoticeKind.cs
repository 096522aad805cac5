namespace SshMux.Engine.Mux.Protocol.Extensions;

/// <summary>What a <see cref="MuxNotice"/> is about. A later version may have more; they are shown like the others.</summary>
internal enum MuxNoticeKind
{
    /// <summary>The server does not answer, or the connection is lost and is being made again.</summary>
    ConnectionTrouble = 1,

    /// <summary>The trouble is over: the server answers again, or there is a new connection.</summary>
    ConnectionRestored = 2,

    /// <summary>A connection could not be forwarded, or a forward listens no more, and why.</summary>
    ForwardFailed = 3,

    /// <summary>Host keys of the server were learnt, or taken away, or have changed.</summary>
    HostKey = 4,

    /// <summary>The master ends, and why.</summary>
    Ending = 5,

    /// <summary>What the client asked for waits for the master's user, who was asked.</summary>
    QuestionWaits = 6,

    /// <summary>What the client asked for waits until the master is unlocked.</summary>
    LockWaits = 7,
}
