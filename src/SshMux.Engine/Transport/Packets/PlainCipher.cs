using System.Buffers.Binary;

namespace SshMux.Engine.Transport.Packets;

/// <summary>No encryption and no MAC: how packets go before the first SSH_MSG_NEWKEYS.</summary>
internal sealed class PlainCipher : PacketCipher
{
    public override int BlockSize => 8;

    public override int TagLength => 0;

    public override bool PadsLengthField => true;

    public override void Seal(uint sequenceNumber, Span<byte> packet)
    {
    }

    public override uint ReadLength(uint sequenceNumber, Span<byte> header) =>
        BinaryPrimitives.ReadUInt32BigEndian(header);

    public override bool TryOpen(uint sequenceNumber, Span<byte> packet) => true;

    public override void Dispose()
    {
    }
}
