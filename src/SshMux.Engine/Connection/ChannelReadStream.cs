using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using SshMux.Engine.Platform;

namespace SshMux.Engine.Connection;

/// <summary>
/// What arrives on a channel, as a stream to read in this process. Data waits here until it is read, and only then is
/// the window given back, so a slow reader holds at most one window's worth.
/// </summary>
internal sealed class ChannelReadStream : UnseekableStream
{
    // The window is the bound, so the pipe never has to pause its writer.
    private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: 0));
    private Channel? _channel;
    private SshException? _error;
    private int _unread;
    private bool _isComplete;
    private volatile bool _disposed;

    public override bool CanRead => true;

    /// <summary>Reads what arrives; a cancelled read loses nothing.</summary>
    /// <exception cref="IOException">The connection ended before the peer's EOF; the cause is inside.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (buffer.IsEmpty) return 0;
        var result = await _pipe.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        ObjectDisposedException.ThrowIf(_disposed, this);
        var length = (int)Math.Min(result.Buffer.Length, buffer.Length);
        var taken = result.Buffer.Slice(0, length);
        taken.CopyTo(buffer.Span);
        _pipe.Reader.AdvanceTo(taken.End);
        if (length != 0)
        {
            Interlocked.Add(ref _unread, -length);
            _channel!.Consumed(length);
        }
        else if (_error is not null) throw new IOException(_error.Message, _error);
        return length;
    }

    internal void Open(Channel channel) => _channel = channel;

    internal void Append(ReadOnlySpan<byte> data)
    {
        if (_disposed)
        {
            // Nobody will read it; let the sender go on to its end all the same.
            _channel!.Consumed(data.Length);
            return;
        }

        Interlocked.Add(ref _unread, data.Length);
        _pipe.Writer.Write(data);
        var flushed = _pipe.Writer.FlushAsync();
        Debug.Assert(flushed.IsCompleted, "the pipe has no threshold to wait at");
    }

    internal void Complete(SshException? error)
    {
        // What ends the connection after the peer's EOF has taken nothing from the reader.
        if (_isComplete) return;
        _isComplete = true;
        _error = error;
        _pipe.Writer.Complete();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            _pipe.Reader.CancelPendingRead();
            _channel?.Consumed(Interlocked.Exchange(ref _unread, 0));
        }

        base.Dispose(disposing);
    }
}
