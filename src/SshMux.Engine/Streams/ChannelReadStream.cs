using System.Threading.Tasks.Sources;
using SshMux.Engine.Channels;
using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Platform.Readiness;

namespace SshMux.Engine.Streams;

/// <summary>
/// What arrives on a channel, as a stream to read in this process. Data goes straight into the buffer of a reader who
/// waits, or is kept until it is read; only then is the window given back, so a slow reader holds at most one window's
/// worth. The reader is woken once for all that came together. Nothing is allocated for a read.
/// </summary>
internal sealed class ChannelReadStream : UnseekableStream, IValueTaskSource<int>, IThreadPoolWorkItem
{
    private const int NoReader = -1;

    private readonly Lock _lock = new();
    private readonly ByteQueue _unread = new();
    private readonly Waking _waking;
    private ManualResetValueTaskSourceCore<int> _read;
    private CancellationTokenRegistration _cancellation;
    private Memory<byte> _destination;
    private int _filled; // of the destination
    private bool _waits; // a reader, for data that goes to the destination
    private bool _wakes; // the reader, as soon as the readiness thread has delivered what came with it
    private Channel? _channel;
    private SshException? _error;
    private bool _isComplete;
    private bool _disposed;

    public ChannelReadStream() => _waking = new Waking(this);

    public override bool CanRead => true;

    /// <summary>Reads what arrives, for one reader at a time; a cancelled read loses nothing.</summary>
    /// <exception cref="IOException">The connection ended before the peer's EOF; the cause is inside.</exception>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<int>(cancellationToken);
        int count;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_waits) throw new InvalidOperationException("another read is under way");
            if (buffer.IsEmpty) return default;
            count = _unread.Read(buffer.Span);
            if (count == 0 && _isComplete) return _error is null ? default : ValueTask.FromException<int>(Lost(_error));
            if (count == 0)
            {
                _read.Reset();
                _destination = buffer;
                _waits = true;
            }
        }

        if (count != 0)
        {
            _channel!.Consumed(count);
            return ValueTask.FromResult(count);
        }

        // Nobody asks for the result before this returns, so it finds the registration.
        _cancellation = cancellationToken.UnsafeRegister(
            static (stream, token) => ((ChannelReadStream)stream!).Fail(new OperationCanceledException(token)), this);
        return new ValueTask<int>(this, _read.Version);
    }

    internal void Open(Channel channel) => _channel = channel;

    internal void Append(ReadOnlySpan<byte> data)
    {
        // To a reader, nothing would be the end.
        if (data.IsEmpty) return;
        var taken = 0;
        var filled = NoReader;
        lock (_lock)
        {
            if (_waits)
            {
                taken = Math.Min(data.Length, _destination.Length - _filled);
                data[..taken].CopyTo(_destination.Span[_filled..]);
                _filled += taken;
                if (_filled == _destination.Length || !ReadinessLoop.IsCurrent) filled = TakeWaiter();
                else WakeLater();
            }

            // Nobody will read it when disposed; the sender may go on to its end all the same.
            if (_disposed) taken = data.Length;
            else _unread.Append(data[taken..]);
        }

        if (taken != 0) _channel!.Consumed(taken);
        if (filled != NoReader) Wake(filled, null);
    }

    internal void Complete(SshException? error)
    {
        int filled;
        lock (_lock)
        {
            // What ends the connection after the peer's EOF has taken nothing from the reader.
            if (_isComplete) return;
            _isComplete = true;
            _error = error;
            filled = TakeWaiter();
        }

        if (filled == NoReader) return;
        Wake(filled, error is null ? null : Lost(error));
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            int unread;
            lock (_lock)
            {
                _disposed = true;
                unread = _unread.Clear();
            }

            if (unread != 0) _channel!.Consumed(unread);
            Fail(new ObjectDisposedException(GetType().FullName));
        }

        base.Dispose(disposing);
    }

    void IThreadPoolWorkItem.Execute()
    {
        int filled;
        lock (_lock)
        {
            _wakes = false;
            if (_filled == 0) return;
            filled = TakeWaiter();
        }

        Wake(filled, null);
    }

    int IValueTaskSource<int>.GetResult(short token)
    {
        _cancellation.Dispose();
        return _read.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _read.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _read.OnCompleted(continuation, state, token, flags);

    private void WakeLater()
    {
        if (_wakes) return;
        _wakes = true;
        ReadinessLoop.Post(this);
    }

    private static IOException Lost(SshException error) => new(error.Message, error);

    /// <summary>Ends the read that waits, if there is one.</summary>
    private void Fail(Exception reason)
    {
        int filled;
        lock (_lock) filled = TakeWaiter();
        if (filled == NoReader) return;
        Wake(filled, reason);
    }

    /// <summary>
    /// What was read for the reader who waits, and who then must be given a result; <see cref="NoReader"/> if nobody
    /// waits. The lock is held.
    /// </summary>
    private int TakeWaiter()
    {
        if (!_waits) return NoReader;
        var filled = _filled;
        _waits = false;
        _filled = 0;
        _destination = default;
        return filled;
    }

    /// <summary>Gives the reader, who was taken, the result of the read; not on this thread.</summary>
    private void Wake(int filled, Exception? error) => _waking.Queue(filled, filled == 0 ? error : null);

    private void GoOn(int filled, Exception? error)
    {
        if (error is null) _read.SetResult(filled);
        else _read.SetException(error);
    }

    private sealed class Waking(ChannelReadStream stream) : IThreadPoolWorkItem
    {
        private int _filled;
        private Exception? _error;

        // One reader, one wait at a time: the next begins when this has run.
        public void Queue(int filled, Exception? error)
        {
            _filled = filled;
            _error = error;
            ReaderThread.Queue(this);
        }

        void IThreadPoolWorkItem.Execute() => stream.GoOn(_filled, _error);
    }
}
