namespace SshMux.Engine.Transport.Packets;

/// <summary>
/// Writes a <see cref="SendQueue"/> out: one loop, which sleeps while the queue is empty. Who flushes wakes it, and it
/// begins on that thread, outside of the lock, which saves the latency of a thread switch; it goes elsewhere as soon as
/// a write does not complete at once.
/// </summary>
internal sealed class SendLoop
{
    private readonly Lock _lock;
    private readonly SendQueue _queue;
    private readonly ISendTarget _target;
    private readonly int _highWater;
    private readonly int _lowWater;
    private readonly WakeSignal _wake = new();

    private bool _isAwake; // under the lock
    private volatile bool _isCongested;
    private int _deliveringThread;
    private long _bytesWritten;

    /// <summary>A loop that sleeps until something is flushed.</summary>
    /// <param name="lock">Guards the queue, and who fills it.</param>
    /// <param name="queue">What is to be written.</param>
    /// <param name="target">Where to; it is not called before the first flush.</param>
    /// <param name="highWater">With more bytes than this waiting it is congested.</param>
    /// <param name="lowWater">With fewer than this it no longer is.</param>
    public SendLoop(Lock @lock, SendQueue queue, ISendTarget target, int highWater, int lowWater)
    {
        _lock = @lock;
        _queue = queue;
        _target = target;
        _highWater = highWater;
        _lowWater = lowWater;

        // From now on somebody may wake it; the lock orders what follows before the first message.
        Finished = WriteAsync();
    }

    /// <summary>Completes, never faults, when nothing is written any more.</summary>
    public Task Finished { get; }

    /// <summary>Whether nothing is to be put into the queue any more; the lock is held.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Whether so much waits that who sends in bulk should pause.</summary>
    public bool IsCongested => _isCongested;

    /// <summary>All bytes written so far.</summary>
    public long BytesWritten => Interlocked.Read(ref _bytesWritten);

    /// <summary>Whether this thread delivers messages just now, so that what it sends need not be flushed.</summary>
    public bool IsDelivering => _deliveringThread == Environment.CurrentManagedThreadId;

    /// <summary>What this thread sends waits from now on for <see cref="EndDelivery"/>, to go out together.</summary>
    public void BeginDelivery() => _deliveringThread = Environment.CurrentManagedThreadId;

    /// <summary>Flushes what has waited.</summary>
    public void EndDelivery()
    {
        _deliveringThread = 0;
        Flush();
    }

    /// <summary>So many bytes wait with what was just put into the queue; the lock is held.</summary>
    public void OnQueued(int waiting)
    {
        if (waiting > _highWater) _isCongested = true;
    }

    /// <summary>Has the queue written, if there is something in it.</summary>
    public void Flush()
    {
        lock (_lock)
        {
            if (_isAwake || _queue.Unsent == 0 || _target.MustWait) return;
            _isAwake = true;
        }

        _wake.Set();
    }

    /// <summary>Nothing is put into the queue any more; the lock is held.</summary>
    public void Close() => IsClosed = true;

    /// <summary>Writes what is left, after <see cref="Close"/>; then <see cref="Finished"/> completes.</summary>
    public void Finish()
    {
        lock (_lock)
        {
            if (_isAwake) return;
            _isAwake = true;
        }

        _wake.Set();
    }

    private async Task WriteAsync()
    {
        var wake = _wake.Prepare();
        try
        {
            while (true)
            {
                await wake.ConfigureAwait(false);
                var onSendersThread = true;
                while (true)
                {
                    SendQueue.Chunk? chunk;
                    lock (_lock)
                    {
                        if (!_queue.TryTake(out chunk))
                        {
                            if (IsClosed) return;
                            _target.OnEmpty();
                            wake = _wake.Prepare();
                            _isAwake = false;
                            break;
                        }
                    }

                    var write = _target.WriteAsync(chunk.Written);
                    if (!write.IsCompleted) onSendersThread = false;
                    await write.ConfigureAwait(false);
                    Interlocked.Add(ref _bytesWritten, chunk.Length);
                    bool drained, more;
                    lock (_lock)
                    {
                        _queue.Return(chunk);
                        more = _queue.Unsent > 0;
                        drained = _isCongested && _queue.Unsent + _target.Held < _lowWater;
                        if (drained) _isCongested = false;
                        _target.OnWritten();
                    }

                    // A sender is not held up with the data of others, nor called back from its own call.
                    if (onSendersThread && (more || drained))
                    {
                        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
                        onSendersThread = false;
                    }

                    if (drained) _target.OnWritable();
                }
            }
        }
        catch (Exception e)
        {
            _target.OnWriteFailed(e);
        }
    }
}
