using System.Buffers.Binary;
using System.Text;

namespace SshMux.Engine.Wire;

/// <summary>
/// Writes the data types of RFC 4251 section 5 into a span. The span must be long enough
/// (<see cref="IOutgoingMessage.MaxLength"/> sees to that); running over it is a programming error and throws.
/// </summary>
internal ref struct SshWriter
{
    private readonly Span<byte> _buffer;
    private int _length;

    /// <summary>Starts writing at the beginning of <paramref name="buffer"/>.</summary>
    public SshWriter(Span<byte> buffer) => _buffer = buffer;

    /// <summary>How many bytes were written.</summary>
    public readonly int Length => _length;

    /// <summary>All that was written so far, in the buffer.</summary>
    public readonly ReadOnlySpan<byte> Written => _buffer[.._length];

    /// <summary>The length in bytes of <paramref name="text"/> as a string on the wire, length field included.</summary>
    public static int StringLength(string text) => 4 + ByteText.CountBytes(text);

    /// <summary>Writes a byte (RFC 4251 section 5).</summary>
    public void WriteByte(byte value) => Reserve(1)[0] = value;

    /// <summary>Writes a boolean as one byte, 0 or 1.</summary>
    public void WriteBoolean(bool value) => WriteByte(value ? (byte)1 : (byte)0);

    /// <summary>Writes a uint32 in network byte order.</summary>
    public void WriteUInt32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Reserve(4), value);

    /// <summary>Writes a uint64 in network byte order.</summary>
    public void WriteUInt64(ulong value) => BinaryPrimitives.WriteUInt64BigEndian(Reserve(8), value);

    /// <summary>Writes raw bytes without a length.</summary>
    public void WriteBytes(scoped ReadOnlySpan<byte> bytes) => bytes.CopyTo(Reserve(bytes.Length));

    /// <summary>Writes a string: its length, then its bytes.</summary>
    public void WriteString(scoped ReadOnlySpan<byte> bytes)
    {
        WriteUInt32((uint)bytes.Length);
        WriteBytes(bytes);
    }

    /// <summary>Writes text as a UTF-8 string; bytes that are no UTF-8 (<see cref="ByteText"/>) are themselves.</summary>
    public void WriteString(string text)
    {
        if (!ByteText.IsUtf8(text))
        {
            WriteString(ByteText.Encode(text));
            return;
        }

        var length = Encoding.UTF8.GetByteCount(text);
        WriteUInt32((uint)length);
        Encoding.UTF8.GetBytes(text, Reserve(length));
    }

    /// <summary>Writes a name-list (RFC 4251 section 5): a string of the names with commas between them.</summary>
    public void WriteNameList(IReadOnlyList<string> names) => WriteString(string.Join(',', names));

    /// <summary>Writes a non-negative mpint from its big-endian magnitude, in the shortest form.</summary>
    public void WriteUnsignedMPInt(scoped ReadOnlySpan<byte> magnitude)
    {
        var start = magnitude.IndexOfAnyExcept((byte)0);
        if (start < 0)
        {
            WriteUInt32(0);
            return;
        }

        magnitude = magnitude[start..];
        var sign = (magnitude[0] & 0x80) != 0;
        WriteUInt32((uint)(magnitude.Length + (sign ? 1 : 0)));
        if (sign) WriteByte(0);
        WriteBytes(magnitude);
    }

    /// <summary>Gives the next <paramref name="count"/> bytes to the caller to fill in.</summary>
    public Span<byte> Reserve(int count)
    {
        var span = _buffer.Slice(_length, count);
        _length += count;
        return span;
    }
}
