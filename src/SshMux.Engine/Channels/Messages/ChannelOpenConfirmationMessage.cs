using SshMux.Engine.Wire;

namespace SshMux.Engine.Channels.Messages;

/// <summary>SSH_MSG_CHANNEL_OPEN_CONFIRMATION.</summary>
internal readonly struct ChannelOpenConfirmationMessage(uint recipient, uint sender, uint window, uint maxPacket)
    : IOutgoingMessage
{
    public int MaxLength => 17;

    public void Write(ref SshWriter writer)
    {
        writer.WriteByte(MessageNumber.ChannelOpenConfirmation);
        writer.WriteUInt32(recipient);
        writer.WriteUInt32(sender);
        writer.WriteUInt32(window);
        writer.WriteUInt32(maxPacket);
    }
}
