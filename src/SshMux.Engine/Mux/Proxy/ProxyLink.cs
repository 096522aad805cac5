using System.Buffers.Binary;
using System.Net.Sockets;
using SshMux.Engine.Platform.Readiness;
using SshMux.Engine.Transport.Packets;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Proxy;

/// <summary>
/// A control connection in proxy mode (MUX_C_PROXY), either side of it: whole SSH messages in frames of
/// <c>uint32 length, byte 0, message</c>. The zero stands where an SSH packet has its padding length.
/// </summary>
internal sealed partial class ProxyLink : IAsyncDisposable
{
    /// <summary>The longest frame after its length field; OpenSSH drops a peer that sends a longer one.</summary>
    public const int MaxFrameLength = 256 * 1024;

    private const int HeaderLength = 5;

    /// <summary>
    /// ssh(1) takes a shorter frame for a damaged one, and gives up. Zeros behind a message that is shorter than that
    /// (SSH_MSG_REQUEST_SUCCESS without data) are nothing to anybody.
    /// </summary>
    private const int MinFrameLength = 5;

    /// <summary>A chunk is one write: a few data messages, or very many small ones.</summary>
    private const int ChunkLength = 64 * 1024;

    private const int HighWater = 512 * 1024;
    private const int LowWater = 256 * 1024;

    private readonly ReadySocket _socket;
    private readonly Action _onWritable;
    private readonly OutgoingFilter? _filter;
    private readonly Lock _sendLock = new();
    private readonly SendQueue _queue = new(ChunkLength);
    private readonly WakeSignal _wake = new();
    private readonly Task _flushLoop;

    // Under the send lock.
    private bool _sendClosed;
    private bool _flushing; // the flush loop is awake

    private volatile bool _congested;
    private int _deliveringThread;

    /// <summary>Takes over a socket whose peer has agreed to proxy mode.</summary>
    /// <param name="socket">The socket, with nothing of a frame read from it.</param>
    /// <param name="onWritable">Called, from any thread, when the link was congested and is no longer.</param>
    /// <param name="filter">Sees, and may change or hold back, what is sent.</param>
    public ProxyLink(ReadySocket socket, Action onWritable, OutgoingFilter? filter = null)
    {
        _socket = socket;
        _onWritable = onWritable;
        _filter = filter;
        _flushLoop = FlushAsync();
    }

    /// <summary>
    /// Looks at a message before it is queued, under the lock that orders all messages; false holds it back for good.
    /// </summary>
    internal delegate bool OutgoingFilter(Span<byte> message);

    /// <summary>The socket's descriptor.</summary>
    public SafeSocketHandle Handle => _socket.Socket.SafeHandle;

    /// <summary>Whether so much waits to be written that bulk senders should pause.</summary>
    public bool IsCongested => _congested;

    /// <summary>How many bytes wait to be written.</summary>
    public int Unsent
    {
        get
        {
            lock (_sendLock) return _queue.Unsent;
        }
    }

    /// <summary>Queues a message; never blocks. False, and it is dropped, if the link is closed.</summary>
    public bool Send<TMessage>(in TMessage message)
        where TMessage : IOutgoingMessage, allows ref struct
    {
        lock (_sendLock)
        {
            if (_sendClosed) return false;
            var room = _queue.Reserve(HeaderLength + message.MaxLength + MinFrameLength);
            var writer = new SshWriter(room.Slice(HeaderLength, message.MaxLength));
            message.Write(ref writer);
            if (_filter is not null && !_filter(room.Slice(HeaderLength, writer.Length))) return true;
            var length = Math.Max(1 + writer.Length, MinFrameLength);
            BinaryPrimitives.WriteUInt32BigEndian(room, (uint)length);
            room[4] = 0;
            room[(HeaderLength + writer.Length)..(4 + length)].Clear();
            _queue.Commit(4 + length);
            if (_queue.Unsent > HighWater) _congested = true;
        }

        if (_deliveringThread != Environment.CurrentManagedThreadId) Flush();
        return true;
    }

    /// <summary>
    /// Sends nothing more, and waits until what is queued is written, but no longer than <paramref name="limit"/>.
    /// </summary>
    public async Task FinishAsync(TimeSpan limit)
    {
        CloseSending();
        await _flushLoop.WaitAsync(limit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Shows the peer the end of what this side sends, and goes on reading.</summary>
    public void EndSending()
    {
        try
        {
            _socket.Socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The peer was faster.
        }
    }

    /// <summary>Ends reading and writing at once; what this side still has is not written.</summary>
    public void Abort()
    {
        lock (_sendLock) _sendClosed = true;
        _socket.Dispose();
    }

    /// <summary>Closes the connection; pending reads and writes end.</summary>
    public async ValueTask DisposeAsync()
    {
        CloseSending();
        _socket.Dispose();
        await _flushLoop.ConfigureAwait(false);
        lock (_sendLock) _queue.Clear();
        _receiving.Dispose();
    }

    private void CloseSending()
    {
        lock (_sendLock)
        {
            _sendClosed = true;
            if (_flushing) return;
            _flushing = true;
        }

        _wake.Set();
    }

    /// <summary>
    /// Wakes the flush loop if there is something to write. It begins on this thread, outside of the lock, which saves
    /// the latency of a thread switch; it goes elsewhere as soon as a write does not complete at once.
    /// </summary>
    private void Flush()
    {
        lock (_sendLock)
        {
            if (_flushing || _queue.Unsent == 0) return;
            _flushing = true;
        }

        _wake.Set();
    }

    private async Task FlushAsync()
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
                    lock (_sendLock)
                    {
                        if (!_queue.TryTake(out chunk))
                        {
                            if (_sendClosed) return;
                            wake = _wake.Prepare();
                            _flushing = false;
                            break;
                        }
                    }

                    await _socket.SendAsync(chunk.Written).ConfigureAwait(false);
                    bool drained, more;
                    lock (_sendLock)
                    {
                        _queue.Return(chunk);
                        more = _queue.Unsent > 0;
                        drained = _congested && _queue.Unsent < LowWater;
                        if (drained) _congested = false;
                    }

                    // A sender is not held up with the data of others, nor called back from its own Send.
                    if (onSendersThread && (more || drained))
                    {
                        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
                        onSendersThread = false;
                    }

                    if (drained) _onWritable();
                }
            }
        }
        catch (Exception e)
        {
            // The peer is gone, or this side closed the socket: the reader sees the same end, and says so. Of any other
            // failure it would see nothing.
            if (e is IOException or ObjectDisposedException)
            {
                lock (_sendLock) _sendClosed = true;
            }
            else
            {
                Abort();
            }
        }
    }
}
