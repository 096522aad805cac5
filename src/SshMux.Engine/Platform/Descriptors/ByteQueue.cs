using System.Buffers;

namespace SshMux.Engine.Platform.Descriptors;

/// <summary>
/// Bytes that wait to be written or read, first in, first out, in pooled blocks: small ones for a few bytes, and larger
/// ones the more there are. Not for several threads at once.
/// </summary>
internal sealed class ByteQueue
{
    private const int SmallestBlock = 4 * 1024;
    private const int LargestBlock = 256 * 1024;

    private readonly Queue<byte[]> _blocks = new();
    private byte[] _last = [];
    private int _start; // in the first block
    private int _end; // in the last block

    /// <summary>How many bytes wait.</summary>
    public int Length { get; private set; }

    /// <summary>The bytes that are next, as far as they lie together.</summary>
    public ReadOnlySpan<byte> First
    {
        get
        {
            if (!_blocks.TryPeek(out var block)) return default;
            return block.AsSpan(_start..EndOf(block));
        }
    }

    /// <summary>Puts a copy of <paramref name="data"/> at the end.</summary>
    public void Append(ReadOnlySpan<byte> data)
    {
        Length += data.Length;
        while (!data.IsEmpty)
        {
            if (_end == _last.Length)
            {
                _last = ArrayPool<byte>.Shared.Rent(Math.Clamp(Length, SmallestBlock, LargestBlock));
                _blocks.Enqueue(_last);
                _end = 0;
            }

            var count = Math.Min(data.Length, _last.Length - _end);
            data[..count].CopyTo(_last.AsSpan(_end));
            _end += count;
            data = data[count..];
        }
    }

    /// <summary>Takes bytes from the front into <paramref name="destination"/>, and gives their number.</summary>
    public int Read(Span<byte> destination)
    {
        var read = 0;
        while (read < destination.Length && Length != 0)
        {
            var first = First;
            if (first.Length > destination.Length - read) first = first[..(destination.Length - read)];
            first.CopyTo(destination[read..]);
            read += first.Length;
            Advance(first.Length);
        }

        return read;
    }

    /// <summary>Drops bytes from the front, no more than <see cref="First"/> has.</summary>
    public void Advance(int count)
    {
        Length -= count;
        _start += count;
        if (_start != EndOf(_blocks.Peek())) return;
        _start = 0;
        ArrayPool<byte>.Shared.Return(_blocks.Dequeue());
        if (_blocks.Count == 0) Forget();
    }

    /// <summary>Drops everything, and gives how much that was.</summary>
    public int Clear()
    {
        var length = Length;
        while (_blocks.TryDequeue(out var block)) ArrayPool<byte>.Shared.Return(block);
        Forget();
        _start = 0;
        Length = 0;
        return length;
    }

    private int EndOf(byte[] block) => block == _last ? _end : block.Length;

    private void Forget()
    {
        _last = [];
        _end = 0;
    }
}
