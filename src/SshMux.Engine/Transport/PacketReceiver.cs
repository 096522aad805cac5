using SshMux.Engine.Platform.Sockets;
using SshMux.Engine.Transport.Compression;
using SshMux.Engine.Transport.Packets;

namespace SshMux.Engine.Transport;

/// <summary>
/// Receives packets from the server (RFC 4253 section 6): reads them into a buffer, decrypts them where they lie, and
/// decompresses. For one thread at a time, that of the receive loop.
/// </summary>
internal sealed class PacketReceiver : IDisposable
{
    /// <summary>Room for the longest packet, and for several bulk packets with one read.</summary>
    private const int BufferLength = 320 * 1024;

    private readonly Stream _stream;
    private readonly ReceiveBuffer _buffer = new(BufferLength);
    private readonly PacketDecoder _decoder;
    private readonly List<IDeliveryHandler> _keeping = [];
    private PacketDecompressor? _decompressor;

    /// <summary>Reads nothing before it is asked to.</summary>
    /// <param name="stream">Where from; others write to it.</param>
    public PacketReceiver(Stream stream)
    {
        _stream = stream;
        _decoder = new PacketDecoder(_buffer);
    }

    /// <inheritdoc cref="PacketDecoder.LastSequenceNumber"/>
    public uint LastSequenceNumber => _decoder.LastSequenceNumber;

    /// <inheritdoc cref="PacketDecoder.PacketsWithKey"/>
    public long PacketsWithKey => _decoder.PacketsWithKey;

    /// <inheritdoc cref="PacketDecoder.BytesWithKey"/>
    public long BytesWithKey => _decoder.BytesWithKey;

    /// <inheritdoc cref="PacketDecoder.BlockSize"/>
    public int BlockSize => _decoder.BlockSize;

    /// <summary>All bytes read so far; any thread may ask.</summary>
    public long BytesReceived => _buffer.TotalReceived;

    /// <summary>Packets and cipher blocks with the present keys, and all bytes.</summary>
    public (long Packets, long Blocks, long Bytes) Traffic =>
        (_decoder.PacketsWithKey, _decoder.BlocksWithKey, BytesReceived);

    /// <summary><see cref="PacketDecompressor.Bytes"/> since the present keys; null without compression.</summary>
    public (long Compressed, long Raw)? Compressed => _decompressor?.Bytes;

    /// <summary>Receives the server's version string (RFC 4253 section 4.2).</summary>
    /// <exception cref="SshException">It does not speak SSH 2.0.</exception>
    public Task<string> ReceiveVersionAsync(CancellationToken cancellationToken) =>
        VersionExchange.ReceiveAsync(_stream, _buffer, cancellationToken);

    /// <summary>
    /// Waits for more bytes, of which <see cref="Add"/> is to be told; 0 are the end. What was read before is lost, but
    /// for the beginning of a packet.
    /// </summary>
    public ValueTask<int> ReceiveAsync(CancellationToken cancellationToken = default) =>
        _stream.ReadAsync(_buffer.MakeRoom(), cancellationToken);

    /// <summary>So many bytes were received.</summary>
    public void Add(int count) => _buffer.Add(count);

    /// <summary>
    /// Takes the next packet's message; false when it has not arrived completely. The span is valid until the next
    /// call, and no longer than until more is received. Throws <see cref="SshException"/> for a bad packet.
    /// </summary>
    public bool TryRead(out ReadOnlySpan<byte> message)
    {
        if (!_decoder.TryRead(out message)) return false;
        if (_decompressor is not null) message = _decompressor.Decompress(message);
        return true;
    }

    /// <summary>
    /// Has a part of the message stay where it is until <see cref="TellKept"/>; false if it cannot. One that was
    /// decompressed, or held back during a key exchange, does not lie in the buffer.
    /// </summary>
    public bool TryKeep(ReadOnlySpan<byte> data, IDeliveryHandler handler)
    {
        if (!_buffer.Holds(data)) return false;
        if (!_keeping.Contains(handler)) _keeping.Add(handler);
        return true;
    }

    /// <summary>All that has arrived is delivered: tells those who keep parts of it.</summary>
    public void TellKept()
    {
        foreach (var handler in _keeping) handler.OnDelivered();
        _keeping.Clear();
    }

    /// <summary>What the server sends from now on, after its SSH_MSG_NEWKEYS, has the new keys.</summary>
    /// <param name="cipher">The new keys; taken over.</param>
    /// <param name="strict">Whether packets are counted anew (strict key exchange).</param>
    /// <param name="compressed">Whether it is compressed.</param>
    public void ChangeKeys(PacketCipher cipher, bool strict, bool compressed)
    {
        _decoder.ChangeCipher(cipher, strict);
        RestartDecompression(compressed);
    }

    /// <summary>With the next message a new zlib stream begins, or there is none.</summary>
    public void RestartDecompression(bool compressed)
    {
        _decompressor?.Dispose();
        _decompressor = compressed ? new PacketDecompressor() : null;
    }

    /// <summary>From now on nothing that is received is waited for by anybody, neither a user nor a file.</summary>
    public void GoOnInline()
    {
        if (_stream is SocketStream socket) socket.ReadsInline = true;
    }

    /// <summary>Wipes and frees what it holds.</summary>
    public void Dispose()
    {
        _decoder.Dispose();
        _decompressor?.Dispose();
        _buffer.Wipe();
    }
}
