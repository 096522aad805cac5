namespace SshMux.Engine.Transport.Packets;

/// <summary>
/// Protects the packets of one direction in place. A packet (RFC 4253 section 6) is a uint32 with the length of the
/// rest, one byte with the length of the padding, payload and padding; the tag (MAC) follows.
/// </summary>
internal abstract class PacketCipher : IDisposable
{
    /// <summary>What the length of the padded part must be a multiple of.</summary>
    public abstract int BlockSize { get; }

    /// <summary>The length of the tag after the packet.</summary>
    public abstract int TagLength { get; }

    /// <summary>How many bytes of a packet must have arrived before its length can be told.</summary>
    public virtual int HeaderLength => 4;

    /// <summary>Whether the length field is part of what is padded to the block size.</summary>
    public abstract bool PadsLengthField { get; }

    /// <summary>
    /// Encrypts the packet, which is followed by room for the tag: <paramref name="packet"/> includes both.
    /// </summary>
    public abstract void Seal(uint sequenceNumber, Span<byte> packet);

    /// <summary>
    /// Tells the length field of the packet that begins with the first <see cref="HeaderLength"/> bytes, decrypting
    /// what it must. Called exactly once for each packet, before <see cref="TryOpen"/>.
    /// </summary>
    public abstract uint ReadLength(uint sequenceNumber, Span<byte> header);

    /// <summary>
    /// Decrypts the packet, given with its tag; false if the tag does not fit. The content is then undefined.
    /// </summary>
    public abstract bool TryOpen(uint sequenceNumber, Span<byte> packet);

    /// <summary>Wipes the keys.</summary>
    public abstract void Dispose();
}
