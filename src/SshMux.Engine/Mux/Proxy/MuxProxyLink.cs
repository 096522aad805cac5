using System.Buffers.Binary;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Transport.Packets;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Proxy;

/// <summary>
/// A control connection in proxy mode (MUX_C_PROXY), either side of it: whole SSH messages in frames of
/// <c>uint32 length, byte 0, message</c>. The zero stands where an SSH packet has its padding length. On streams packets
/// of the multiplexing protocol come and go among them: none has a 0 there but the hello, which nobody says twice.
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

    private readonly IMuxCarrier _carrier;
    private readonly MuxPacketQueue? _packets;
    private readonly OutgoingFilter? _filter;
    private readonly Lock _sendLock = new();
    private readonly SendQueue _queue = new(ChunkLength); // under the send lock
    private readonly SendLoop _loop;
    private readonly MuxProxyFrameBuffer _received = new();
    private readonly CancellationTokenSource _receiving = new();
    private readonly WriteMarks _marks = new(); // under the send lock
    private long _queued; // bytes, since the beginning; under the send lock
    private Task<int>? _early; // a read that has begun before anybody wants what it gives

    /// <summary>Takes over what carries the connection, with nothing of a frame read from it.</summary>
    /// <param name="carrier">What carries it.</param>
    /// <param name="packets">
    /// Takes the packets that come among the messages; null on a socket, whose peer has agreed to proxy mode already.
    /// </param>
    /// <param name="filter">Sees, and may change or hold back, the messages that are sent.</param>
    public MuxProxyLink(IMuxCarrier carrier, MuxPacketQueue? packets = null, OutgoingFilter? filter = null)
    {
        _carrier = carrier;
        _packets = packets;
        _filter = filter;
        _loop = new SendLoop(_sendLock, _queue, this, HighWater, LowWater);
    }

    /// <summary>
    /// Looks at a message before it is queued, under the lock that orders all messages; false holds it back for good.
    /// </summary>
    internal delegate bool OutgoingFilter(Span<byte> message);

    /// <summary>Called, from any thread, when the link was congested and is no longer.</summary>
    public Action OnWritable { private get; set; } = static () => { };

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
            Commit(4 + length);
        }

        if (!_loop.IsDelivering) _loop.Flush();
        return true;
    }

    /// <summary>
    /// Queues a packet of the multiplexing protocol. Completes when it is written; false if the link is closed before.
    /// </summary>
    public ValueTask<bool> SendPacketAsync(byte[] packet)
    {
        Task<bool> written;
        lock (_sendLock)
        {
            if (_loop.IsClosed) return new(false);
            packet.CopyTo(_queue.Reserve(packet.Length));
            Commit(packet.Length);
            written = _marks.Add(_queued);
        }

        if (!_loop.IsDelivering) _loop.Flush();
        return new(written);
    }

    /// <inheritdoc cref="SendLoop.BeginDelivery"/>
    public void BeginDelivery() => _loop.BeginDelivery();

    /// <inheritdoc cref="SendLoop.EndDelivery"/>
    public void EndDelivery() => _loop.EndDelivery();

    /// <summary>Waits for more bytes. False: the peer is gone, or this side has closed the link.</summary>
    /// <param name="cancellationToken">Gives up; nothing is lost by it. Not for who reads much.</param>
    /// <exception cref="SshException">
    /// <see cref="SshError.MuxProtocolError"/>: a stream has ended in the middle of a message.
    /// </exception>
    public async ValueTask<bool> ReceiveAsync(CancellationToken cancellationToken = default)
    {
        if (_packets is not null) await _packets.WaitForRoomAsync().ConfigureAwait(false);
        try
        {
            if (cancellationToken.CanBeCanceled) _early ??= BeginReading().AsTask();
            var read = _early is null
                ? await BeginReading().ConfigureAwait(false)
                : await _early.WaitAsync(cancellationToken).ConfigureAwait(false);
            _early = null;
            _received.Add(read);
            if (read > 0) return true;
        }
        catch (Exception e) when (
            e is IOException or ObjectDisposedException
            || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // A reset is an end like any other.
            return false;
        }

        return _packets is null || !_received.HasUnread || IsClosed
            ? false
            : throw new SshException(SshError.MuxProtocolError, "the stream ended in the middle of a message");
    }

    /// <summary>
    /// For the reader, while it does not read: waits until there is something, and tells whether it is the end. False
    /// also if the wait was cancelled.
    /// </summary>
    public async Task<bool> IsAtEndAsync(CancellationToken cancellationToken)
    {
        if (_received.HasUnread) return false;
        _early ??= BeginReading().AsTask();
        try
        {
            return await _early.WaitAsync(cancellationToken).ConfigureAwait(false) == 0;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            return true;
        }
    }

    /// <summary>
    /// Takes the next message; false when it has not arrived completely. The span is valid until the next
    /// <see cref="ReceiveAsync"/>. Packets that come before it go to their queue.
    /// </summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.MuxProtocolError"/>: an impossible length, or a malformed packet.
    /// </exception>
    public bool TryRead(out ReadOnlySpan<byte> message)
    {
        while (_received.TryReadFrame(out var frame))
        {
            if (_packets is null || frame[0] == 0)
            {
                message = frame[1..];
                return true;
            }

            _packets.Add(MuxCodec.Decode(frame));
        }

        message = default;
        return false;
    }

    /// <summary>Takes the next packet, before proxy mode; null when it has not arrived completely.</summary>
    /// <exception cref="SshException"><see cref="SshError.MuxProtocolError"/>: it is malformed.</exception>
    public MuxMessage? TryReadPacket() => _received.TryReadFrame(out var frame) ? MuxCodec.Decode(frame) : null;

    /// <summary>
    /// Ends the reading without a trace at the other side, which the disposal of a socket that is being read leaves.
    /// </summary>
    public void StopReceiving() => _receiving.Cancel();

    /// <summary>The reading loop has ended: gives up the buffer.</summary>
    /// <param name="reason">Why, if it was not the end of the stream.</param>
    public void EndReceiving(SshException? reason = null)
    {
        if (_early is not { IsCompleted: false }) _received.Free();
        _packets?.Complete(reason);
    }

    /// <summary>
    /// Sends nothing more, and waits until what is queued is written, but no longer than <paramref name="limit"/>.
    /// </summary>
    public async Task FinishAsync(TimeSpan limit)
    {
        CloseSending();
        await _loop.Finished.WaitAsync(limit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Ends reading and writing at once; what this side still has is not written.</summary>
    public void Abort()
    {
        lock (_sendLock)
        {
            _loop.Close();
            _marks.Fail();
        }

        _packets?.Close();
        _carrier.Dispose();
    }

    /// <summary>Closes the connection; pending reads and writes end.</summary>
    public async ValueTask DisposeAsync()
    {
        CloseSending();
        _packets?.Close();
        _carrier.Dispose();
        await _loop.Finished.ConfigureAwait(false);
        lock (_sendLock)
        {
            _queue.Clear();
            _marks.Fail();
        }

        _receiving.Dispose();
    }

    ValueTask ISendTarget.WriteAsync(ReadOnlyMemory<byte> bytes) => _carrier.SendAsync(bytes);

    void ISendTarget.OnWritten() => _marks.OnWritten(_queued - _queue.Unsent);

    void ISendTarget.OnWritable() => OnWritable();

    void ISendTarget.OnWriteFailed(Exception e)
    {
        // The peer is gone, or this side closed the socket: the reader sees the same end, and says so. Of any other
        // failure it would see nothing.
        if (e is not (IOException or ObjectDisposedException))
        {
            Abort();
            return;
        }

        lock (_sendLock)
        {
            _loop.Close();
            _marks.Fail();
        }
    }

    private bool IsClosed
    {
        get
        {
            lock (_sendLock) return _loop.IsClosed;
        }
    }

    private ValueTask<int> BeginReading() => _carrier.ReceiveAsync(_received.MakeRoom(), _receiving.Token);

    /// <summary>The send lock is held.</summary>
    private void Commit(int length)
    {
        _queue.Commit(length);
        _queued += length;
        _loop.OnQueued(_queue.Unsent);
    }

    private void CloseSending()
    {
        lock (_sendLock) _loop.Close();
        _loop.Finish();
    }
}
