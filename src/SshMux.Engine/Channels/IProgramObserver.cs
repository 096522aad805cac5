namespace SshMux.Engine.Channels;

/// <summary>Who wants to know of the programs that this process starts over a connection, for itself.</summary>
internal interface IProgramObserver
{
    /// <summary>
    /// A program is about to be asked for, on a session that is open. May come from any thread, and must not block;
    /// <see cref="Channel.WhenRemoved"/> tells the end.
    /// </summary>
    void OnStarting(Channel channel, SessionRequest request);
}
