using System.Buffers;

namespace SshMux.Engine.Platform;

/// <summary>Bytes that wait to be written, first in, first out, in pooled blocks. Not for several threads at once.</summary>
internal sealed class ByteQueue
{
    private const int BlockSize = 64 * 1024;

    private readonly Queue<byte[]> _blocks = new();
    private byte[]? _last;
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
            return block.AsSpan(_start..(_blocks.Count == 1 ? _end : BlockSize));
        }
    }

    /// <summary>Puts a copy of <paramref name="data"/> at the end.</summary>
    public void Append(ReadOnlySpan<byte> data)
    {
        Length += data.Length;
        while (!data.IsEmpty)
        {
            if (_last is null || _end == BlockSize)
            {
                _last = ArrayPool<byte>.Shared.Rent(BlockSize);
                _blocks.Enqueue(_last);
                _end = 0;
            }

            var count = Math.Min(data.Length, BlockSize - _end);
            data[..count].CopyTo(_last.AsSpan(_end));
            _end += count;
            data = data[count..];
        }
    }

    /// <summary>Drops bytes from the front, no more than <see cref="First"/> has.</summary>
    public void Advance(int count)
    {
        Length -= count;
        _start += count;
        if (_start != (_blocks.Count == 1 ? _end : BlockSize)) return;
        _start = 0;
        ArrayPool<byte>.Shared.Return(_blocks.Dequeue());
        if (_blocks.Count == 0) _last = null;
    }

    /// <summary>Drops everything, and gives how much that was.</summary>
    public int Clear()
    {
        var length = Length;
        while (_blocks.TryDequeue(out var block)) ArrayPool<byte>.Shared.Return(block);
        _last = null;
        _start = 0;
        Length = 0;
        return length;
    }
}
