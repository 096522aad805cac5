using SshMux.Engine.Wire;

namespace SshMux.Engine.Channels.Messages;

/// <summary>SSH_MSG_CHANNEL_DATA.</summary>
internal readonly ref struct ChannelDataMessage(uint recipient, ReadOnlySpan<byte> data) : IOutgoingMessage
{
    private readonly ReadOnlySpan<byte> _data = data;

    public static bool IsChannelData => true;

    public int MaxLength => 9 + _data.Length;

    public void Write(ref SshWriter writer)
    {
        writer.WriteByte(MessageNumber.ChannelData);
        writer.WriteUInt32(recipient);
        writer.WriteString(_data);
    }
}
