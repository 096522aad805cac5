namespace SshMux.Engine.Channels;

/// <summary>
/// What stands behind one channel on our side. All methods but <see cref="OnWritable"/> are called on the connection's
/// receive loop, one at a time, and must not block: a handler that did would stop every other channel.
/// </summary>
internal interface IChannelHandler
{
    /// <summary>
    /// Whether those who wait for the channel to be opened, and for answers to its requests, go on on the receive loop,
    /// too: then what they send leaves together. They must not block either.
    /// </summary>
    internal bool ContinuesInline => false;

    /// <summary>
    /// The peer confirmed the channel (SSH_MSG_CHANNEL_OPEN_CONFIRMATION). The first call. Of a session that was open in
    /// advance it comes on the thread that asked for one.
    /// </summary>
    void OnOpened(Channel channel);

    /// <summary>
    /// Data (SSH_MSG_CHANNEL_DATA), valid only during the call. The handler takes all of it, by writing it on or by
    /// keeping a copy, and calls <see cref="Channel.Consumed"/> as the bytes really leave; what it keeps is bounded by
    /// the window.
    /// </summary>
    void OnData(ReadOnlySpan<byte> data);

    /// <summary>
    /// Data of the error stream (SSH_MSG_CHANNEL_EXTENDED_DATA, SSH_EXTENDED_DATA_STDERR), valid only during the call.
    /// It takes from the one window that the channel has, and is given back by <see cref="Channel.Consumed"/>.
    /// </summary>
    void OnExtendedData(ReadOnlySpan<byte> data);

    /// <summary>The peer sends no more data (SSH_MSG_CHANNEL_EOF).</summary>
    void OnEof();

    /// <summary>
    /// After <see cref="Channel.TrySend"/> or <see cref="Channel.SendAllowance"/> came short: try again. May come from
    /// any thread, and without need.
    /// </summary>
    void OnWritable();

    /// <summary>The remote program ended (exit-status or exit-signal, RFC 4254 section 6.10).</summary>
    void OnExit(CommandExit exit);

    /// <summary>The peer reads no more of what we send (eow@openssh.com); sending more is pointless.</summary>
    void OnPeerStoppedReading()
    {
    }

    /// <summary>What this side's ends are doing, for the list of channels. May come from any thread.</summary>
    internal ChannelEndStatus DescribeEnds() => ChannelEndStatus.Unknown;

    /// <summary>
    /// The channel is closed on both sides (<paramref name="reason"/> is null), or the connection ended with the reason.
    /// The last call.
    /// </summary>
    void OnClosed(SshException? reason);
}
