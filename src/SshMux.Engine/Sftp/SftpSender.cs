using System.Buffers;

namespace SshMux.Engine.Sftp;

/// <summary>
/// Puts requests onto a stream in the order in which they come. Small ones that come while others are being written go
/// out together; data goes out from the buffer that it was read into.
/// </summary>
/// <param name="stream">What the server reads.</param>
/// <param name="failed">Called once if the stream takes no more.</param>
internal sealed class SftpSender(Stream stream, Action<Exception> failed) : IDisposable
{
    private const int GatherLength = 64 * 1024;
    private const int SmallPacket = 16 * 1024;
    private const int MaxQueued = 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly Queue<Segment> _queue = new();
    private readonly CancellationTokenSource _stop = new();
    private Segment? _gathering;
    private TaskCompletionSource? _room;
    private int _queued;
    private bool _flushing;
    private bool _held;
    private bool _ended;

    /// <summary>Sends a copy of a packet; does not wait.</summary>
    public void Send(ReadOnlySpan<byte> packet)
    {
        if (packet.Length > SmallPacket)
        {
            var copy = ArrayPool<byte>.Shared.Rent(packet.Length);
            packet.CopyTo(copy);
            SendOwned(copy, packet.Length);
            return;
        }

        bool flush;
        lock (_lock)
        {
            if (_ended) return;
            if (_gathering is null || _gathering.Buffer.Length - _gathering.Length < packet.Length)
            {
                _gathering = new Segment(ArrayPool<byte>.Shared.Rent(GatherLength));
                _queue.Enqueue(_gathering);
            }

            packet.CopyTo(_gathering.Buffer.AsSpan(_gathering.Length));
            _gathering.Length += packet.Length;
            _queued += packet.Length;
            flush = ShallFlush();
        }

        if (flush) StartFlushing();
    }

    /// <summary>Sends a packet from a buffer of <see cref="ArrayPool{T}.Shared"/>, and gives it back there.</summary>
    public void SendOwned(byte[] buffer, int length)
    {
        if (length <= SmallPacket)
        {
            Send(buffer.AsSpan(0, length));
            ArrayPool<byte>.Shared.Return(buffer);
            return;
        }

        bool flush;
        lock (_lock)
        {
            if (_ended) return;
            _gathering = null;
            _queue.Enqueue(new Segment(buffer) { Length = length });
            _queued += length;
            flush = ShallFlush();
        }

        if (flush) StartFlushing();
    }

    /// <summary>Completes when not too much waits to be written.</summary>
    public Task WaitForRoomAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_queued < MaxQueued || _ended) return Task.CompletedTask;
            _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _room.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Until <see cref="Release"/> requests gather, so that many go out at once.</summary>
    public void Hold()
    {
        lock (_lock) _held = true;
    }

    /// <summary>Sends what has gathered: the little that asks for more data on this very thread.</summary>
    public void Release()
    {
        bool flush, here;
        lock (_lock)
        {
            _held = false;
            here = _queued <= SmallPacket;
            flush = _queue.Count > 0 && ShallFlush();
        }

        if (!flush) return;
        if (here) _ = FlushAsync();
        else StartFlushing();
    }

    /// <summary>Sends no more.</summary>
    public void Dispose()
    {
        TaskCompletionSource? room;
        lock (_lock)
        {
            if (_ended) return;
            _ended = true;
            _queue.Clear();
            room = _room;
        }

        _stop.Cancel();
        room?.TrySetResult();
    }

    private bool ShallFlush()
    {
        if (_flushing || _held) return false;
        return _flushing = true;
    }

    private void StartFlushing() => ThreadPool.UnsafeQueueUserWorkItem(
        static sender => _ = sender.FlushAsync(), this, preferLocal: false);

    private async Task FlushAsync()
    {
        try
        {
            while (TryTake(out var segment))
            {
                await stream.WriteAsync(segment.Buffer.AsMemory(0, segment.Length), _stop.Token).ConfigureAwait(false);
                Written(segment);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The reader of replies knows better why, if the whole session has ended.
            failed(e);
        }
    }

    private bool TryTake(out Segment segment)
    {
        lock (_lock)
        {
            if (!_queue.TryDequeue(out segment!)) return _flushing = false;
            if (segment == _gathering) _gathering = null;
            return true;
        }
    }

    private void Written(Segment segment)
    {
        ArrayPool<byte>.Shared.Return(segment.Buffer);
        TaskCompletionSource? room = null;
        lock (_lock)
        {
            _queued -= segment.Length;
            if (_queued < MaxQueued)
            {
                room = _room;
                _room = null;
            }
        }

        room?.TrySetResult();
    }

    private sealed class Segment(byte[] buffer)
    {
        public byte[] Buffer { get; } = buffer;

        public int Length { get; set; }
    }
}
