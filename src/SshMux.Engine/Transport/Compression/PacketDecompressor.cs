using System.IO.Compression;
using SshMux.Engine.Transport.Packets;

namespace SshMux.Engine.Transport.Compression;

/// <summary>
/// Takes the messages of one direction out of its zlib stream (RFC 4253 section 6.2), which goes on from packet to
/// packet until the next key exchange. No message may be longer than an uncompressed packet, whatever a few bytes
/// claim to hold. Not thread-safe.
/// </summary>
internal sealed class PacketDecompressor : IDisposable
{
    /// <summary>The longest message, in bytes.</summary>
    public const int MaxMessageLength = PacketDecoder.MaxPacketLength;

    private const int FirstBufferLength = 64 * 1024;

    private readonly PacketSource _source = new();
    private readonly ZLibStream _zlib;
    private byte[] _message = new byte[FirstBufferLength];
    private long _raw;
    private long _read;

    public PacketDecompressor() => _zlib = new ZLibStream(_source, CompressionMode.Decompress, leaveOpen: true);

    /// <summary>How many bytes it has read, and what they were.</summary>
    public (long Compressed, long Raw) Bytes => (Interlocked.Read(ref _read), Interlocked.Read(ref _raw));

    /// <summary>
    /// Decompresses the next packet's payload. The result is valid until the next call. Throws
    /// <see cref="SshException"/> with <see cref="SshError.ProtocolError"/> for what is no such stream, and for a
    /// message that is too long.
    /// </summary>
    public ReadOnlySpan<byte> Decompress(ReadOnlySpan<byte> payload)
    {
        _source.Set(payload);
        var length = 0;
        while (true)
        {
            if (length == _message.Length) Grow();
            var read = ReadSome(length);
            if (read == 0) break;
            length += read;
            if (length > MaxMessageLength)
            {
                throw SshException.Protocol(
                    $"a compressed packet from the server of {payload.Length} bytes unfolds to more than "
                    + $"{MaxMessageLength}, the longest that a message may be");
            }
        }

        // The stream takes all of a packet unless its end was in it, after which nothing could come any more.
        if (length == 0 || !_source.IsEmpty) throw Damaged(null);
        _read += payload.Length;
        _raw += length;
        return _message.AsSpan(0, length);
    }

    /// <summary>Wipes the last messages and frees the stream.</summary>
    public void Dispose()
    {
        _zlib.Dispose();
        _source.Wipe();
        _message.AsSpan().Clear();
    }

    private static SshException Damaged(Exception? inner) =>
        new(SshError.ProtocolError, "a compressed packet from the server cannot be decompressed", inner);

    private int ReadSome(int offset)
    {
        try
        {
            return _zlib.Read(_message.AsSpan(offset));
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw Damaged(e);
        }
    }

    private void Grow()
    {
        // One byte more than allowed, so that the limit is seen to be passed.
        var bigger = new byte[Math.Min(2 * _message.Length, MaxMessageLength + 1)];
        _message.CopyTo(bigger, 0);
        _message.AsSpan().Clear();
        _message = bigger;
    }

    /// <summary>Where the stream reads from: the packet of the moment, and then nothing until the next one.</summary>
    private sealed class PacketSource : Stream
    {
        private byte[] _bytes = [];
        private int _offset;
        private int _length;

        public bool IsEmpty => _offset == _length;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public void Set(ReadOnlySpan<byte> packet)
        {
            if (_bytes.Length < packet.Length)
            {
                _bytes.AsSpan().Clear();
                _bytes = new byte[packet.Length + (packet.Length / 4)];
            }

            packet.CopyTo(_bytes);
            (_offset, _length) = (0, packet.Length);
        }

        public void Wipe()
        {
            _bytes.AsSpan().Clear();
            _offset = _length = 0;
        }

        public override int Read(Span<byte> buffer)
        {
            var count = Math.Min(buffer.Length, _length - _offset);
            _bytes.AsSpan(_offset, count).CopyTo(buffer);
            _offset += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
