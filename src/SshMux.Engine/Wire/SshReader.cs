using System.Buffers.Binary;
using System.Text;

namespace SshMux.Engine.Wire;

/// <summary>
/// Reads the data types of RFC 4251 section 5 from a span, without copying. Every read is bounds-checked; input that
/// ends too early or is malformed throws <see cref="SshException"/> with <see cref="SshError.ProtocolError"/>.
/// </summary>
internal ref struct SshReader
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private ReadOnlySpan<byte> _rest;

    /// <summary>Starts reading at the beginning of <paramref name="data"/>.</summary>
    public SshReader(ReadOnlySpan<byte> data) => _rest = data;

    /// <summary>What has not been read yet.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    /// <summary>Whether everything has been read.</summary>
    public readonly bool AtEnd => _rest.IsEmpty;

    /// <summary>Reads a byte (RFC 4251 section 5).</summary>
    public byte ReadByte() => Take(1)[0];

    /// <summary>Reads a boolean: any value but zero is true.</summary>
    public bool ReadBoolean() => ReadByte() != 0;

    /// <summary>Reads a uint32 in network byte order.</summary>
    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    /// <summary>Reads a uint64 in network byte order.</summary>
    public ulong ReadUInt64() => BinaryPrimitives.ReadUInt64BigEndian(Take(8));

    /// <summary>Reads <paramref name="count"/> raw bytes.</summary>
    public ReadOnlySpan<byte> ReadBytes(int count) => Take(count);

    /// <summary>Reads a string as bytes; the span points into the input.</summary>
    public ReadOnlySpan<byte> ReadString()
    {
        var length = ReadUInt32();
        if (length > (uint)_rest.Length)
        {
            throw SshException.Protocol($"a string of {length} bytes goes past the end of its message");
        }

        return Take((int)length);
    }

    /// <summary>Reads a string that must be UTF-8 (or ASCII).</summary>
    public string ReadUtf8String()
    {
        try
        {
            return StrictUtf8.GetString(ReadString());
        }
        catch (DecoderFallbackException)
        {
            throw SshException.Protocol("a text string is not valid UTF-8");
        }
    }

    /// <summary>Reads free text from the peer for people to read: bytes that are not UTF-8 become U+FFFD.</summary>
    public string ReadText() => Encoding.UTF8.GetString(ReadString());

    /// <summary>Reads a name-list; an empty list has no names.</summary>
    public string[] ReadNameList()
    {
        var text = ReadUtf8String();
        return text.Length == 0 ? [] : text.Split(',');
    }

    /// <summary>
    /// Reads an mpint that must not be negative, and gives its magnitude without leading zero bytes. Redundant leading
    /// zero bytes, which RFC 4251 forbids, are refused.
    /// </summary>
    public ReadOnlySpan<byte> ReadUnsignedMPInt() => UnsignedMPInt(ReadString());

    /// <summary>Demands that everything was read; <paramref name="what"/> names the structure in the error.</summary>
    public readonly void ExpectEnd(string what)
    {
        if (!_rest.IsEmpty) throw SshException.Protocol($"{what} has {_rest.Length} bytes too many");
    }

    /// <summary>The magnitude of an mpint whose length field was read already; it must not be negative.</summary>
    internal static ReadOnlySpan<byte> UnsignedMPInt(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return bytes;
        if ((bytes[0] & 0x80) != 0) throw SshException.Protocol("an mpint is negative where it must not be");
        if (bytes[0] != 0) return bytes;
        if (bytes.Length == 1 || (bytes[1] & 0x80) == 0)
        {
            throw SshException.Protocol("an mpint has an unnecessary leading zero byte");
        }

        return bytes[1..];
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if ((uint)count > (uint)_rest.Length) throw SshException.Protocol("a message ends too early");
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
