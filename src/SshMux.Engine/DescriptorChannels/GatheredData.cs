using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Mono.Unix.Native;
using SshMux.Engine.Platform.Descriptors;

namespace SshMux.Engine.DescriptorChannels;

/// <summary>
/// Data that waits where it was decrypted, to be written with what follows it. A transfer's packets arrive several at
/// once and are written with one call: each write would wake the reader, which then runs in our place.
/// </summary>
internal sealed class GatheredData
{
    /// <summary>Shorter data is written at once: somebody may be waiting for it.</summary>
    private const int WorthGathering = 4 * 1024;

    /// <summary>With so much the reader can begin.</summary>
    private const int Enough = 128 * 1024;

    private const int MostPieces = 64;

    private Iovec[] _pieces = [];
    private int _count;
    private int _length; // bytes in the pieces

    /// <summary>Whether nothing was gathered.</summary>
    public bool IsEmpty => _count == 0;

    /// <summary>Whether it is time to write.</summary>
    public bool IsEnough => _length >= Enough || _count == MostPieces;

    /// <summary>Whether data of a length is to wait, if it can.</summary>
    public bool IsWorth(int length) => _count != 0 || length >= WorthGathering;

    /// <summary>Leaves data where it is: in the receive buffer, which does not move.</summary>
    public unsafe void Add(ReadOnlySpan<byte> data)
    {
        if (_pieces.Length == 0) _pieces = new Iovec[MostPieces];
        var start = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(data));
        _pieces[_count++] = new Iovec { iov_base = start, iov_len = (ulong)data.Length };
        _length += data.Length;
    }

    /// <summary>
    /// Writes it; what the descriptor does not take is queued. False if nobody reads the descriptor any more: what was
    /// not written is still here then.
    /// </summary>
    public bool TryWrite(DescriptorWriter writer, ByteQueue rest, ref int consumed)
    {
        var pieces = _pieces.AsSpan(0, _count);
        while (!pieces.IsEmpty)
        {
            var count = writer.WritePieces(pieces);
            if (count == DescriptorWriter.Broken) return false;
            if (count < 0) break;
            consumed += count;
            _length -= count;
            Skip(ref pieces, count);
        }

        foreach (ref var piece in pieces) rest.Append(Bytes(piece));
        Clear();
        return true;
    }

    /// <summary>Queues it, and writes nothing.</summary>
    public void MoveTo(ByteQueue queue)
    {
        foreach (ref var piece in _pieces.AsSpan(0, _count)) queue.Append(Bytes(piece));
        Clear();
    }

    /// <summary>Drops it, and gives how many bytes that was.</summary>
    public int Clear()
    {
        var length = _length;
        _count = 0;
        _length = 0;
        return length;
    }

    private static void Skip(ref Span<Iovec> pieces, int count)
    {
        while (!pieces.IsEmpty && (ulong)count >= pieces[0].iov_len)
        {
            count -= (int)pieces[0].iov_len;
            pieces = pieces[1..];
        }

        if (count == 0) return;
        pieces[0].iov_base += count;
        pieces[0].iov_len -= (ulong)count;
    }

    private static unsafe ReadOnlySpan<byte> Bytes(in Iovec piece) => new((void*)piece.iov_base, (int)piece.iov_len);
}
