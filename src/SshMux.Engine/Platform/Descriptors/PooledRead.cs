using Mono.Unix.Native;
using SshMux.Engine.Platform.Terminals;

namespace SshMux.Engine.Platform.Descriptors;

/// <summary>Reads ahead, when somebody waits for more.</summary>
internal sealed class PooledRead() : PooledCall(64 * 1024)
{
    private bool _atEnd;

    public override bool IsNeeded => Start == End && !_atEnd;

    /// <summary>Takes what was read; 0 at the end.</summary>
    public int Take(Span<byte> buffer)
    {
        if (Start == End) return _atEnd ? 0 : DescriptorEnd.WouldBlock;
        var count = Math.Min(buffer.Length, End - Start);
        Buffer.AsSpan(Start, count).CopyTo(buffer);
        Start += count;
        return count;
    }

    public override unsafe int Make(int descriptor, bool mayWait, out Errno error)
    {
        error = default;
        fixed (byte* start = Buffer.AsSpan())
        {
            while (true)
            {
                var count = Syscall.read(descriptor, start, (ulong)BufferSize);
                if (count >= 0) return (int)count;
                switch (SystemError.Last)
                {
                    case Errno.EINTR:
                        continue;
                    case Errno.EAGAIN:
                        return DescriptorEnd.WouldBlock;
                    case Errno.EIO when Terminal.IsTerminal(descriptor):
                        return 0;
                    case var failure:
                        error = failure;
                        return 0;
                }
            }
        }
    }

    public override void Complete(int count)
    {
        Start = 0;
        End = Math.Max(count, 0);
        _atEnd = count == 0;
    }

    public override void GiveUp() => _atEnd = true;
}
