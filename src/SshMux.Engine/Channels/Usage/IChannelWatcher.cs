namespace SshMux.Engine.Channels.Usage;

/// <summary>
/// Somebody who sees what goes through a channel. Called where it is sent and received, the receive loop among them: it
/// must neither block nor throw, and keeps a copy of what it wants.
/// </summary>
internal interface IChannelWatcher
{
    /// <summary>Data has passed.</summary>
    /// <param name="flow">Which way.</param>
    /// <param name="data">The data, valid only during the call.</param>
    void OnData(ChannelFlow flow, ReadOnlySpan<byte> data);
}
