using System.Buffers.Binary;
using System.Security.Cryptography;
using SshMux.Engine.Cryptography;

namespace SshMux.Engine.Transport.Packets;

/// <summary>
/// <c>chacha20-poly1305@openssh.com</c> (OpenSSH's PROTOCOL.chacha20poly1305): the length field is encrypted with a key
/// of its own; the rest with the other one, from the key stream's second block on. The first block gives the key of
/// the tag, which is over all that was encrypted. The packet's sequence number is the nonce.
/// </summary>
internal sealed class ChaChaPolyCipher : PacketCipher
{
    /// <summary>The length of both keys together.</summary>
    public const int KeyLength = 2 * IChaCha20.KeyLength;

    private const int LengthField = 4;
    private const int Tag = IPoly1305.TagLength;

    private readonly IChaCha20 _content;
    private readonly IChaCha20 _length;
    private readonly IPoly1305 _poly;

    /// <summary>Takes the keys: first the one of the content, then the one of the length field.</summary>
    public ChaChaPolyCipher(ICryptographyProvider provider, ReadOnlySpan<byte> keys)
    {
        _content = provider.CreateChaCha20(keys[..IChaCha20.KeyLength]);
        _length = provider.CreateChaCha20(keys[IChaCha20.KeyLength..]);
        _poly = provider.CreatePoly1305();
    }

    public override int BlockSize => 8;

    public override int TagLength => Tag;

    public override bool PadsLengthField => false;

    public override void Seal(uint sequenceNumber, Span<byte> packet)
    {
        _length.Apply(sequenceNumber, firstBlock: 0, packet[..LengthField]);
        _content.Apply(sequenceNumber, firstBlock: 1, packet[LengthField..^Tag]);
        ComputeTag(sequenceNumber, packet[..^Tag], packet[^Tag..]);
    }

    /// <summary>Leaves the header as it is, because the tag is over the encrypted length.</summary>
    public override uint ReadLength(uint sequenceNumber, Span<byte> header)
    {
        Span<byte> length = stackalloc byte[LengthField];
        header.CopyTo(length);
        _length.Apply(sequenceNumber, firstBlock: 0, length);
        return BinaryPrimitives.ReadUInt32BigEndian(length);
    }

    public override bool TryOpen(uint sequenceNumber, Span<byte> packet)
    {
        Span<byte> tag = stackalloc byte[Tag];
        ComputeTag(sequenceNumber, packet[..^Tag], tag);
        if (!CryptographicOperations.FixedTimeEquals(tag, packet[^Tag..])) return false;
        _content.Apply(sequenceNumber, firstBlock: 1, packet[LengthField..^Tag]);
        return true;
    }

    public override void Dispose()
    {
        _content.Dispose();
        _length.Dispose();
        _poly.Dispose();
    }

    private void ComputeTag(uint sequenceNumber, ReadOnlySpan<byte> encrypted, Span<byte> tag)
    {
        Span<byte> key = stackalloc byte[IPoly1305.KeyLength];
        key.Clear();
        _content.Apply(sequenceNumber, firstBlock: 0, key);
        _poly.ComputeTag(key, encrypted, tag);
        CryptographicOperations.ZeroMemory(key);
    }
}
