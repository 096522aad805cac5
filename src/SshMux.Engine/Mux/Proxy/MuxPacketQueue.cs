using System.Threading.Channels;
using SshMux.Engine.Mux.Protocol.Messages;

namespace SshMux.Engine.Mux.Proxy;

/// <summary>
/// Packets of the multiplexing protocol that have come over a stream in proxy mode, on their way from who reads the
/// stream to who answers them: channels go on while a request takes its time.
/// </summary>
internal sealed class MuxPacketQueue
{
    /// <summary>Of a peer that asks for more at once nothing is read meanwhile.</summary>
    private const int MostWaiting = 64;

    // Bounded by WaitForRoomAsync, and not on its own: what has been read must not wait for room.
    private readonly Channel<MuxMessage> _packets = Channel.CreateUnbounded<MuxMessage>();
    private TaskCompletionSource? _room;
    private SshException? _reason;
    private volatile bool _closed;

    private bool HasRoom => _closed || _packets.Reader.Count < MostWaiting;

    /// <summary>Completes when no more packets come.</summary>
    public Task Completion => _packets.Reader.Completion;

    /// <summary>Puts a packet in; never waits.</summary>
    public void Add(MuxMessage packet) => _packets.Writer.TryWrite(packet);

    /// <summary>For who reads the stream: waits until few packets wait here, or nobody takes them any more.</summary>
    public ValueTask WaitForRoomAsync()
    {
        if (HasRoom) return default;
        var room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _room, room);
        Interlocked.MemoryBarrier(); // either we see the room, or who makes it sees us
        return HasRoom ? default : new(room.Task);
    }

    /// <summary>Takes the next packet, and waits for it; null when no more come.</summary>
    /// <exception cref="SshException">Why no more come, if it is not the end of the stream.</exception>
    public async ValueTask<MuxMessage?> TakeAsync(CancellationToken cancellationToken)
    {
        while (await _packets.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!_packets.Reader.TryRead(out var packet)) continue;
            TellOfRoom();
            return packet;
        }

        return _reason is null ? null : throw _reason.Again();
    }

    /// <summary>No more packets come.</summary>
    public void Complete(SshException? reason)
    {
        _reason = reason;
        _packets.Writer.TryComplete();
    }

    /// <summary>Nobody takes packets any more: who reads the stream need not wait.</summary>
    public void Close()
    {
        _closed = true;
        TellOfRoom();
    }

    private void TellOfRoom()
    {
        Interlocked.MemoryBarrier();
        if (HasRoom) Interlocked.Exchange(ref _room, null)?.TrySetResult();
    }
}
