using System.IO.Compression;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Transport.Compression;

/// <summary>
/// Compresses the messages of one direction (RFC 4253 section 6.2): one zlib stream from one key exchange to the next,
/// flushed after every message so that the peer has it whole. Not thread-safe.
/// </summary>
internal sealed class PacketCompressor : IDisposable
{
    /// <summary>zlib's own middle way between speed and size, as in OpenSSH.</summary>
    private const int Level = 6;

    private const int MinBufferLength = 4096;

    private readonly PacketSink _compressed = new();
    private readonly ZLibStream _zlib;
    private byte[] _message = [];
    private long _raw;
    private long _written;

    public PacketCompressor() =>
        _zlib = new ZLibStream(_compressed, new ZLibCompressionOptions { CompressionLevel = Level }, leaveOpen: true);

    /// <summary>How many bytes it has written, and of what.</summary>
    public (long Compressed, long Raw) Bytes => (Interlocked.Read(ref _written), Interlocked.Read(ref _raw));

    /// <summary>Compresses the next message. The result is valid until the next call.</summary>
    public ReadOnlySpan<byte> Compress<TMessage>(in TMessage message)
        where TMessage : IOutgoingMessage, allows ref struct
    {
        if (_message.Length < message.MaxLength)
        {
            _message.AsSpan().Clear();
            _message = new byte[Math.Max(MinBufferLength, message.MaxLength + (message.MaxLength / 4))];
        }

        var writer = new SshWriter(_message.AsSpan(0, message.MaxLength));
        message.Write(ref writer);
        _compressed.Clear();
        _zlib.Write(writer.Written);
        _zlib.Flush(); // Z_SYNC_FLUSH
        _raw += writer.Written.Length;
        _written += _compressed.Written.Length;
        return _compressed.Written;
    }

    /// <summary>Wipes the last messages and frees the stream.</summary>
    public void Dispose()
    {
        _zlib.Dispose();
        _compressed.Wipe();
        _message.AsSpan().Clear();
    }

    /// <summary>Where the stream writes to: one array, which grows to what the longest packet needs.</summary>
    private sealed class PacketSink : Stream
    {
        private byte[] _bytes = new byte[MinBufferLength];
        private int _length;

        public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public void Clear() => _length = 0;

        public void Wipe()
        {
            _bytes.AsSpan().Clear();
            _length = 0;
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (_bytes.Length - _length < buffer.Length)
            {
                var bigger = new byte[Math.Max(2 * _bytes.Length, _length + buffer.Length)];
                Written.CopyTo(bigger);
                _bytes.AsSpan().Clear();
                _bytes = bigger;
            }

            buffer.CopyTo(_bytes.AsSpan(_length));
            _length += buffer.Length;
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
