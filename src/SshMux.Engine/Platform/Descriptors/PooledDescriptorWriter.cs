using System.Buffers;
using Mono.Unix.Native;
using SshMux.Engine.Platform.Readiness;

namespace SshMux.Engine.Platform.Descriptors;

/// <summary>
/// Writes descriptors whose calls may block, one buffer at a time, in order, on the thread pool: files, and descriptions
/// that are shared and cannot be opened anew. Of the latter, as little is written at once as a pipe that is ready takes
/// without waiting.
/// </summary>
internal sealed class PooledDescriptorWriter : DescriptorWriter, IReadinessHandler, IThreadPoolWorkItem
{
    private const int BufferSize = 128 * 1024;

    /// <summary>PIPE_BUF.</summary>
    private const int SafeLength = 4096;

    private readonly Lock _lock = new();
    private readonly DescriptorHandle _descriptor;
    private readonly ReadinessRegistration? _registration;
    private byte[]? _buffer;
    private int _start;
    private int _end;
    private bool _busy;
    private bool _disposed;
    private Action? _callback;

    public PooledDescriptorWriter(DescriptorHandle descriptor)
    {
        _descriptor = descriptor;
        _registration = ReadinessLoop.Shared.TryRegister(descriptor, this);
    }

    public override bool IsIdle
    {
        get { lock (_lock) return _start == _end; }
    }

    public override DescriptorHandle Handle => _descriptor;

    public override int Write(ReadOnlySpan<byte> data)
    {
        lock (_lock)
        {
            if (_disposed || Failure != 0) return Broken;
            if (_busy) return WouldBlock;
            var count = Math.Min(data.Length, BufferSize);
            if (count == 0) return 0;
            _buffer ??= ArrayPool<byte>.Shared.Rent(BufferSize);
            data[..count].CopyTo(_buffer);
            _start = 0;
            _end = count;
            _busy = true;
            Continue();
            return count;
        }
    }

    public override void WhenWritable(Action callback)
    {
        lock (_lock)
        {
            if (_disposed) return;
            _callback = callback;
            if (_busy) return;
            _busy = true;
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
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
        lock (_lock) Failure = Errno.EIO;
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

            if (_start < _end && Failure == 0) _descriptor.DangerousAddRef(ref held);
        }

        var written = held ? WriteNow() : 0;
        Action? callback;
        lock (_lock)
        {
            if (held) _descriptor.DangerousRelease();
            if (_disposed)
            {
                _busy = false;
                ReturnBuffer();
                return;
            }

            // What cannot be written is gone; the next call says so.
            if (Failure != 0) _start = _end = 0;
            else _start += written;
            if (_start < _end)
            {
                Continue();
                return;
            }

            _busy = false;
            callback = _callback;
            _callback = null;
        }

        callback?.Invoke();
    }

    private void Continue()
    {
        try
        {
            if (_registration is not null)
            {
                _registration.Arm(ReadinessDirections.Writable);
                return;
            }
        }
        catch (SshException)
        {
            Failure = Errno.EIO;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private unsafe int WriteNow()
    {
        var length = _registration is null ? _end - _start : Math.Min(_end - _start, SafeLength);
        fixed (byte* start = _buffer)
        {
            while (true)
            {
                var count = Syscall.write(_descriptor.Number, start + _start, (ulong)length);
                if (count >= 0) return (int)count;
                var error = SystemError.Last;
                if (error == Errno.EINTR) continue;
                if (error == Errno.EAGAIN && _registration is not null) return 0;
                Failure = error;
                return 0;
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
