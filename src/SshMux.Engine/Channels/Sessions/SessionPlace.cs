namespace SshMux.Engine.Channels.Sessions;

/// <summary>
/// A session that the server was asked for, and that goes to whoever's turn it is when it is granted: so nobody is
/// overtaken by one whose request met the server at a better moment.
/// </summary>
/// <param name="kind">On what grounds it was asked for.</param>
/// <param name="take">Takes the one whose turn it is; null if nobody waits any more.</param>
internal sealed class SessionPlace(SessionPlaceKind kind, Func<WaitingSession?> take) : IChannelHandler
{
    /// <summary>On what grounds it was asked for.</summary>
    public SessionPlaceKind Kind { get; set; } = kind;

    /// <summary>Who has it.</summary>
    public WaitingSession? Taker { get; private set; }

    bool IChannelHandler.ContinuesInline => true;

    void IChannelHandler.OnOpened(Channel channel)
    {
        Taker = take();
        if (Taker is null) channel.Close();
        else channel.HandOver(Taker.Handler);
    }

    void IChannelHandler.OnData(ReadOnlySpan<byte> data)
    {
    }

    void IChannelHandler.OnExtendedData(ReadOnlySpan<byte> data)
    {
    }

    void IChannelHandler.OnEof()
    {
    }

    void IChannelHandler.OnWritable()
    {
    }

    void IChannelHandler.OnExit(CommandExit exit)
    {
    }

    void IChannelHandler.OnClosed(SshException? reason)
    {
    }
}
