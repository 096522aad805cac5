using System.Threading.Tasks.Sources;
using SshMux.Engine.Platform;

namespace SshMux.Engine.Connection;

/// <summary>
/// What arrives on a channel, as a stream to read in this process. Data goes straight into the buffer of a reader who
/// waits, or is kept until it is read; only then is the window given back, so a slow reader holds at most one window's
/// worth. Nothing is allocated for a read.
/// </summary>
internal sealed partial class ChannelReadStream : UnseekableStream, IValueTaskSource<int>
{
    private readonly Lock _lock = new();
    private readonly ByteQueue _unread = new();
    private ManualResetValueTaskSourceCore<int> _read = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _cancellation;
    private Memory<byte> _destination;
    private bool _waits; // a reader, for data that goes to the destination
    private Channel? _channel;
    private SshException? _error;
    private bool _isComplete;
    private bool _disposed;

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
        lock (_directLock)
        {
            if (_receiver is null) Keep(data);
            else Hand(_receiver, data);
        }
    }

    internal void Complete(SshException? error)
    {
        End(error);
        EndDirect();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            EndDirect();
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

    int IValueTaskSource<int>.GetResult(short token)
    {
        _cancellation.Dispose();
        return _read.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _read.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _read.OnCompleted(continuation, state, token, flags);

    private void Keep(ReadOnlySpan<byte> data)
    {
        // To a reader, nothing would be the end.
        if (data.IsEmpty) return;
        var taken = 0;
        bool waited;
        lock (_lock)
        {
            waited = TakeWaiter(out var destination);
            if (waited)
            {
                taken = Math.Min(data.Length, destination.Length);
                data[..taken].CopyTo(destination.Span);
            }

            // Nobody will read it when disposed; the sender may go on to its end all the same.
            if (_disposed) taken = data.Length;
            else _unread.Append(data[taken..]);
        }

        if (taken != 0) _channel!.Consumed(taken);
        if (waited) _read.SetResult(taken);
    }

    private void End(SshException? error)
    {
        bool waited;
        lock (_lock)
        {
            // What ends the connection after the peer's EOF has taken nothing from the reader.
            if (_isComplete) return;
            _isComplete = true;
            _error = error;
            waited = TakeWaiter(out _);
        }

        if (!waited) return;
        if (error is null) _read.SetResult(0);
        else _read.SetException(Lost(error));
    }

    private static IOException Lost(SshException error) => new(error.Message, error);

    /// <summary>Ends the read that waits, if there is one.</summary>
    private void Fail(Exception reason)
    {
        bool waited;
        lock (_lock) waited = TakeWaiter(out _);
        if (waited) _read.SetException(reason);
    }

    /// <summary>Whether a reader waits, who then must be given a result; the lock is held.</summary>
    private bool TakeWaiter(out Memory<byte> destination)
    {
        var waited = _waits;
        destination = _destination;
        _waits = false;
        _destination = default;
        return waited;
    }
}
