using SshMux.Engine.Wire;

namespace SshMux.Engine.Transport.KeyExchange;

/// <summary>SSH_MSG_KEX_DH_GEX_REQUEST (RFC 4419 section 3); the sizes are in bits.</summary>
internal readonly struct GroupExchangeRequestMessage(int preferredBits) : IOutgoingMessage
{
    public int MaxLength => 13;

    public void Write(ref SshWriter writer)
    {
        writer.WriteByte(MessageNumber.KexDhGexRequest);
        writer.WriteUInt32(GroupExchange.MinimumBits);
        writer.WriteUInt32((uint)preferredBits);
        writer.WriteUInt32(GroupExchange.MaximumBits);
    }
}
