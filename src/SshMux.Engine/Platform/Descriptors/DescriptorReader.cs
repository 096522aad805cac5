using Mono.Unix.Native;
using SshMux.Engine.Platform.Terminals;

namespace SshMux.Engine.Platform.Descriptors;

/// <summary>
/// Reads from a passed descriptor without blocking and without changing the flags of its file description, which other
/// processes share. For one reader at a time; <see cref="Dispose"/> may come from any thread.
/// </summary>
internal abstract class DescriptorReader : IDisposable
{
    /// <summary>What <see cref="Read"/> gives when there is nothing yet.</summary>
    public const int WouldBlock = -1;

    /// <summary>
    /// The error that ended the stream, if it was one. A terminal that was hung up (EIO) is an ordinary end.
    /// </summary>
    public Errno Failure { get; protected set; }

    /// <summary>
    /// Whether a read that gave less than asked for has emptied the descriptor, so that waiting is the next thing to do.
    /// </summary>
    public virtual bool ShortReadMeansEmpty => true;

    /// <summary>The descriptor that is read; not necessarily the passed one, which may be closed.</summary>
    public abstract DescriptorHandle Handle { get; }

    /// <summary>Takes ownership of a descriptor and finds out how to read it.</summary>
    /// <exception cref="SshException">The system cannot wait for one more descriptor.</exception>
    public static DescriptorReader Open(DescriptorHandle passed)
    {
        var (kind, descriptor) = DescriptorKinds.Prepare(passed, forWriting: false);
        try
        {
            return kind == DescriptorKind.MayBlock
                ? new PooledDescriptorReader(descriptor)
                : new ReadyDescriptorReader(descriptor, kind);
        }
        catch
        {
            descriptor.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Reads what is there: a number of bytes, 0 at the end of the stream or after an error (see <see cref="Failure"/>),
    /// <see cref="WouldBlock"/> if there is nothing yet.
    /// </summary>
    public abstract int Read(Span<byte> buffer);

    /// <summary>
    /// Calls <paramref name="callback"/> once, on another thread, when <see cref="Read"/> may have something to give. The
    /// callback must be short and must not block. A later call before that replaces the callback.
    /// </summary>
    public abstract void WhenReadable(Action callback);

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

    /// <summary>Closes the descriptor. No callback begins after this.</summary>
    public abstract void Dispose();
}
