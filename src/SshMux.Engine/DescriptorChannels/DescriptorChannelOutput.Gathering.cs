using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Mono.Unix.Native;
using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Transport;

namespace SshMux.Engine.DescriptorChannels;

/// <content>
/// A transfer's packets, which arrive several at once, are written with one call, from where they were decrypted: each
/// write would wake the reader, which then runs in our place.
/// </content>
internal sealed partial class DescriptorChannelOutput : IDeliveryHandler
{
    /// <summary>Shorter data is written at once: somebody may be waiting for it.</summary>
    private const int WorthGathering = 4 * 1024;

    /// <summary>With so much the reader can begin.</summary>
    private const int GatheredEnough = 128 * 1024;

    private const int MostPieces = 64;

    private Iovec[] _pieces = [];
    private int _pieceCount;
    private int _gathered; // bytes in the pieces

    private bool IsGatheredEnough => _gathered >= GatheredEnough || _pieceCount == MostPieces;

    void IDeliveryHandler.OnDelivered() => Flush();

    /// <summary>Writes what was gathered.</summary>
    public void Flush()
    {
        // Only who delivers data gathers it, and calls this.
        if (_pieceCount == 0) return;
        try
        {
            var consumed = 0;
            var happened = Event.None;
            lock (_lock)
            {
                if (_state == State.Open) happened = WriteGathered(ref consumed);
            }

            Report(consumed, 0, happened);
        }
        catch (Exception e)
        {
            _owner.FailBecauseOf(e);
        }
    }

    /// <summary>Leaves data where it is, to be written with what follows it. The lock is held.</summary>
    private unsafe bool TryGather(ReadOnlySpan<byte> data)
    {
        if (!_writer.Gathers || _queue.Length != 0) return false;
        if (_pieceCount == 0 && data.Length < WorthGathering) return false;
        if (!_owner.TryKeep(data, this)) return false;
        if (_pieces.Length == 0) _pieces = new Iovec[MostPieces];

        // The receive buffer does not move.
        var start = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(data));
        _pieces[_pieceCount++] = new Iovec { iov_base = start, iov_len = (ulong)data.Length };
        _gathered += data.Length;
        return true;
    }

    /// <summary>Writes what was gathered; what the descriptor does not take is queued. The lock is held.</summary>
    private Event WriteGathered(ref int consumed)
    {
        var pieces = _pieces.AsSpan(0, _pieceCount);
        while (!pieces.IsEmpty)
        {
            var count = _writer.WritePieces(pieces);
            if (count == DescriptorWriter.Broken) return Break(ref consumed);
            if (count < 0) break;
            consumed += count;
            _gathered -= count;
            Skip(ref pieces, count);
        }

        foreach (ref var piece in pieces) _queue.Append(Bytes(piece));
        ForgetGathered();
        if (_queue.Length != 0) Wait();
        return Event.None;
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

    /// <summary>Drops what was gathered, and gives how many bytes that was.</summary>
    private int ForgetGathered()
    {
        var length = _gathered;
        _pieceCount = 0;
        _gathered = 0;
        return length;
    }
}
