using Mono.Unix.Native;
using SshMux.Engine.Platform.Readiness;

namespace SshMux.Engine.Platform.Descriptors;

/// <summary>Reads descriptors whose calls never block: sockets, descriptions of our own, some devices.</summary>
internal sealed class ReadyDescriptorReader : DescriptorReader, IReadinessHandler, IThreadPoolWorkItem
{
    private readonly Lock _lock = new();
    private readonly DescriptorHandle _descriptor;
    private readonly DescriptorKind _kind;
    private readonly ReadinessRegistration? _registration;
    private Action? _callback;
    private bool _hasBlocked;
    private bool _disposed;

    public ReadyDescriptorReader(DescriptorHandle descriptor, DescriptorKind kind)
    {
        _descriptor = descriptor;
        _kind = kind;
        if (kind == DescriptorKind.Unusable)
        {
            Failure = Errno.EBADF;
            descriptor.Dispose();
        }
        else if (kind != DescriptorKind.NeverBlocks)
        {
            _registration = ReadinessLoop.Shared.TryRegister(descriptor, this);
        }
    }

    public override DescriptorHandle Handle => _descriptor;

    /// <inheritdoc/>
    // A pipe that had no writer when we opened it reports its end to a read, but not to epoll; so the first round always
    // goes on until a read says that there is nothing.
    public override bool ShortReadMeansEmpty => _hasBlocked;

    public override unsafe int Read(Span<byte> buffer)
    {
        lock (_lock)
        {
            if (_disposed || Failure != 0) return 0;
            fixed (byte* start = buffer)
            {
                while (true)
                {
                    var count = _kind == DescriptorKind.Socket
                        ? Syscall.recv(_descriptor.Number, start, (ulong)buffer.Length, MessageFlags.MSG_DONTWAIT)
                        : Syscall.read(_descriptor.Number, start, (ulong)buffer.Length);
                    if (count >= 0) return (int)count;
                    switch (SystemError.Last)
                    {
                        case Errno.EINTR:
                            continue;
                        case Errno.EAGAIN:
                            _hasBlocked = true;
                            return WouldBlock;
                        case Errno.EIO when _kind == DescriptorKind.Own:
                            return 0;
                        case var error:
                            Failure = error;
                            return 0;
                    }
                }
            }
        }
    }

    public override void WhenReadable(Action callback)
    {
        lock (_lock)
        {
            if (_disposed) return;
            _callback = callback;
            if (_registration is null) ReadinessLoop.Shared.Post(this);
            else _registration.Arm(ReadinessDirections.Readable);
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
            _descriptor.Dispose();
        }
    }

    void IReadinessHandler.OnReady(ReadinessDirections directions) => Fire();

    void IReadinessHandler.OnFailed(SshException failure)
    {
        lock (_lock) Failure = Errno.EIO;
        Fire();
    }

    void IThreadPoolWorkItem.Execute() => Fire();

    private void Fire()
    {
        Action? callback;
        lock (_lock)
        {
            callback = _callback;
            _callback = null;
        }

        callback?.Invoke();
    }
}
