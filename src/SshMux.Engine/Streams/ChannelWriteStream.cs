using System.Runtime.CompilerServices;
using SshMux.Engine.Channels;
using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Platform.Readiness;

namespace SshMux.Engine.Streams;

/// <summary>What this process sends on a channel, as a stream to write to. Disposing it sends EOF.</summary>
internal sealed class ChannelWriteStream : UnseekableStream
{
    private readonly ReadyWait _room;
    private Channel? _channel;
    private IOException? _error;
    private bool _disposed;

    public ChannelWriteStream() => _room = new ReadyWait(WakeIfRoom);

    public override bool CanWrite => true;

    /// <summary>
    /// Completes when all of <paramref name="buffer"/> is on its way, waiting for the peer's window. For one writer at
    /// a time.
    /// </summary>
    /// <exception cref="IOException">The peer takes no more data, or the connection has ended.</exception>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled(cancellationToken);
        return TryWrite(ref buffer) ? default : WaitAndWriteAsync(buffer, cancellationToken);
    }

    internal void Open(Channel channel) => _channel = channel;

    internal void OnWritable() => _room.Wake();

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

    /// <summary>The channel may have become writable, or ended, before there was who waits: look once more.</summary>
    private void WakeIfRoom(Action wake)
    {
        if (_channel!.SendAllowance != 0 || _error is not null) wake();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WaitAndWriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        do
        {
            if (_error is not null) throw new IOException(_error.Message, _error.InnerException);
            await _room.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        while (!TryWrite(ref buffer));
    }

    /// <summary>Writes what there is room for, and gives whether that was all.</summary>
    private bool TryWrite(ref ReadOnlyMemory<byte> buffer)
    {
        // Whoever waits is woken, too, when nothing can be written any more.
        if (_error is not null) return false;
        buffer = buffer[_channel!.TrySend(buffer.Span)..];
        return buffer.IsEmpty;
    }
}
