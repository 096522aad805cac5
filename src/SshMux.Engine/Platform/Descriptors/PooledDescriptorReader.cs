using System.Buffers;
using Mono.Unix.Native;
using SshMux.Engine.Platform.Readiness;
using SshMux.Engine.Platform.Terminals;

namespace SshMux.Engine.Platform.Descriptors;

/// <summary>
/// Reads descriptors whose calls may block, ahead by one buffer, on the thread pool: files, and descriptions that are shared
/// and cannot be opened anew. What can be waited for is only read once it is ready, so a thread is held at most when
/// another process snatches the data away.
/// </summary>
internal sealed class PooledDescriptorReader : DescriptorReader, IReadinessHandler, IThreadPoolWorkItem
{
    private const int BufferSize = 64 * 1024;

    private readonly Lock _lock = new();
    private readonly DescriptorHandle _descriptor;
    private readonly ReadinessRegistration? _registration;
    private byte[]? _buffer;
    private int _start;
    private int _end;
    private bool _atEnd;
    private bool _busy;
    private bool _disposed;
    private Action? _callback;

    public PooledDescriptorReader(DescriptorHandle descriptor)
    {
        _descriptor = descriptor;
        _registration = ReadinessLoop.Shared.TryRegister(descriptor, this);
    }

    public override DescriptorHandle Handle => _descriptor;

    public override int Read(Span<byte> buffer)
    {
        lock (_lock)
        {
            if (_start == _end) return _atEnd || _disposed ? 0 : WouldBlock;
            var count = Math.Min(buffer.Length, _end - _start);
            _buffer.AsSpan(_start, count).CopyTo(buffer);
            _start += count;
            return count;
        }
    }

    public override void WhenReadable(Action callback)
    {
        lock (_lock)
        {
            if (_disposed) return;
            _callback = callback;
            if (_busy) return;
            _busy = true;
            if (_registration is null || _start < _end || _atEnd)
            {
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            }
            else
            {
                _registration.Arm(ReadinessDirections.Readable);
            }
        }
    }

    public override void Dispose()
    {
        lock (_lock)
        {
            if (_disposed) return;
            _disposed = true;
            _callback = null;
            _registration?.Dispose();

            // A call that is under way keeps the descriptor and the buffer until it returns.
            _descriptor.Dispose();
            if (!_busy) ReturnBuffer();
        }
    }

    void IReadinessHandler.OnReady(ReadinessDirections directions) =>
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

    void IReadinessHandler.OnFailed(SshException failure)
    {
        lock (_lock) FailLocked();
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute()
    {
        var held = false;
        lock (_lock)
        {
            if (_disposed)
            {
                ReturnBuffer();
                return;
            }

            if (_start == _end && !_atEnd)
            {
                _descriptor.DangerousAddRef(ref held);
                _buffer ??= ArrayPool<byte>.Shared.Rent(BufferSize);
            }
        }

        var count = held ? ReadNow() : 0;
        Action? callback;
        lock (_lock)
        {
            if (held)
            {
                _descriptor.DangerousRelease();
                _start = 0;
                _end = Math.Max(count, 0);
                _atEnd = count == 0;
            }

            // Nothing after all (the description happens to be non-blocking): wait again.
            if (count == WouldBlock && _registration is not null && !_disposed && TryWaitLocked(_registration)) return;

            _busy = false;
            callback = _callback;
            _callback = null;
            if (_disposed) ReturnBuffer();
        }

        callback?.Invoke();
    }

    private bool TryWaitLocked(ReadinessRegistration registration)
    {
        try
        {
            registration.Arm(ReadinessDirections.Readable);
            return true;
        }
        catch (SshException)
        {
            FailLocked();
            return false;
        }
    }

    private void FailLocked()
    {
        Failure = Errno.EIO;
        _atEnd = true;
    }

    private unsafe int ReadNow()
    {
        fixed (byte* start = _buffer)
        {
            while (true)
            {
                var count = Syscall.read(_descriptor.Number, start, BufferSize);
                if (count >= 0) return (int)count;
                switch (SystemError.Last)
                {
                    case Errno.EINTR:
                        continue;
                    case Errno.EAGAIN:
                        return WouldBlock;
                    case Errno.EIO when Terminal.IsTerminal(_descriptor.Number):
                        return 0;
                    case var error:
                        Failure = error;
                        return 0;
                }
            }
        }
    }

    private void ReturnBuffer()
    {
        if (_buffer is null) return;
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = null;
        _start = _end = 0;
    }
}
