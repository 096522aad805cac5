using Mono.Unix.Native;
using SshMux.Engine.Platform.Readiness;

namespace SshMux.Engine.Platform.Descriptors;

/// <summary>Writes descriptors whose calls never block: sockets, descriptions of our own, some devices.</summary>
internal sealed class ReadyDescriptorWriter : DescriptorWriter, IReadinessHandler, IThreadPoolWorkItem
{
    /// <summary>
    /// What a pipe holds when a transfer runs through it: a few of those at once are still far from what one user may
    /// have in pipes (pipe-user-pages-soft, 64 MiB).
    /// </summary>
    private const int TransferPipeSize = 256 * 1024;

    private readonly Lock _lock = new();
    private readonly DescriptorHandle _descriptor;
    private readonly DescriptorKind _kind;
    private readonly ReadinessRegistration? _registration;
    private Action? _callback;
    private int _untilTransfer = 1024 * 1024; // bytes, after which it is one
    private bool _disposed;

    public ReadyDescriptorWriter(DescriptorHandle descriptor, DescriptorKind kind)
    {
        _descriptor = descriptor;
        _kind = kind;
        if (kind == DescriptorKind.Unusable)
        {
            Failure = Errno.EPIPE;
            descriptor.Dispose();
        }
        else if (kind != DescriptorKind.NeverBlocks)
        {
            _registration = ReadinessLoop.Shared.TryRegister(descriptor, this);
        }
    }

    public override bool IsSocket => _kind == DescriptorKind.Socket;

    public override DescriptorHandle Handle => _descriptor;

    public override bool Gathers => true;

    public override unsafe int Write(ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty) return 0;
        fixed (byte* start = data)
        {
            return WritePieces([new Iovec { iov_base = (nint)start, iov_len = (ulong)data.Length }]);
        }
    }

    public override unsafe int WritePieces(ReadOnlySpan<Iovec> pieces)
    {
        lock (_lock)
        {
            if (_disposed || Failure != 0) return Broken;
            fixed (Iovec* start = pieces)
            {
                while (true)
                {
                    var count = _kind == DescriptorKind.Socket
                        ? Send(start, pieces.Length)
                        : LibC.WriteV(_descriptor.Number, start, pieces.Length);
                    if (count > 0)
                    {
                        if (_untilTransfer > 0) NoteWritten((int)count);
                        return (int)count;
                    }

                    var error = count == 0 ? Errno.EAGAIN : SystemError.Last;
                    if (error == Errno.EINTR) continue;
                    if (error == Errno.EAGAIN) return WouldBlock;
                    Failure = error;
                    return Broken;
                }
            }
        }
    }

    public override void WhenWritable(Action callback)
    {
        lock (_lock)
        {
            if (_disposed) return;
            _callback = callback;
            if (_registration is null) ReadinessLoop.Shared.Post(this);
            else _registration.Arm(ReadinessDirections.Writable);
        }
    }

    public override void ShutDown()
    {
        lock (_lock)
        {
            if (_disposed || !IsSocket) return;

            // A peer that is gone already (ENOTCONN) has seen the end.
            _ = Syscall.shutdown(_descriptor.Number, ShutdownOption.SHUT_WR);
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

    /// <summary>
    /// A pipe holds 64 KiB when it is new; with more, its reader and we wait for each other less often.
    /// </summary>
    private void NoteWritten(int count)
    {
        _untilTransfer -= count;
        if (_untilTransfer > 0 || _kind != DescriptorKind.Own) return;
        var size = LibC.Fcntl(_descriptor.Number, LibC.GetPipeSize, 0);

        // Only a wish. A terminal has no such size.
        if (size is > 0 and < TransferPipeSize)
        {
            _ = LibC.Fcntl(_descriptor.Number, LibC.SetPipeSize, TransferPipeSize);
        }
    }

    private unsafe nint Send(Iovec* pieces, int count)
    {
        var message = new LibC.MessageHeader { Pieces = pieces, PieceCount = (nuint)count };
        return LibC.SendMessage(_descriptor.Number, message, LibC.NoWaitNoSignal);
    }

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
