using System.Runtime.Versioning;
using Mono.Unix.Native;
using SshMux.Engine.Platform.Readiness;
using SshMux.Engine.Platform.Terminals;

namespace SshMux.Engine.Platform.Descriptors;

/// <summary>Reads from a passed descriptor. A terminal that was hung up (EIO) is an ordinary end.</summary>
internal sealed class DescriptorReader : DescriptorEnd
{
    private readonly DescriptorKind _kind;
    private readonly PooledRead? _pooled;
    private bool _hasBlocked;

    /// <summary>Takes ownership of a descriptor and reads it as one of a kind.</summary>
    /// <exception cref="SshException">The system cannot wait for one more descriptor.</exception>
    [UnsupportedOSPlatform("windows")]
    public DescriptorReader(DescriptorHandle descriptor, DescriptorKind kind)
        : this(descriptor, kind, kind == DescriptorKind.MayBlock ? new PooledRead() : null)
    {
    }

    [UnsupportedOSPlatform("windows")]
    private DescriptorReader(DescriptorHandle descriptor, DescriptorKind kind, PooledRead? pooled)
        : base(descriptor, ReadinessDirections.Readable, DescriptorKinds.CanWait(kind), pooled)
    {
        _kind = kind;
        _pooled = pooled;
        if (kind != DescriptorKind.Unusable) return;
        Failure = Errno.EBADF;
        descriptor.Dispose();
    }

    /// <summary>
    /// Whether a read that gave less than asked for has emptied the descriptor, so that waiting is the next thing to do.
    /// </summary>
    // A pipe that had no writer when we opened it reports its end to a read, but not to epoll; so the first round always
    // goes on until a read says that there is nothing.
    public bool ShortReadMeansEmpty => _hasBlocked || _pooled is not null;

    /// <summary>Takes ownership of a descriptor and finds out how to read it.</summary>
    /// <exception cref="SshException">The system cannot wait for one more descriptor.</exception>
    [UnsupportedOSPlatform("windows")]
    public static DescriptorReader Open(DescriptorHandle passed)
    {
        var (kind, descriptor) = DescriptorKinds.Prepare(passed, forWriting: false);
        try
        {
            return new DescriptorReader(descriptor, kind);
        }
        catch
        {
            descriptor.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Reads what is there: a number of bytes, 0 at the end of the stream or after an error
    /// (see <see cref="DescriptorEnd.Failure"/>), <see cref="DescriptorEnd.WouldBlock"/> if there is nothing yet.
    /// </summary>
    public unsafe int Read(Span<byte> buffer)
    {
        lock (Gate)
        {
            if (IsDisposed) return 0;
            if (_pooled is not null) return _pooled.Take(buffer);
            if (Failure != 0) return 0;
            fixed (byte* start = buffer)
            {
                while (true)
                {
                    var count = _kind == DescriptorKind.Socket
                        ? Syscall.recv(Handle.Number, start, (ulong)buffer.Length, MessageFlags.MSG_DONTWAIT)
                        : Syscall.read(Handle.Number, start, (ulong)buffer.Length);
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

    /// <summary>Reads what is there, and waits for it if there is nothing yet; 0 at the end, or once disposed.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled while it waited.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int count;
        while ((count = Read(buffer.Span)) == WouldBlock)
        {
            await WaitUntilReadyAsync(cancellationToken).ConfigureAwait(false);
        }

        return count;
    }

    /// <summary>
    /// Calls <paramref name="callback"/> once, on another thread, when <see cref="Read"/> may have something to give. The
    /// callback must be short and must not block. A later call before that replaces the callback.
    /// </summary>
    public void WhenReadable(Action callback) => WhenReady(callback);

    /// <summary>The size of the terminal that is read; null if it is none, or closed.</summary>
    public WindowSize? GetWindowSize()
    {
        try
        {
            return Terminal.GetSize(Handle);
        }
        catch (ObjectDisposedException)
        {
            return null; // just closed on another thread
        }
    }
}
