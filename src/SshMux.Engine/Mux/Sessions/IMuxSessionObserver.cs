namespace SshMux.Engine.Mux.Sessions;

/// <summary>Somebody who wants to know of sessions that come and go. Must neither block nor throw.</summary>
internal interface IMuxSessionObserver
{
    /// <summary>A session's channel is open: its traffic can be watched. Of those that are open already, at once.</summary>
    void OnOpened(MuxSessionEntry session);

    /// <summary>A session has ended; of one that was not open, too.</summary>
    void OnEnded(MuxSessionEntry session);
}
