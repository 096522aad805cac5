using SshMux.Engine.Wire;

namespace SshMux.Engine.Channels.Messages;

/// <summary>SSH_MSG_REQUEST_SUCCESS with the data of the request type.</summary>
internal readonly ref struct RequestSuccessMessage(ReadOnlySpan<byte> data) : IOutgoingMessage
{
    private readonly ReadOnlySpan<byte> _data = data;

    public int MaxLength => 1 + _data.Length;

    public void Write(ref SshWriter writer)
    {
        writer.WriteByte(MessageNumber.RequestSuccess);
        writer.WriteBytes(_data);
    }
}
