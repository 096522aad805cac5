using Mono.Unix.Native;

namespace SshMux.Engine.Platform.Descriptors;

/// <summary>
/// Writes behind, one buffer at a time, in order. Of what can be waited for, as little is written at once as a pipe that
/// is ready takes without waiting.
/// </summary>
internal sealed class PooledWrite() : PooledCall(128 * 1024)
{
    /// <summary>PIPE_BUF.</summary>
    private const int SafeLength = 4096;

    public override bool IsNeeded => Start < End;

    /// <summary>Takes bytes to be written, as many as the buffer holds. There must be nothing in it.</summary>
    public int Put(ReadOnlySpan<byte> data)
    {
        var count = Math.Min(data.Length, BufferSize);
        data[..count].CopyTo(RentBuffer());
        Start = 0;
        End = count;
        return count;
    }

    public override unsafe int Make(int descriptor, bool mayWait, out Errno error)
    {
        error = default;
        var length = mayWait ? Math.Min(End - Start, SafeLength) : End - Start;
        fixed (byte* start = Buffer.AsSpan())
        {
            while (true)
            {
                var count = Syscall.write(descriptor, start + Start, (ulong)length);
                if (count >= 0) return (int)count;
                var failure = SystemError.Last;
                if (failure == Errno.EINTR) continue;
                if (failure == Errno.EAGAIN && mayWait) return DescriptorEnd.WouldBlock;
                error = failure;
                return 0;
            }
        }
    }

    public override void Complete(int count) => Start += Math.Max(count, 0);

    /// <summary>What cannot be written is gone; the next write says so.</summary>
    public override void GiveUp() => Start = End = 0;
}
