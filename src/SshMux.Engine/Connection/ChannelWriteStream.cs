using SshMux.Engine.Platform;

namespace SshMux.Engine.Connection;

/// <summary>What this process sends on a channel, as a stream to write to. Disposing it sends EOF.</summary>
internal sealed class ChannelWriteStream : UnseekableStream
{
    private readonly Lock _lock = new();
    private Channel? _channel;
    private IOException? _error;
    private TaskCompletionSource? _room;
    private bool _disposed;

    public override bool CanWrite => true;

    /// <summary>Completes when all of <paramref name="buffer"/> is on its way, waiting for the peer's window.</summary>
    /// <exception cref="IOException">The peer takes no more data, or the connection has ended.</exception>
    public override async ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        cancellationToken.ThrowIfCancellationRequested();
        while (true)
        {
            if (_error is not null) throw new IOException(_error.Message, _error.InnerException);
            buffer = buffer[_channel!.TrySend(buffer.Span)..];
            if (buffer.IsEmpty) return;
            Task room;
            lock (_lock)
            {
                _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                room = _room.Task;
            }

            // The channel may have become writable, or ended, before _room was there to be told: look once more.
            if (_channel.SendAllowance == 0 && _error is null)
            {
                await room.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    internal void Open(Channel channel) => _channel = channel;

    internal void OnWritable()
    {
        TaskCompletionSource? room;
        lock (_lock)
        {
            room = _room;
            _room = null;
        }

        room?.SetResult();
    }

    /// <summary>From now on every write fails; <paramref name="reason"/> is null if the peer is just done reading.</summary>
    internal void Complete(SshException? reason)
    {
        _error ??= new IOException(reason?.Message ?? "the remote side reads no more input", reason);
        OnWritable();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            _channel?.SendEof();
        }

        base.Dispose(disposing);
    }
}
