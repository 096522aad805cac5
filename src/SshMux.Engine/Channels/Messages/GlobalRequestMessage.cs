using SshMux.Engine.Wire;

namespace SshMux.Engine.Channels.Messages;

/// <summary>SSH_MSG_GLOBAL_REQUEST; <c>extra</c> are the encoded fields of the request type.</summary>
internal readonly ref struct GlobalRequestMessage(string type, bool wantReply, ReadOnlySpan<byte> extra)
    : IOutgoingMessage
{
    private readonly ReadOnlySpan<byte> _extra = extra;

    public int MaxLength => 2 + SshWriter.StringLength(type) + _extra.Length;

    public void Write(ref SshWriter writer)
    {
        writer.WriteByte(MessageNumber.GlobalRequest);
        writer.WriteString(type);
        writer.WriteBoolean(wantReply);
        writer.WriteBytes(_extra);
    }
}
