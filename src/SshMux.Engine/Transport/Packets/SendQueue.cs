using System.Buffers;

namespace SshMux.Engine.Transport.Packets;

/// <summary>
/// Encoded packets on their way out, in chunks: senders append to the last one while the first one is being written.
/// The sender's lock guards it.
/// </summary>
internal sealed class SendQueue(int chunkLength = SendQueue.DefaultChunkLength)
{
    /// <summary>A chunk is one write to the socket: several bulk packets, or very many small ones.</summary>
    private const int DefaultChunkLength = 256 * 1024;

    private const int MaxSpare = 2;

    private readonly Queue<Chunk> _chunks = new();
    private readonly Stack<Chunk> _spare = new(MaxSpare);
    private Chunk? _last;

    /// <summary>The bytes appended and not yet returned as written.</summary>
    public int Unsent { get; private set; }

    /// <summary>Gives room for <paramref name="length"/> bytes behind what was appended.</summary>
    public Span<byte> Reserve(int length)
    {
        if (_last is null || _last.Bytes.Length - _last.Length < length)
        {
            _last = length <= chunkLength && _spare.TryPop(out var spare)
                ? spare
                : new Chunk(ArrayPool<byte>.Shared.Rent(Math.Max(length, chunkLength)));
            _chunks.Enqueue(_last);
        }

        return _last.Bytes.AsSpan(_last.Length, length);
    }

    /// <summary>Appends the first <paramref name="length"/> bytes of what was reserved.</summary>
    public void Commit(int length)
    {
        _last!.Length += length;
        Unsent += length;
    }

    /// <summary>Takes the first chunk out to be written; nothing is appended to it any more.</summary>
    public bool TryTake(out Chunk chunk)
    {
        if (!_chunks.TryDequeue(out chunk!)) return false;
        if (chunk == _last) _last = null;
        return true;
    }

    /// <summary>Gives a chunk back after it was written.</summary>
    public void Return(Chunk chunk)
    {
        Unsent -= chunk.Length;
        chunk.Length = 0;
        if (_spare.Count < MaxSpare && chunk.Bytes.Length <= 2 * chunkLength)
        {
            _spare.Push(chunk);
        }
        else
        {
            ArrayPool<byte>.Shared.Return(chunk.Bytes);
        }
    }

    /// <summary>Drops everything, written or not.</summary>
    public void Clear()
    {
        while (TryTake(out var chunk)) Return(chunk);
        while (_spare.TryPop(out var spare)) ArrayPool<byte>.Shared.Return(spare.Bytes);
    }

    internal sealed class Chunk(byte[] bytes)
    {
        public byte[] Bytes { get; } = bytes;

        public int Length { get; set; }

        public ReadOnlyMemory<byte> Written => Bytes.AsMemory(0, Length);
    }
}
