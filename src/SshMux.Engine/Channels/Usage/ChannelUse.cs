namespace SshMux.Engine.Channels.Usage;

/// <summary>What a channel is used for, as far as the network should know.</summary>
internal enum ChannelUse
{
    /// <summary>Not known yet, or little: a session that runs nothing so far, the agent.</summary>
    Light,

    /// <summary>Somebody types.</summary>
    Terminal,

    /// <summary>All else: whatever is said there, it may be much.</summary>
    Bulk,
}
