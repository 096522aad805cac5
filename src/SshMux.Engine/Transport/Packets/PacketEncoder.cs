using System.Buffers.Binary;
using System.Security.Cryptography;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Transport.Packets;

/// <summary>
/// Turns messages into packets: header, padding, encryption. One direction of a connection; not thread-safe.
/// </summary>
internal sealed class PacketEncoder : IDisposable
{
    /// <summary>The most that a packet is longer than its message: header, padding and the longest tag.</summary>
    public const int MaxOverhead = 5 + MinPadding + 16 + 64;

    private const int MinPadding = 4;

    private readonly byte[] _randomPadding = new byte[4096];
    private int _randomLeft;
    private PacketCipher _cipher = new PlainCipher();

    /// <summary>The number of the next packet, modulo 2^32.</summary>
    public uint SequenceNumber { get; private set; }

    /// <summary>How many packets were encoded with the present keys.</summary>
    public long PacketsWithKey { get; private set; }

    /// <summary>How many bytes were encoded with the present keys.</summary>
    public long BytesWithKey { get; private set; }

    /// <summary>
    /// Encodes a message at the beginning of <paramref name="destination"/>, which must have room for
    /// <see cref="IOutgoingMessage.MaxLength"/> + <see cref="MaxOverhead"/> bytes. Returns the length of the packet.
    /// </summary>
    public int Encode<TMessage>(in TMessage message, Span<byte> destination)
        where TMessage : IOutgoingMessage, allows ref struct
    {
        var writer = new SshWriter(destination.Slice(5, message.MaxLength));
        message.Write(ref writer);

        var block = _cipher.BlockSize;
        var unpadded = 1 + writer.Length;
        var padding = block - (((_cipher.PadsLengthField ? 4 : 0) + unpadded) % block);
        if (padding < MinPadding) padding += block;
        BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)(unpadded + padding));
        destination[4] = (byte)padding;
        FillPadding(destination.Slice(4 + unpadded, padding));

        var length = 4 + unpadded + padding + _cipher.TagLength;
        _cipher.Seal(SequenceNumber, destination[..length]);
        SequenceNumber = unchecked(SequenceNumber + 1);
        PacketsWithKey++;
        BytesWithKey += length;
        return length;
    }

    /// <summary>
    /// How many cipher blocks the packets with the present keys have; what only authenticates is not counted.
    /// </summary>
    public long BlocksWithKey =>
        (BytesWithKey - (PacketsWithKey * (_cipher.TagLength + (_cipher.PadsLengthField ? 0 : 4)))) / _cipher.BlockSize;

    /// <summary>The size of the present cipher's blocks, in bytes.</summary>
    public int BlockSize => _cipher.BlockSize;

    /// <summary>Takes new keys into use, as after SSH_MSG_NEWKEYS.</summary>
    public void ChangeCipher(PacketCipher cipher, bool resetSequenceNumber)
    {
        _cipher.Dispose();
        _cipher = cipher;
        PacketsWithKey = 0;
        BytesWithKey = 0;
        if (resetSequenceNumber) SequenceNumber = 0;
    }

    public void Dispose() => _cipher.Dispose();

    /// <summary>
    /// Random bytes are drawn in bulk: one at a time, they cost as much as encrypting a small packet.
    /// </summary>
    private void FillPadding(Span<byte> padding)
    {
        if (_randomLeft < padding.Length)
        {
            RandomNumberGenerator.Fill(_randomPadding);
            _randomLeft = _randomPadding.Length;
        }

        _randomLeft -= padding.Length;
        _randomPadding.AsSpan(_randomLeft, padding.Length).CopyTo(padding);
    }
}
