using SshMux.Engine.Transport.Compression;
using SshMux.Engine.Transport.Packets;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Transport;

/// <summary>
/// Packets on their way to the server (RFC 4253 section 6): messages are compressed and encrypted as they are queued.
/// The sender's lock guards it.
/// </summary>
internal sealed class PacketQueue : IDisposable
{
    private readonly PacketEncoder _encoder = new();
    private PacketCompressor? _compressor;

    /// <summary>The packets, as they are written.</summary>
    public SendQueue Encoded { get; } = new();

    /// <inheritdoc cref="SendQueue.Unsent"/>
    public int Unsent => Encoded.Unsent;

    /// <inheritdoc cref="PacketEncoder.SequenceNumber"/>
    public uint SequenceNumber => _encoder.SequenceNumber;

    /// <inheritdoc cref="PacketEncoder.BlockSize"/>
    public int BlockSize => _encoder.BlockSize;

    /// <inheritdoc cref="PacketEncoder.PacketsWithKey"/>
    public long PacketsWithKey => _encoder.PacketsWithKey;

    /// <inheritdoc cref="PacketEncoder.BlocksWithKey"/>
    public long BlocksWithKey => _encoder.BlocksWithKey;

    /// <inheritdoc cref="PacketEncoder.BytesWithKey"/>
    public long BytesWithKey => _encoder.BytesWithKey;

    /// <summary><see cref="PacketCompressor.Bytes"/> since the present keys; null without compression.</summary>
    public (long Compressed, long Raw)? Compressed => _compressor?.Bytes;

    /// <summary>Appends a message's packet.</summary>
    public void Add<TMessage>(in TMessage message)
        where TMessage : IOutgoingMessage, allows ref struct
    {
        if (_compressor is null) Encode(message);
        else Encode(new EncodedMessage(_compressor.Compress(message)));
    }

    /// <summary>Appends bytes that are no packet: the version line.</summary>
    public void AddRaw(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Encoded.Reserve(bytes.Length));
        Encoded.Commit(bytes.Length);
    }

    /// <inheritdoc cref="PacketEncoder.ChangeCipher"/>
    public void ChangeCipher(PacketCipher cipher, bool resetSequenceNumber) =>
        _encoder.ChangeCipher(cipher, resetSequenceNumber);

    /// <summary>From the next message on there is a new zlib stream, or none.</summary>
    public void RestartCompression(bool compress)
    {
        _compressor?.Dispose();
        _compressor = compress ? new PacketCompressor() : null;
    }

    /// <summary>Wipes and frees everything, sent or not.</summary>
    public void Dispose()
    {
        Encoded.Clear();
        _encoder.Dispose();
        _compressor?.Dispose();
    }

    private void Encode<TMessage>(in TMessage message)
        where TMessage : IOutgoingMessage, allows ref struct
    {
        var room = Encoded.Reserve(message.MaxLength + PacketEncoder.MaxOverhead);
        Encoded.Commit(_encoder.Encode(message, room));
    }
}
