using System.Diagnostics;

namespace SshMux.Engine.Connection;

// Without reading: to who takes it on the loop that it comes on.
internal sealed partial class ChannelReadStream
{
    private const int MostSlow = 3;

    private static readonly TimeSpan LongTime = TimeSpan.FromMilliseconds(20);

    // Held while data is taken in, so that it stays in order and nobody is called who has left. Outside of _lock.
    private readonly Lock _directLock = new();
    private BytesReceiver? _receiver;
    private TaskCompletionSource? _direct;
    private int _slow;

    /// <summary>
    /// Hands over what arrives on the connection's own loop, straight from where it was decrypted. Returns when
    /// something waits to be read, or nothing more comes, or the receiver was slow a few times: it must not hold up all
    /// other channels. What comes after that is there to be read.
    /// </summary>
    internal async Task ReceiveDirectlyAsync(BytesReceiver receiver, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_directLock)
        {
            lock (_lock)
            {
                if (_unread.Length > 0 || _isComplete || _disposed) return;
            }

            _receiver = receiver;
            _direct = done;
        }

        await using var registration = cancellationToken.Register(EndDirect).ConfigureAwait(false);
        await done.Task.ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private void Hand(BytesReceiver receiver, ReadOnlySpan<byte> data)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            receiver(data);
        }
        catch (Exception e)
        {
            // It is the receiver's own, and no matter of the connection.
            _direct!.TrySetException(e);
            EndDirect();
        }

        if (Stopwatch.GetElapsedTime(started) > LongTime && ++_slow == MostSlow) EndDirect();
        _channel!.Consumed(data.Length);
    }

    private void EndDirect()
    {
        lock (_directLock)
        {
            _receiver = null;
            _direct?.TrySetResult();
        }
    }
}
