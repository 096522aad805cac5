using System.Buffers;
using Mono.Unix.Native;

namespace SshMux.Engine.Platform.Descriptors;

/// <summary>
/// A read ahead or a write behind by one buffer, made on the thread pool because it may block. All but
/// <see cref="Make"/> is called with the lock of the descriptor's end held.
/// </summary>
internal abstract class PooledCall(int bufferSize)
{
    private byte[]? _buffer;

    /// <summary>Whether there is something to do for a call.</summary>
    public abstract bool IsNeeded { get; }

    protected byte[]? Buffer => _buffer;

    /// <summary>Where what is not yet taken or written begins in the buffer.</summary>
    protected int Start { get; set; }

    /// <summary>Where it ends.</summary>
    protected int End { get; set; }

    protected int BufferSize => bufferSize;

    /// <summary>Makes the call; gives the number of bytes, or <see cref="DescriptorEnd.WouldBlock"/>.</summary>
    /// <param name="descriptor">Stays open meanwhile.</param>
    /// <param name="mayWait">Whether the descriptor can be waited for.</param>
    /// <param name="error">Why it failed; else 0.</param>
    public abstract int Make(int descriptor, bool mayWait, out Errno error);

    /// <summary>Notes what the call has given.</summary>
    public abstract void Complete(int count);

    /// <summary>It failed, and the descriptor is of no more use.</summary>
    public abstract void GiveUp();

    public byte[] RentBuffer() => _buffer ??= ArrayPool<byte>.Shared.Rent(bufferSize);

    public void ReturnBuffer()
    {
        if (_buffer is null) return;
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = null;
        Start = End = 0;
    }
}
