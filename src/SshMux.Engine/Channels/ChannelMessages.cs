using SshMux.Engine.Wire;

namespace SshMux.Engine.Channels;

// The messages of RFC 4254 that we send, as structs that encode themselves into the transport's send buffer.

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

/// <summary>The messages that consist of a number and a channel: EOF, CLOSE, SUCCESS, FAILURE.</summary>
internal readonly struct ChannelSignalMessage(byte number, uint recipient) : IOutgoingMessage
{
    public int MaxLength => 5;

    public void Write(ref SshWriter writer)
    {
        writer.WriteByte(number);
        writer.WriteUInt32(recipient);
    }
}

/// <summary>SSH_MSG_CHANNEL_REQUEST; <c>extra</c> are the encoded fields of the request type.</summary>
internal readonly ref struct ChannelRequestMessage(
    uint recipient, string type, bool wantReply, ReadOnlySpan<byte> extra) : IOutgoingMessage
{
    private readonly ReadOnlySpan<byte> _extra = extra;

    public int MaxLength => 6 + SshWriter.StringLength(type) + _extra.Length;

    public void Write(ref SshWriter writer)
    {
        writer.WriteByte(MessageNumber.ChannelRequest);
        writer.WriteUInt32(recipient);
        writer.WriteString(type);
        writer.WriteBoolean(wantReply);
        writer.WriteBytes(_extra);
    }
}

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

/// <summary>SSH_MSG_REQUEST_FAILURE: our answer to every global request that we do not know.</summary>
internal readonly struct RequestFailureMessage : IOutgoingMessage
{
    public int MaxLength => 1;

    public void Write(ref SshWriter writer) => writer.WriteByte(MessageNumber.RequestFailure);
}

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
