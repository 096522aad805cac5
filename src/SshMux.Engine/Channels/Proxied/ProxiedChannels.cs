using SshMux.Engine.Channels.Messages;

namespace SshMux.Engine.Channels.Proxied;

/// <summary>Channels whose messages are passed on, for clients of a master in proxy mode.</summary>
internal static class ProxiedChannels
{
    /// <summary>Opens a channel for somebody else.</summary>
    /// <exception cref="SshException">Why the connection has ended.</exception>
    public static ProxiedChannel OpenProxied(
        this SshConnection connection,
        string type,
        uint ownerId,
        uint window,
        uint maxPacket,
        ReadOnlySpan<byte> fields,
        IProxiedChannelOwner owner)
    {
        var context = connection.Context;
        var channel = context.Table.Add(number => new ProxiedChannel(context, number, type, ownerId, window, owner));
        context.Transport.Send(new ChannelOpenMessage(
            type, channel.LocalId, window, Math.Min(maxPacket, ReceiveWindow.MaxPacket), fields));
        return channel;
    }

    /// <summary>The proxied channel with a number of ours; null if there is none.</summary>
    public static ProxiedChannel? FindProxied(this SshConnection connection, uint number) =>
        connection.Context.Table.Find(number) as ProxiedChannel;

    /// <summary>
    /// Leaves a channel that the server wants to open, and the answer, to somebody else, who hears of it (
    /// <see cref="IProxiedChannelOwner.OnOffered"/>) before this returns.
    /// </summary>
    /// <exception cref="SshException">Why the connection has ended.</exception>
    public static void PassOn(this IncomingChannel incoming, IProxiedChannelOwner owner)
    {
        incoming.Decide();
        var context = incoming.Connection;
        var channel = context.Table.Add(number => new ProxiedChannel(context, number, incoming, owner));
        owner.OnOffered(channel, incoming);
    }
}
