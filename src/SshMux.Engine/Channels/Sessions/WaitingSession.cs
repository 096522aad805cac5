namespace SshMux.Engine.Channels.Sessions;

/// <summary>Somebody who wants a session and does not have it yet.</summary>
internal sealed class WaitingSession
{
    private readonly TaskCompletionSource<Channel> _opened;

    /// <param name="handler">What is to stand behind the session on this side.</param>
    /// <param name="asker">Who asks.</param>
    /// <param name="asked">When, as a timestamp of the clock.</param>
    public WaitingSession(IChannelHandler handler, SessionAsker asker, long asked)
    {
        Handler = handler;
        Asker = asker;
        Asked = asked;
        _opened = new TaskCompletionSource<Channel>(
            handler.ContinuesInline ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>What is to stand behind the session on this side.</summary>
    public IChannelHandler Handler { get; }

    /// <summary>Who asks.</summary>
    public SessionAsker Asker { get; }

    /// <summary>Since when, as a timestamp of the clock.</summary>
    public long Asked { get; }

    /// <summary>Whether it has waited for others to end.</summary>
    public bool HasWaited { get; set; }

    /// <summary>Whether who asks has been told that it waits.</summary>
    public bool IsTold { get; set; }

    /// <summary>Completes with the session, or faults with what it is refused for.</summary>
    public Task<Channel> Opened => _opened.Task;

    /// <summary>Gives the session, whose handler knows it already. Who wants none any more has it closed.</summary>
    public void Give(Channel channel)
    {
        if (!_opened.TrySetResult(channel)) channel.Close();
    }

    /// <summary>There is no session.</summary>
    public void Refuse(SshException reason) => _opened.TrySetException(reason);

    /// <summary>It is not wanted any more.</summary>
    public void GiveUp(CancellationToken cancellationToken) => _opened.TrySetCanceled(cancellationToken);
}
