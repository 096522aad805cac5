namespace SshMux.Engine.Configuration;

/// <summary>What a master does with a session that the server grants no place (<see cref="SessionOverflow"/>).</summary>
internal enum SessionOverflowMode
{
    /// <summary>It waits for its turn.</summary>
    Queue,

    /// <summary>It gets a place on a further connection; if there is none to be had, it waits for its turn.</summary>
    Connect,

    /// <summary>It is refused at once, as with ssh(1).</summary>
    Refuse,
}
