namespace SshMux.Engine.Channels.Proxied;

/// <summary>
/// Who has opened, or is offered, a <see cref="ProxiedChannel"/>. Called on the connection's receive loop, but for
/// <see cref="OnRemoved"/>; nothing here may block.
/// </summary>
internal interface IProxiedChannelOwner
{
    /// <summary>
    /// A message of the server, to be passed on with the owner's number of the channel in the place of ours.
    /// </summary>
    /// <param name="channel">The channel.</param>
    /// <param name="number">The message number.</param>
    /// <param name="rest">What follows the channel number, valid during the call.</param>
    void OnMessage(ProxiedChannel channel, byte number, ReadOnlySpan<byte> rest);

    /// <summary>The server opens a channel, which the owner confirms or refuses.</summary>
    void OnOffered(ProxiedChannel channel, IncomingChannel incoming);

    /// <summary>The channel is no more: closed on both sides, or refused. The last call; from any thread.</summary>
    void OnRemoved(ProxiedChannel channel);
}
