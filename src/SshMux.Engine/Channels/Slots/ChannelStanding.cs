namespace SshMux.Engine.Channels.Slots;

/// <summary>Whether a channel counts as open.</summary>
internal enum ChannelStanding
{
    /// <summary>It counts: it is open, being opened or being closed.</summary>
    Counted,

    /// <summary>A session that was opened in advance, and that nobody has yet.</summary>
    Spare,

    /// <summary>
    /// It was closed because it was idle: its handler has heard of it, and only its number is taken until the peer has
    /// closed it, too.
    /// </summary>
    Expired,
}
