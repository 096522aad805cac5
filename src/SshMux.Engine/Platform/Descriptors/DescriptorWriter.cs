using Mono.Unix.Native;

namespace SshMux.Engine.Platform.Descriptors;

/// <summary>
/// Writes to a passed descriptor without blocking and without changing the flags of its file description, which other
/// processes share. For one writer at a time; <see cref="Dispose"/> may come from any thread.
/// </summary>
internal abstract class DescriptorWriter : IDisposable
{
    /// <summary>What <see cref="Write"/> gives when there is no room now.</summary>
    public const int WouldBlock = -1;

    /// <summary>What <see cref="Write"/> gives when nothing can be written any more: the reader is gone, the disk full.</summary>
    public const int Broken = -2;

    /// <summary>Why it is broken: EPIPE if the reader is gone.</summary>
    public Errno Failure { get; protected set; }

    /// <summary>
    /// Whether everything that <see cref="Write"/> took has really been written. Where it is false,
    /// <see cref="WhenWritable"/> says when to look again.
    /// </summary>
    public virtual bool IsIdle => true;

    /// <summary>Whether it is a socket, of which one direction can be shut down.</summary>
    public virtual bool IsSocket => false;

    /// <summary>The descriptor that is written; not necessarily the passed one, which may be closed.</summary>
    public abstract DescriptorHandle Handle { get; }

    /// <summary>Takes ownership of a descriptor and finds out how to write it.</summary>
    /// <exception cref="SshException">The system cannot wait for one more descriptor.</exception>
    public static DescriptorWriter Open(DescriptorHandle passed)
    {
        var (kind, descriptor) = DescriptorKinds.Prepare(passed, forWriting: true);
        try
        {
            return kind == DescriptorKind.MayBlock
                ? new PooledDescriptorWriter(descriptor)
                : new ReadyDescriptorWriter(descriptor, kind);
        }
        catch
        {
            descriptor.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Writes what there is room for: a number of bytes taken, <see cref="WouldBlock"/> or <see cref="Broken"/>.
    /// </summary>
    public abstract int Write(ReadOnlySpan<byte> data);

    /// <summary>Whether pieces can be written with one call.</summary>
    public virtual bool Gathers => false;

    /// <summary>Likewise for several pieces of memory that does not move, no more than IOV_MAX.</summary>
    public virtual int WritePieces(ReadOnlySpan<Iovec> pieces) => throw new NotSupportedException();

    /// <summary>
    /// Calls <paramref name="callback"/> once, on another thread, when there is room again, or when it is broken. The
    /// callback must be short and must not block. A later call before that replaces the callback.
    /// </summary>
    public abstract void WhenWritable(Action callback);

    /// <summary>
    /// Ends the direction of a socket (shutdown(2) SHUT_WR), so that its peer reads to the end; others are unaffected.
    /// </summary>
    public virtual void ShutDown()
    {
    }

    /// <summary>Closes the descriptor. No callback begins after this.</summary>
    public abstract void Dispose();
}
