using SshMux.Engine.Wire;

namespace SshMux.Engine.Channels.Messages;

/// <summary>SSH_MSG_CHANNEL_OPEN; <c>extra</c> are the encoded fields of the channel type.</summary>
internal readonly ref struct ChannelOpenMessage(
    string type, uint sender, uint window, uint maxPacket, ReadOnlySpan<byte> extra) : IOutgoingMessage
{
    private readonly ReadOnlySpan<byte> _extra = extra;

    public int MaxLength => 13 + SshWriter.StringLength(type) + _extra.Length;

    public void Write(ref SshWriter writer)
    {
        writer.WriteByte(MessageNumber.ChannelOpen);
        writer.WriteString(type);
        writer.WriteUInt32(sender);
        writer.WriteUInt32(window);
        writer.WriteUInt32(maxPacket);
        writer.WriteBytes(_extra);
    }
}
