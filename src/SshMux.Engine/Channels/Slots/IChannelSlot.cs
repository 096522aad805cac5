namespace SshMux.Engine.Channels.Slots;

/// <summary>
/// What stands at a number of the <see cref="ChannelTable"/>: a channel of this process, or one whose messages are passed
/// on.
/// </summary>
internal interface IChannelSlot
{
    /// <summary>Our number of the channel, which is its slot.</summary>
    uint LocalId { get; }

    /// <summary>Whether it counts as open, and if not, why. Set by the table alone, under its lock.</summary>
    ChannelStanding Standing { get; set; }

    /// <summary>One line for people, as OpenSSH 10.3 has it.</summary>
    string Describe();

    /// <summary>
    /// Takes a message for the channel as it is, beginning with its number, to pass it on. False if the channel is this
    /// process's.
    /// </summary>
    bool TryPassOn(ReadOnlySpan<byte> message);

    /// <summary>The transport was congested and is no longer. False if the channel did not wait for that.</summary>
    bool WakeSender();

    /// <summary>The connection has ended; nothing follows.</summary>
    void OnConnectionEnded(SshException reason);
}
