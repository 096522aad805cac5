using SshMux.Engine.Wire;

namespace SshMux.Engine.Channels.Messages;

/// <summary>SSH_MSG_CHANNEL_OPEN_FAILURE.</summary>
internal readonly struct ChannelOpenFailureMessage(uint recipient, OpenFailureReason reason, string text)
    : IOutgoingMessage
{
    public int MaxLength => 13 + SshWriter.StringLength(text);

    public void Write(ref SshWriter writer)
    {
        writer.WriteByte(MessageNumber.ChannelOpenFailure);
        writer.WriteUInt32(recipient);
        writer.WriteUInt32((uint)reason);
        writer.WriteString(text);
        writer.WriteUInt32(0); // language tag: none
    }
}
