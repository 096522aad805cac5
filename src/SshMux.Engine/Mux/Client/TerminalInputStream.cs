using Mono.Unix.Native;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Descriptors;

namespace SshMux.Engine.Mux.Client;

/// <summary>
/// What is typed on a terminal of our own making, of which a master has the other end. Disposing it ends nothing, for a
/// terminal has no end of input; the terminal itself is its owner's to dispose.
/// </summary>
internal sealed class TerminalInputStream : UnseekableStream
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private readonly DescriptorHandle _terminal;

    public TerminalInputStream(DescriptorHandle terminal)
    {
        _terminal = terminal;

        // Its file description is ours alone.
        var flags = LibC.Fcntl(terminal.Number, LibC.GetFlags, 0);
        _ = LibC.Fcntl(terminal.Number, LibC.SetFlags, flags | (int)OpenFlags.O_NONBLOCK);
    }

    public override bool CanWrite => true;

    /// <summary>Completes when the terminal has taken all, which is little at a time.</summary>
    /// <exception cref="IOException">The master has closed its end.</exception>
    public override async ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var count = TryWrite(buffer.Span);
            if (count > 0) buffer = buffer[count..];
            else await Task.Delay(Pause, cancellationToken).ConfigureAwait(false); // typing need not be fast
        }
    }

    /// <summary>Writes what there is room for, which may be nothing.</summary>
    private unsafe int TryWrite(ReadOnlySpan<byte> data)
    {
        var held = false;
        try
        {
            _terminal.DangerousAddRef(ref held);
            fixed (byte* start = data)
            {
                var count = Syscall.write(_terminal.Number, start, (ulong)data.Length);
                if (count >= 0) return (int)count;
            }

            return SystemError.Last is Errno.EAGAIN or Errno.EINTR
                ? 0
                : throw new IOException("the master reads no more input");
        }
        finally
        {
            if (held) _terminal.DangerousRelease();
        }
    }
}
