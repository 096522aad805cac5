namespace SshMux.Engine.Mux.Protocol.Extensions;

/// <summary>What <see cref="MuxWatched"/> tells.</summary>
internal enum MuxWatchedKind
{
    /// <summary>Data to the server: a program's standard input.</summary>
    Input = 0,

    /// <summary>Data from the server: standard output.</summary>
    Output = 1,

    /// <summary>Data from the server: error output.</summary>
    Error = 2,

    /// <summary>So many bytes of the session passed unseen, because the watcher was too slow.</summary>
    Lost = 3,

    /// <summary>The session has begun; the data is its command.</summary>
    Begun = 4,

    /// <summary>The session has ended; nothing of it follows.</summary>
    Ended = 5,
}
