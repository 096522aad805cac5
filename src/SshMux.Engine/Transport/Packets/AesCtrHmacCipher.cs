using System.Buffers.Binary;
using System.Security.Cryptography;
using SshMux.Engine.Cryptography;

namespace SshMux.Engine.Transport.Packets;

/// <summary>
/// AES in counter mode (RFC 4344) with HMAC-SHA2 (RFC 6668), either over the plaintext with the length encrypted too
/// (RFC 4253 section 6.4), or encrypt-then-MAC with the length in the clear (OpenSSH's PROTOCOL section 1.5).
/// </summary>
internal sealed class AesCtrHmacCipher : PacketCipher
{
    private const int LengthField = 4;
    private const int Block = 16;

    private readonly IAesCtr _aes;
    private readonly IncrementalHash _hmac;
    private readonly bool _encryptThenMac;

    public AesCtrHmacCipher(
        ICryptographyProvider provider,
        ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> initialCounter,
        HashAlgorithmName macHash,
        ReadOnlySpan<byte> macKey,
        bool encryptThenMac)
    {
        _aes = provider.CreateAesCtr(key, initialCounter);
        _hmac = IncrementalHash.CreateHMAC(macHash, macKey);
        _encryptThenMac = encryptThenMac;
    }

    public override int BlockSize => Block;

    public override int TagLength => _hmac.HashLengthInBytes;

    public override int HeaderLength => _encryptThenMac ? LengthField : Block;

    public override bool PadsLengthField => !_encryptThenMac;

    public override void Seal(uint sequenceNumber, Span<byte> packet)
    {
        var content = packet[..^TagLength];
        var tag = packet[^TagLength..];
        if (_encryptThenMac)
        {
            _aes.Apply(content[LengthField..]);
            ComputeTag(sequenceNumber, content, tag);
        }
        else
        {
            ComputeTag(sequenceNumber, content, tag);
            _aes.Apply(content);
        }
    }

    public override uint ReadLength(uint sequenceNumber, Span<byte> header)
    {
        if (!_encryptThenMac) _aes.Apply(header);
        return BinaryPrimitives.ReadUInt32BigEndian(header);
    }

    public override bool TryOpen(uint sequenceNumber, Span<byte> packet)
    {
        var content = packet[..^TagLength];
        Span<byte> tag = stackalloc byte[HMACSHA512.HashSizeInBytes];
        tag = tag[..TagLength];

        // Without encrypt-then-MAC the first block is decrypted already: it held the length.
        if (!_encryptThenMac) _aes.Apply(content[Block..]);
        ComputeTag(sequenceNumber, content, tag);
        if (!CryptographicOperations.FixedTimeEquals(tag, packet[^TagLength..])) return false;
        if (_encryptThenMac) _aes.Apply(content[LengthField..]);
        return true;
    }

    public override void Dispose()
    {
        _aes.Dispose();
        _hmac.Dispose();
    }

    private void ComputeTag(uint sequenceNumber, ReadOnlySpan<byte> content, Span<byte> tag)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(number, sequenceNumber);
        _hmac.AppendData(number);
        _hmac.AppendData(content);
        _hmac.GetHashAndReset(tag);
    }
}
