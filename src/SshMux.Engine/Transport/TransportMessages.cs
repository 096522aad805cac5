using SshMux.Engine.Wire;

namespace SshMux.Engine.Transport;

// The messages of the transport layer (RFC 4253) that we send.

/// <summary>SSH_MSG_DISCONNECT; the text is ASCII.</summary>
internal readonly struct DisconnectMessage(DisconnectReason reason, string text) : IOutgoingMessage
{
    public int MaxLength => 13 + text.Length;

    public void Write(ref SshWriter writer)
    {
        writer.WriteByte(MessageNumber.Disconnect);
        writer.WriteUInt32((uint)reason);
        writer.WriteString(text);
        writer.WriteUInt32(0); // language tag: none
    }
}

/// <summary>SSH_MSG_UNIMPLEMENTED.</summary>
internal readonly struct UnimplementedMessage(uint sequenceNumber) : IOutgoingMessage
{
    public int MaxLength => 5;

    public void Write(ref SshWriter writer)
    {
        writer.WriteByte(MessageNumber.Unimplemented);
        writer.WriteUInt32(sequenceNumber);
    }
}

/// <summary>SSH_MSG_NEWKEYS.</summary>
internal readonly struct NewKeysMessage : IOutgoingMessage
{
    public int MaxLength => 1;

    public void Write(ref SshWriter writer) => writer.WriteByte(MessageNumber.NewKeys);
}

/// <summary>SSH_MSG_EXT_INFO (RFC 8308) with what a client of OpenSSH announces.</summary>
internal readonly struct ExtInfoMessage : IOutgoingMessage
{
    private const string InAuthentication = "ext-info-in-auth@openssh.com";
    private const string Version = "0";

    public int MaxLength => 13 + InAuthentication.Length + Version.Length;

    public void Write(ref SshWriter writer)
    {
        writer.WriteByte(MessageNumber.ExtInfo);
        writer.WriteUInt32(1);
        writer.WriteString(InAuthentication);
        writer.WriteString(Version);
    }
}

/// <summary>SSH2_MSG_PONG with the data of the SSH2_MSG_PING (OpenSSH's PROTOCOL section 1.8).</summary>
internal readonly ref struct PongMessage(ReadOnlySpan<byte> data) : IOutgoingMessage
{
    private readonly ReadOnlySpan<byte> _data = data;

    public int MaxLength => 5 + _data.Length;

    public void Write(ref SshWriter writer)
    {
        writer.WriteByte(MessageNumber.Pong);
        writer.WriteString(_data);
    }
}

/// <summary>SSH2_MSG_PING (OpenSSH's PROTOCOL section 1.8).</summary>
internal readonly ref struct PingMessage(ReadOnlySpan<byte> data) : IOutgoingMessage
{
    private readonly ReadOnlySpan<byte> _data = data;

    public int MaxLength => 5 + _data.Length;

    public void Write(ref SshWriter writer)
    {
        writer.WriteByte(MessageNumber.Ping);
        writer.WriteString(_data);
    }
}

/// <summary>
/// Our public value: SSH_MSG_KEX_ECDH_INIT and its like, or with another number SSH_MSG_KEX_DH_GEX_INIT.
/// </summary>
internal readonly ref struct KexEcdhInitMessage(
    ReadOnlySpan<byte> publicValue, byte number = MessageNumber.KexEcdhInit) : IOutgoingMessage
{
    private readonly ReadOnlySpan<byte> _publicValue = publicValue;

    public int MaxLength => 5 + _publicValue.Length;

    public void Write(ref SshWriter writer)
    {
        writer.WriteByte(number);
        writer.WriteString(_publicValue);
    }
}

/// <summary>A message that is encoded already.</summary>
internal readonly ref struct EncodedMessage(ReadOnlySpan<byte> message) : IOutgoingMessage
{
    private readonly ReadOnlySpan<byte> _message = message;

    public int MaxLength => _message.Length;

    public void Write(ref SshWriter writer) => writer.WriteBytes(_message);
}
