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
internal sealed class MuxProxyLink : ISendTarget, IAsyncDisposable
{
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
    private readonly SendQueue _queue = new(ChunkLength); // under the send lock
    private readonly SendLoop _loop;
    private readonly MuxProxyFrameBuffer _received = new();
    private readonly CancellationTokenSource _receiving = new();

    /// <summary>Takes over a socket whose peer has agreed to proxy mode.</summary>
    /// <param name="socket">The socket, with nothing of a frame read from it.</param>
    /// <param name="onWritable">Called, from any thread, when the link was congested and is no longer.</param>
    /// <param name="filter">Sees, and may change or hold back, what is sent.</param>
    public MuxProxyLink(ReadySocket socket, Action onWritable, OutgoingFilter? filter = null)
    {
        _socket = socket;
        _onWritable = onWritable;
        _filter = filter;
        _loop = new SendLoop(_sendLock, _queue, this, HighWater, LowWater);
    }

    /// <summary>
    /// Looks at a message before it is queued, under the lock that orders all messages; false holds it back for good.
    /// </summary>
    internal delegate bool OutgoingFilter(Span<byte> message);

    /// <summary>The socket's descriptor.</summary>
    public SafeSocketHandle Handle => _socket.Socket.SafeHandle;

    /// <summary>Whether so much waits to be written that bulk senders should pause.</summary>
    public bool IsCongested => _loop.IsCongested;

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
        const int header = MuxProxyFrameBuffer.HeaderLength;
        lock (_sendLock)
        {
            if (_loop.IsClosed) return false;
            var room = _queue.Reserve(header + message.MaxLength + MinFrameLength);
            var writer = new SshWriter(room.Slice(header, message.MaxLength));
            message.Write(ref writer);
            if (_filter is not null && !_filter(room.Slice(header, writer.Length))) return true;
            var length = Math.Max(1 + writer.Length, MinFrameLength);
            BinaryPrimitives.WriteUInt32BigEndian(room, (uint)length);
            room[4] = 0;
            room[(header + writer.Length)..(4 + length)].Clear();
            _queue.Commit(4 + length);
            _loop.OnQueued(_queue.Unsent);
        }

        if (!_loop.IsDelivering) _loop.Flush();
        return true;
    }

    /// <inheritdoc cref="SendLoop.BeginDelivery"/>
    public void BeginDelivery() => _loop.BeginDelivery();

    /// <inheritdoc cref="SendLoop.EndDelivery"/>
    public void EndDelivery() => _loop.EndDelivery();

    /// <summary>Waits for more bytes. False: the peer is gone, or this side has closed the link.</summary>
    public async ValueTask<bool> ReceiveAsync()
    {
        try
        {
            var read = await _socket.ReceiveAsync(_received.MakeRoom(), _receiving.Token).ConfigureAwait(false);
            _received.Add(read);
            return read > 0;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // A reset is an end like any other.
            return false;
        }
    }

    /// <summary>
    /// Takes the next message; false when it has not arrived completely. The span is valid until the next
    /// <see cref="ReceiveAsync"/>.
    /// </summary>
    /// <exception cref="SshException"><see cref="SshError.MuxProtocolError"/>: an impossible length.</exception>
    public bool TryRead(out ReadOnlySpan<byte> message) => _received.TryRead(out message);

    /// <summary>
    /// Ends the reading without a trace at the other side, which the disposal of a socket that is being read leaves.
    /// </summary>
    public void StopReceiving() => _receiving.Cancel();

    /// <summary>The reading loop has ended: gives up the buffer.</summary>
    public void EndReceiving() => _received.Free();

    /// <summary>
    /// Sends nothing more, and waits until what is queued is written, but no longer than <paramref name="limit"/>.
    /// </summary>
    public async Task FinishAsync(TimeSpan limit)
    {
        CloseSending();
        await _loop.Finished.WaitAsync(limit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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
        lock (_sendLock) _loop.Close();
        _socket.Dispose();
    }

    /// <summary>Closes the connection; pending reads and writes end.</summary>
    public async ValueTask DisposeAsync()
    {
        CloseSending();
        _socket.Dispose();
        await _loop.Finished.ConfigureAwait(false);
        lock (_sendLock) _queue.Clear();
        _receiving.Dispose();
    }

    ValueTask ISendTarget.WriteAsync(ReadOnlyMemory<byte> bytes) => _socket.SendAsync(bytes);

    void ISendTarget.OnWritable() => _onWritable();

    void ISendTarget.OnWriteFailed(Exception e)
    {
        // The peer is gone, or this side closed the socket: the reader sees the same end, and says so. Of any other
        // failure it would see nothing.
        if (e is not (IOException or ObjectDisposedException))
        {
            Abort();
            return;
        }

        lock (_sendLock) _loop.Close();
    }

    private void CloseSending()
    {
        lock (_sendLock) _loop.Close();
        _loop.Finish();
    }
}
