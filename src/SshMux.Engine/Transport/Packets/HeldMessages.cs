using System.Buffers;
using System.Buffers.Binary;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Transport.Packets;

/// <summary>
/// Messages, not encrypted yet, that wait for the end of a key exchange, in order. The sender's lock guards it.
/// </summary>
internal sealed class HeldMessages
{
    private byte[] _bytes = [];

    /// <summary>The bytes held.</summary>
    public int Length { get; private set; }

    /// <summary>Appends a message.</summary>
    public void Add<TMessage>(in TMessage message)
        where TMessage : IOutgoingMessage, allows ref struct
    {
        var needed = Length + 4 + message.MaxLength;
        if (_bytes.Length < needed) Grow(needed);
        var writer = new SshWriter(_bytes.AsSpan(Length + 4, message.MaxLength));
        message.Write(ref writer);
        BinaryPrimitives.WriteInt32LittleEndian(_bytes.AsSpan(Length), writer.Length);
        Length += 4 + writer.Length;
    }

    /// <summary>The message at an offset, which moves on to the next; false after the last one.</summary>
    public bool TryGet(ref int offset, out ReadOnlySpan<byte> message)
    {
        message = default;
        if (offset == Length) return false;
        var length = BinaryPrimitives.ReadInt32LittleEndian(_bytes.AsSpan(offset));
        message = _bytes.AsSpan(offset + 4, length);
        offset += 4 + length;
        return true;
    }

    /// <summary>Forgets and wipes everything.</summary>
    public void Clear()
    {
        if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes, clearArray: true);
        _bytes = [];
        Length = 0;
    }

    private void Grow(int needed)
    {
        var bigger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, 2 * _bytes.Length));
        _bytes.AsSpan(0, Length).CopyTo(bigger);
        if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes, clearArray: true);
        _bytes = bigger;
    }
}
