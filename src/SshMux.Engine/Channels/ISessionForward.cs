namespace SshMux.Engine.Channels;

/// <summary>
/// Something of this machine, the agent or the X server, that a session may ask for beside its program. Until one has, the
/// server's attempts to reach it are refused.
/// </summary>
internal interface ISessionForward
{
    /// <summary>
    /// Finds out what is needed to ask for it; to be called before the rest. False, and the reason is in the log, if there
    /// can be no forwarding.
    /// </summary>
    ValueTask<bool> PrepareAsync(CancellationToken cancellationToken) => new(true);

    /// <summary>
    /// Lets the server reach it from now on. False, and the reason is in the log, if it cannot be reached from here.
    /// </summary>
    bool TryAllow(IncomingChannels incoming);

    /// <summary>Asks for it in a session whose program is not started yet; gives whether the server agrees.</summary>
    Task<bool> RequestAsync(Channel session);

    /// <summary>Tells the user what the server refuses.</summary>
    void Complain(string text)
    {
    }
}
