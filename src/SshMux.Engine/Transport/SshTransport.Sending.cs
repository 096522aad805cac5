using SshMux.Engine.Transport.Packets;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Transport;

/// <content>
/// Sending: messages are encoded and encrypted in the send queue under a lock; one loop writes the queue to the stream
/// and sleeps while it is empty.
/// </content>
internal sealed partial class SshTransport
{
    /// <summary>
    /// With more than this unsent the transport is congested. Enough to keep the socket busy while senders fill the
    /// next chunk, and little enough that a keystroke does not wait long behind a bulk transfer.
    /// </summary>
    private const int HighWater = 256 * 1024;

    /// <summary>With less than this unsent it no longer is.</summary>
    private const int LowWater = 128 * 1024;

    private readonly Lock _sendLock = new();
    private readonly PacketEncoder _encoder = new();
    private readonly SendQueue _queue = new();
    private readonly HeldMessages _held = new();
    private readonly WakeSignal _wake = new();
    private readonly Task _flushLoop;

    // All under the send lock.
    private bool _holding; // from our SSH_MSG_KEXINIT to our SSH_MSG_NEWKEYS
    private bool _sendClosed; // after SSH_MSG_DISCONNECT, or when the stream has failed
    private bool _flushing; // the flush loop is awake

    private volatile bool _congested;
    private long _bytesSent;

    /// <inheritdoc/>
    public bool IsCongested => _congested;

    /// <inheritdoc/>
    public bool Send<TMessage>(in TMessage message)
        where TMessage : IOutgoingMessage, allows ref struct
    {
        // Those that a user's text goes into have been measured before, but for a login's own (a name, a password).
        if (message.MaxLength > MessageLimit.Longest)
        {
            throw new SshException(
                SshError.RequestTooLong,
                $"a message of {message.MaxLength} bytes is more than the {MessageLimit.Longest} that a server takes");
        }

        lock (_sendLock)
        {
            if (_sendClosed) return false;
            if (_holding)
            {
                var before = _held.Length;
                _held.Add(message);
                if (_deliveringThread == Environment.CurrentManagedThreadId) _heldForServer += _held.Length - before;
            }
            else
            {
                EncodePacket(message);
                if (NeedsNewKeys(_encoder.BytesWithKey, _encoder.PacketsWithKey, _encoder.BlockSize))
                {
                    BeginKeyExchange();
                }
                else if (TMessage.IsChannelData)
                {
                    OnDataQueued();
                }
            }

            if (_queue.Unsent + _held.Length > HighWater) _congested = true;
        }

        if (_deliveringThread != Environment.CurrentManagedThreadId) Flush();
        return true;
    }

    /// <summary>Appends a packet to the queue; the send lock is held.</summary>
    private void EncodePacket<TMessage>(in TMessage message)
        where TMessage : IOutgoingMessage, allows ref struct
    {
        if (_compressor is null) Append(message);
        else Append(new EncodedMessage(_compressor.Compress(message)));
    }

    private void Append<TMessage>(in TMessage message)
        where TMessage : IOutgoingMessage, allows ref struct
    {
        var room = _queue.Reserve(message.MaxLength + PacketEncoder.MaxOverhead);
        _queue.Commit(_encoder.Encode(message, room));
    }

    /// <summary>Encodes what was held back during the key exchange; the send lock is held.</summary>
    private void ReleaseHeld()
    {
        _holding = false;
        var offset = 0;
        while (_held.TryGet(ref offset, out var message)) EncodePacket(new EncodedMessage(message));
        _held.Clear();
    }

    /// <summary>Sends bytes that are no packet: the version line.</summary>
    private void SendRaw(ReadOnlySpan<byte> bytes)
    {
        lock (_sendLock)
        {
            bytes.CopyTo(_queue.Reserve(bytes.Length));
            _queue.Commit(bytes.Length);
        }

        Flush();
    }

    /// <summary>
    /// Wakes the flush loop if there is something to send. The loop then begins on this thread, outside of the lock,
    /// which saves the latency of a thread switch; it goes elsewhere as soon as a write does not complete at once.
    /// </summary>
    private void Flush()
    {
        lock (_sendLock)
        {
            if (_flushing || _queue.Unsent == 0 || _timing is { Holds: true }) return;
            _flushing = true;
        }

        _wake.Set();
    }

    private async Task FlushAsync()
    {
        // From now on a sender may wake us; the lock orders this before the first Send.
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
                    lock (_sendLock)
                    {
                        if (!_queue.TryTake(out chunk))
                        {
                            if (_sendClosed) return;
                            _timing?.OnSent();
                            wake = _wake.Prepare();
                            _flushing = false;
                            break;
                        }
                    }

                    var write = _stream.WriteAsync(chunk.Written);
                    if (!write.IsCompleted) onSendersThread = false;
                    await write.ConfigureAwait(false);
                    Interlocked.Add(ref _bytesSent, chunk.Length);
                    TaskCompletionSource? taken = null;
                    bool drained, more;
                    lock (_sendLock)
                    {
                        _queue.Return(chunk);
                        more = _queue.Unsent > 0;
                        drained = _congested && _queue.Unsent + _held.Length < LowWater;
                        if (drained) _congested = false;
                        if (_queue.Unsent < LowWater) taken = TakeWaiter();
                    }

                    taken?.SetResult();

                    // A sender is not held up with the data of others, nor called back from its own Send.
                    if (onSendersThread && (more || drained))
                    {
                        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
                        onSendersThread = false;
                    }

                    if (drained) Volatile.Read(ref _receiver)?.OnWritable();
                }
            }
        }
        catch (Exception e)
        {
            OnWriteFailed(e);
        }
    }
}
