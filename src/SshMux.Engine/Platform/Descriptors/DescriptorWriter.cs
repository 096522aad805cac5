using System.Runtime.Versioning;
using Mono.Unix.Native;
using SshMux.Engine.Platform.Readiness;

namespace SshMux.Engine.Platform.Descriptors;

/// <summary>Writes to a passed descriptor. Its failure is EPIPE if the reader is gone.</summary>
internal sealed class DescriptorWriter : DescriptorEnd
{
    /// <summary>What <see cref="Write"/> gives when nothing can be written any more: the reader is gone, the disk full.</summary>
    public const int Broken = -2;

    /// <summary>
    /// What a pipe holds when a transfer runs through it: a few of those at once are still far from what one user may
    /// have in pipes (pipe-user-pages-soft, 64 MiB).
    /// </summary>
    private const int TransferPipeSize = 256 * 1024;

    private readonly DescriptorKind _kind;
    private readonly PooledWrite? _pooled;
    private int _untilTransfer = 1024 * 1024; // bytes, after which it is one

    /// <summary>Takes ownership of a descriptor and writes it as one of a kind.</summary>
    /// <exception cref="SshException">The system cannot wait for one more descriptor.</exception>
    [UnsupportedOSPlatform("windows")]
    public DescriptorWriter(DescriptorHandle descriptor, DescriptorKind kind)
        : this(descriptor, kind, kind == DescriptorKind.MayBlock ? new PooledWrite() : null)
    {
    }

    [UnsupportedOSPlatform("windows")]
    private DescriptorWriter(DescriptorHandle descriptor, DescriptorKind kind, PooledWrite? pooled)
        : base(descriptor, ReadinessDirections.Writable, DescriptorKinds.CanWait(kind), pooled)
    {
        _kind = kind;
        _pooled = pooled;
        if (kind != DescriptorKind.Unusable) return;
        Failure = Errno.EPIPE;
        descriptor.Dispose();
    }

    /// <summary>
    /// Whether everything that <see cref="Write"/> took has really been written. Where it is false,
    /// <see cref="WhenWritable"/> says when to look again.
    /// </summary>
    public bool IsIdle
    {
        get
        {
            if (_pooled is null) return true;
            lock (Gate) return !_pooled.IsNeeded;
        }
    }

    /// <summary>Whether it is a socket, of which one direction can be shut down.</summary>
    public bool IsSocket => _kind == DescriptorKind.Socket;

    /// <summary>Whether pieces can be written with one call.</summary>
    public bool Gathers => _pooled is null;

    /// <summary>Takes ownership of a descriptor and finds out how to write it.</summary>
    /// <exception cref="SshException">The system cannot wait for one more descriptor.</exception>
    [UnsupportedOSPlatform("windows")]
    public static DescriptorWriter Open(DescriptorHandle passed)
    {
        var (kind, descriptor) = DescriptorKinds.Prepare(passed, forWriting: true);
        try
        {
            return new DescriptorWriter(descriptor, kind);
        }
        catch
        {
            descriptor.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Writes what there is room for: a number of bytes taken, <see cref="DescriptorEnd.WouldBlock"/> or
    /// <see cref="Broken"/>.
    /// </summary>
    public unsafe int Write(ReadOnlySpan<byte> data)
    {
        if (_pooled is not null) return WriteBehind(_pooled, data);
        if (data.IsEmpty) return 0;
        fixed (byte* start = data)
        {
            return WritePieces([new Iovec { iov_base = (nint)start, iov_len = (ulong)data.Length }]);
        }
    }

    /// <summary>
    /// Writes several pieces of memory that does not move, no more than IOV_MAX, as <see cref="Write"/> does one; only
    /// where it <see cref="Gathers"/>.
    /// </summary>
    public unsafe int WritePieces(ReadOnlySpan<Iovec> pieces)
    {
        lock (Gate)
        {
            if (IsDisposed || Failure != 0) return Broken;
            fixed (Iovec* start = pieces)
            {
                while (true)
                {
                    var count = _kind == DescriptorKind.Socket
                        ? Send(start, pieces.Length)
                        : LibC.WriteV(Handle.Number, start, pieces.Length);
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

    /// <summary>
    /// Completes when all has really been written, as far as can be known; false if it is broken, or disposed.
    /// </summary>
    /// <exception cref="OperationCanceledException">It was cancelled while it waited.</exception>
    public async ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        while (!data.IsEmpty || !IsIdle)
        {
            if (IsDisposed) return false;
            var count = data.IsEmpty ? WouldBlock : Write(data.Span);
            if (count == Broken) return false;
            if (count >= 0) data = data[count..];
            else await WaitUntilReadyAsync(cancellationToken).ConfigureAwait(false);
        }

        // What was taken and then given up is no longer waited for, either.
        lock (Gate) return !IsDisposed && Failure == 0;
    }

    /// <summary>
    /// Calls <paramref name="callback"/> once, on another thread, when there is room again, or when it is broken. The
    /// callback must be short and must not block. A later call before that replaces the callback.
    /// </summary>
    public void WhenWritable(Action callback) => WhenReady(callback);

    /// <summary>
    /// Ends the direction of a socket (shutdown(2) SHUT_WR), so that its peer reads to the end; others are unaffected.
    /// </summary>
    public void ShutDown()
    {
        lock (Gate)
        {
            if (IsDisposed || !IsSocket) return;

            // A peer that is gone already (ENOTCONN) has seen the end.
            _ = Syscall.shutdown(Handle.Number, ShutdownOption.SHUT_WR);
        }
    }

    private int WriteBehind(PooledWrite pooled, ReadOnlySpan<byte> data)
    {
        lock (Gate)
        {
            if (IsDisposed || Failure != 0) return Broken;
            if (IsCalling) return WouldBlock;
            if (data.IsEmpty) return 0;
            var count = pooled.Put(data);
            BeginCall();
            return count;
        }
    }

    /// <summary>
    /// A pipe holds 64 KiB when it is new; with more, its reader and we wait for each other less often.
    /// </summary>
    private void NoteWritten(int count)
    {
        _untilTransfer -= count;
        if (_untilTransfer > 0 || _kind != DescriptorKind.Own) return;
        var size = LibC.Fcntl(Handle.Number, LibC.GetPipeSize, 0);

        // Only a wish. A terminal has no such size.
        if (size is > 0 and < TransferPipeSize)
        {
            _ = LibC.Fcntl(Handle.Number, LibC.SetPipeSize, TransferPipeSize);
        }
    }

    private unsafe nint Send(Iovec* pieces, int count)
    {
        var message = new LibC.MessageHeader { Pieces = pieces, PieceCount = (nuint)count };
        return LibC.SendMessage(Handle.Number, message, LibC.NoWaitNoSignal);
    }
}
