using System.Buffers;
using SshMux.Engine.Channels;

namespace SshMux.Engine.Streams;

/// <summary>
/// A channel whose end is one stream both ways, such as a socket: what comes from the one goes to the other. The end of
/// the channel's data ends the stream's, and the other way round; it is closed when both have ended.
/// </summary>
#pragma warning disable CA1001 // What it owns ends with the channel.
internal sealed class StreamChannel : IChannelEnds
#pragma warning restore CA1001
{
    private const int BufferSize = 32 * 1024;

    private readonly TaskCompletionSource<ChannelEnd> _completion =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly Stream _stream;
    private readonly Action _completeWriting;
    private readonly ChannelReadStream _arriving = new();
    private readonly ChannelWriteStream _leaving = new();
    private readonly CancellationTokenSource _stop = new(); // of reading the stream
    private readonly TaskCompletionSource<SshException?> _closed =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Channel? _channel;
    private CommandExit? _exit;
    private volatile bool _aborted;

    /// <summary>Takes a stream over; it is carried from the channel's opening on.</summary>
    /// <param name="stream">The stream, for which one read and one write may be under way at a time.</param>
    /// <param name="completeWriting">Tells whoever reads it that no more follows. Must not throw.</param>
    public StreamChannel(Stream stream, Action completeWriting)
    {
        _stream = stream;
        _completeWriting = completeWriting;
    }

    /// <inheritdoc/>
    public Task<ChannelEnd> Completion => _completion.Task;

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Preface { get; set; }

    /// <inheritdoc/>
    public void Abort() => Fail(new SshException(SshError.Stopped, "the channel was ended on this side"));

    void IChannelHandler.OnOpened(Channel channel)
    {
        _arriving.Open(channel);
        _leaving.Open(channel);
        _channel = channel;
        Interlocked.MemoryBarrier(); // either we see the abort, or it sees the channel
        if (_aborted) channel.Close();
        else _ = Task.Run(() => CarryAsync(channel));
    }

    void IChannelHandler.OnData(ReadOnlySpan<byte> data) => _arriving.Append(data);

    void IChannelHandler.OnExtendedData(ReadOnlySpan<byte> data) => _channel!.Consumed(data.Length);

    void IChannelHandler.OnEof() => _arriving.Complete(null);

    void IChannelHandler.OnWritable() => _leaving.OnWritable();

    void IChannelHandler.OnExit(CommandExit exit) => _exit = exit;

    void IChannelHandler.OnPeerStoppedReading() => EndReading(null);

    void IChannelHandler.OnClosed(SshException? reason)
    {
        _arriving.Complete(null);
        EndReading(reason);
        _closed.TrySetResult(reason);
    }

    private void EndReading(SshException? reason)
    {
        _leaving.Complete(reason);
        _ = _stop.CancelAsync();
    }

    private async Task CarryAsync(Channel channel)
    {
        await Task.WhenAll(CarryArrivingAsync(), CarryLeavingAsync()).ConfigureAwait(false);
        channel.Close();
        var reason = await _closed.Task.ConfigureAwait(false);
        await CloseAsync().ConfigureAwait(false);
        _completion.TrySetResult(new ChannelEnd(_exit, reason));
    }

    /// <summary>From the channel to the stream.</summary>
    private async Task CarryArrivingAsync()
    {
        try
        {
            if (!Preface.IsEmpty) await _stream.WriteAsync(Preface).ConfigureAwait(false);
            await CarryAsync(_arriving, _stream, CancellationToken.None).ConfigureAwait(false);
            _completeWriting();
        }
        catch (Exception e) when (IsEnd(e))
        {
            // Nobody reads the stream any more: what comes is dropped from now on, so that the channel goes on to its end.
            _arriving.Dispose();
        }
    }

    /// <summary>From the stream to the channel.</summary>
    private async Task CarryLeavingAsync()
    {
        try
        {
            await CarryAsync(_stream, _leaving, _stop.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (IsEnd(e))
        {
            // What was read before that is on its way.
        }

        _leaving.Dispose();
    }

    private static async Task CarryAsync(Stream from, Stream to, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (true)
            {
                var count = await from.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
                if (count == 0) return;
                await to.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static bool IsEnd(Exception e) => e is IOException or ObjectDisposedException or OperationCanceledException;

    private void Fail(SshException reason)
    {
        _aborted = true;
        _channel?.Close();
        _ = CloseAsync().AsTask();
        _completion.TrySetResult(new ChannelEnd(_exit, reason));
    }

    private async ValueTask CloseAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _arriving.Dispose();
        await _stream.DisposeAsync().ConfigureAwait(false);
    }
}
