using System.Buffers;
using System.Buffers.Binary;

namespace SshMux.Engine.Mux.Proxy;

/// <summary>
/// What has come over a control connection in proxy mode: frames of <c>uint32 length, byte 0, message</c>; over one on
/// streams, packets of the multiplexing protocol, too. For one reader.
/// </summary>
internal sealed class MuxProxyFrameBuffer
{
    /// <summary>The longest frame after its length field; OpenSSH drops a peer that sends a longer one.</summary>
    public const int MaxFrameLength = 256 * 1024;

    /// <summary>The length field and the zero.</summary>
    public const int HeaderLength = 5;

    private const int InitialLength = 64 * 1024;

    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(InitialLength);
    private int _start;
    private int _end;

    /// <summary>Whether something is left that was not read, a whole frame or a part of one.</summary>
    public bool HasUnread => _end > _start;

    /// <summary>Makes room (moving what is unread, so spans into it are lost) and gives it to be read into.</summary>
    public Memory<byte> MakeRoom()
    {
        var unread = _end - _start;
        var needed = unread >= 4
            ? 4 + (int)BinaryPrimitives.ReadUInt32BigEndian(_bytes.AsSpan(_start))
            : InitialLength;
        if (needed > _bytes.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(4 + MaxFrameLength);
            _bytes.AsSpan(_start, unread).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_bytes, clearArray: true);
            _bytes = larger;
            (_start, _end) = (0, unread);
        }
        else if (_start > 0)
        {
            _bytes.AsSpan(_start, unread).CopyTo(_bytes);
            (_start, _end) = (0, unread);
        }

        return _bytes.AsMemory(_end);
    }

    /// <summary>Tells that so many bytes were read into the room.</summary>
    public void Add(int count) => _end += count;

    /// <summary>
    /// Takes the next message; false when it has not arrived completely. The span is valid until the next
    /// <see cref="MakeRoom"/>.
    /// </summary>
    /// <exception cref="SshException"><see cref="SshError.MuxProtocolError"/>: an impossible length.</exception>
    public bool TryRead(out ReadOnlySpan<byte> message)
    {
        var isWhole = TryReadFrame(out var frame);
        message = isWhole ? frame[1..] : default;
        return isWhole;
    }

    /// <summary>Takes the next frame without its length, what begins with 0 in proxy mode, like a message.</summary>
    /// <exception cref="SshException"><see cref="SshError.MuxProtocolError"/>: an impossible length.</exception>
    public bool TryReadFrame(out ReadOnlySpan<byte> frame)
    {
        frame = default;
        var unread = _bytes.AsSpan(_start, _end - _start);
        if (unread.Length < 4) return false;
        var length = BinaryPrimitives.ReadUInt32BigEndian(unread);
        if (length is < 2 or > MaxFrameLength)
        {
            throw new SshException(SshError.MuxProtocolError, $"a message of {length} bytes, which none can have");
        }

        if (unread.Length < 4 + (int)length) return false;
        frame = unread.Slice(4, (int)length);
        _start += 4 + (int)length;
        return true;
    }

    /// <summary>Gives the memory up, wiped, for user data has passed through it.</summary>
    public void Free()
    {
        ArrayPool<byte>.Shared.Return(_bytes, clearArray: true);
        _bytes = [];
        _start = _end = 0;
    }
}
