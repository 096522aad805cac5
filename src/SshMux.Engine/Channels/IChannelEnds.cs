namespace SshMux.Engine.Channels;

/// <summary>What carries a channel's data on to something else on this side, and that one's data back.</summary>
internal interface IChannelEnds : IChannelHandler
{
    /// <summary>
    /// Completes, never faults, when the channel is closed (or the connection ended) and everything that arrived has been
    /// carried on; or at once with <see cref="Abort"/>.
    /// </summary>
    Task<ChannelEnd> Completion { get; }

    /// <summary>
    /// What is carried on before anything that comes from the channel, once that is open; to be set before.
    /// </summary>
    ReadOnlyMemory<byte> Preface { get; set; }

    /// <summary>
    /// Ends it from this side: closes everything at once and drops what was not carried on. A channel that is still being
    /// opened is closed when it is. To be called, too, when the opening fails.
    /// </summary>
    void Abort();
}
