namespace SshMux.Engine.Channels;

/// <summary>
/// What stands at a number of the slot table: a channel of this process, or one whose messages are passed on.
/// </summary>
internal interface IChannelSlot
{
    /// <summary>Our number of the channel, which is its slot.</summary>
    uint LocalId { get; }

    /// <summary>One line for people, as OpenSSH 10.3 has it.</summary>
    string Describe();

    /// <summary>The transport was congested and is no longer. False if the channel did not wait for that.</summary>
    bool WakeSender();

    /// <summary>The connection has ended; nothing follows.</summary>
    void OnConnectionEnded(SshException reason);
}
