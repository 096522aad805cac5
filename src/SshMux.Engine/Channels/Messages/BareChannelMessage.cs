using SshMux.Engine.Wire;

namespace SshMux.Engine.Channels.Messages;

/// <summary>A message that is nothing but its number and its channel: EOF, CLOSE, SUCCESS or FAILURE.</summary>
internal readonly struct BareChannelMessage(byte number, uint recipient) : IOutgoingMessage
{
    public int MaxLength => 5;

    public void Write(ref SshWriter writer)
    {
        writer.WriteByte(number);
        writer.WriteUInt32(recipient);
    }
}
