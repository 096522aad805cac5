using SshMux.Engine.Wire;

namespace SshMux.Engine.Channels.Messages;

/// <summary>SSH_MSG_CHANNEL_WINDOW_ADJUST.</summary>
internal readonly struct ChannelWindowAdjustMessage(uint recipient, uint bytes) : IOutgoingMessage
{
    public int MaxLength => 9;

    public void Write(ref SshWriter writer)
    {
        writer.WriteByte(MessageNumber.ChannelWindowAdjust);
        writer.WriteUInt32(recipient);
        writer.WriteUInt32(bytes);
    }
}
