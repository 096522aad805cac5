using System.Buffers.Binary;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Channels;

// Channels whose messages are passed on, for clients of a master in proxy mode.
public sealed partial class SshConnection
{
    /// <summary>The transport was congested and is no longer; raised on any thread.</summary>
    internal event Action? Writable;

    /// <summary>Whether so much waits to be sent that bulk senders should pause.</summary>
    internal bool IsCongested => _transport.IsCongested;

    /// <summary>Opens a channel for somebody else.</summary>
    /// <exception cref="SshException">Why the connection has ended.</exception>
    internal ProxiedChannel OpenProxied(
        string type, uint ownerId, uint window, uint maxPacket, ReadOnlySpan<byte> fields, IProxiedChannelOwner owner)
    {
        var channel = AddChannel(slot => new ProxiedChannel(this, _transport, slot, type, ownerId, window, owner));
        _transport.Send(new ChannelOpenMessage(
            type, channel.LocalId, window, Math.Min(maxPacket, Channel.MaxPacket), fields));
        return channel;
    }

    internal void Offer(IncomingChannel incoming, IProxiedChannelOwner owner)
    {
        var channel = AddChannel(slot => new ProxiedChannel(this, _transport, slot, incoming, owner));
        owner.OnOffered(channel, incoming);
    }

    /// <summary>The proxied channel with a number of ours; null if there is none.</summary>
    internal ProxiedChannel? FindProxied(uint number)
    {
        var channels = _channels;
        return number < channels.Length ? channels[number] as ProxiedChannel : null;
    }

    internal void RemoveSlot(IChannelSlot slot)
    {
        lock (_channelsLock)
        {
            // The connection may have ended meanwhile, and have removed them all.
            if (slot.LocalId >= _channels.Length || _channels[slot.LocalId] != slot) return;
            _channels[slot.LocalId] = null;
            _freeSlots.Push((int)slot.LocalId);
            if (slot is not (Channel { WasIdle: true } or Channel { IsSpare: true })) _channelCount--;
        }

        (slot as Channel)?.EndUse();
        if (slot is Channel { Type: "session", IsSpare: false }) _spares?.OnSessionEnded();

        RaiseChannelRemoved();
    }

    private bool TryPassOn(byte number, ReadOnlySpan<byte> message)
    {
        if (number <= MessageNumber.ChannelOpen || message.Length < 5) return false;
        if (FindProxied(BinaryPrimitives.ReadUInt32BigEndian(message[1..])) is not { } channel) return false;
        channel.OnMessage(message);
        return true;
    }
}
