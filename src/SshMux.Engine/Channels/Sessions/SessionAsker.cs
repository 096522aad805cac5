namespace SshMux.Engine.Channels.Sessions;

/// <summary>One of those who share the sessions of a pool, and take turns when there are not enough.</summary>
/// <param name="pool">The pool.</param>
/// <param name="client">Who it is: those with the same take their turns as one.</param>
/// <param name="onWaiting">
/// Told with a sentence when a session has to wait for longer than a moment; may come on any thread and must not block.
/// </param>
internal sealed class SessionAsker(SessionPool pool, int client, Action<string>? onWaiting) : ISessionSource
{
    /// <summary>Who it is.</summary>
    public int Client => client;

    /// <inheritdoc/>
    public Task<Channel> OpenSessionAsync(IChannelHandler handler, CancellationToken cancellationToken) =>
        pool.OpenSessionAsync(handler, this, cancellationToken);

    /// <summary>Tells that its session waits.</summary>
    public void TellWaiting(string sentence) => onWaiting?.Invoke(sentence);
}
