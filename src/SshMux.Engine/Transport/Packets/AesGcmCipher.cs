using System.Buffers.Binary;
using System.Security.Cryptography;

namespace SshMux.Engine.Transport.Packets;

/// <summary>
/// <c>aes128-gcm@openssh.com</c> and <c>aes256-gcm@openssh.com</c>: RFC 5647, negotiated as OpenSSH's PROTOCOL says.
/// The length field is sent in the clear and authenticated; the last 8 bytes of the nonce count the packets.
/// </summary>
internal sealed class AesGcmCipher : PacketCipher
{
    private const int LengthField = 4;
    private const int Tag = 16;

    private readonly AesGcm _aes;
    private readonly byte[] _nonce;

    public AesGcmCipher(ReadOnlySpan<byte> key, ReadOnlySpan<byte> initialNonce)
    {
        _aes = new AesGcm(key, Tag);
        _nonce = initialNonce.ToArray();
    }

    public override int BlockSize => 16;

    public override int TagLength => Tag;

    public override bool PadsLengthField => false;

    public override void Seal(uint sequenceNumber, Span<byte> packet)
    {
        var body = packet[LengthField..^Tag];
        _aes.Encrypt(_nonce, body, body, packet[^Tag..], packet[..LengthField]);
        CountUp();
    }

    public override uint ReadLength(uint sequenceNumber, Span<byte> header) =>
        BinaryPrimitives.ReadUInt32BigEndian(header);

    public override bool TryOpen(uint sequenceNumber, Span<byte> packet)
    {
        var body = packet[LengthField..^Tag];
        try
        {
            _aes.Decrypt(_nonce, body, packet[^Tag..], body, packet[..LengthField]);
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }

        CountUp();
        return true;
    }

    public override void Dispose()
    {
        _aes.Dispose();
        CryptographicOperations.ZeroMemory(_nonce);
    }

    private void CountUp()
    {
        var counter = _nonce.AsSpan(4);
        BinaryPrimitives.WriteUInt64BigEndian(counter, BinaryPrimitives.ReadUInt64BigEndian(counter) + 1);
    }
}
