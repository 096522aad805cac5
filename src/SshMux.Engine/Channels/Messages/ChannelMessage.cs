using SshMux.Engine.Wire;

namespace SshMux.Engine.Channels.Messages;

/// <summary>Any message to a channel; <c>rest</c> follows the channel number.</summary>
internal readonly ref struct ChannelMessage(byte number, uint recipient, ReadOnlySpan<byte> rest) : IOutgoingMessage
{
    private readonly ReadOnlySpan<byte> _rest = rest;

    public int MaxLength => 5 + _rest.Length;

    public void Write(ref SshWriter writer)
    {
        writer.WriteByte(number);
        writer.WriteUInt32(recipient);
        writer.WriteBytes(_rest);
    }
}
