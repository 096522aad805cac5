using System.Buffers;
using System.Buffers.Binary;

namespace SshMux.Engine.Mux.Proxy;

// Frames from the peer. One loop reads.
internal sealed partial class ProxyLink
{
    private const int InitialBufferLength = 64 * 1024;

    private readonly CancellationTokenSource _receiving = new();
    private byte[] _received = ArrayPool<byte>.Shared.Rent(InitialBufferLength);
    private int _start;
    private int _end;

    /// <summary>Waits for more bytes. False: the peer is gone, or this side has closed the link.</summary>
    public async ValueTask<bool> ReceiveAsync()
    {
        MakeRoom();
        try
        {
            var read = await _socket.ReceiveAsync(_received.AsMemory(_end), _receiving.Token).ConfigureAwait(false);
            _end += read;
            return read > 0;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // A reset is an end like any other.
            return false;
        }
    }

    /// <summary>
    /// Ends the reading without a trace at the other side, which the disposal of a socket that is being read leaves.
    /// </summary>
    public void StopReceiving() => _receiving.Cancel();

    /// <summary>
    /// Takes the next message; false when it has not arrived completely. The span is valid until the next
    /// <see cref="ReceiveAsync"/>.
    /// </summary>
    /// <exception cref="SshException"><see cref="SshError.MuxProtocolError"/>: an impossible length.</exception>
    public bool TryRead(out ReadOnlySpan<byte> message)
    {
        message = default;
        var unread = _received.AsSpan(_start, _end - _start);
        if (unread.Length < 4) return false;
        var length = BinaryPrimitives.ReadUInt32BigEndian(unread);
        if (length is < 2 or > MaxFrameLength)
        {
            throw new SshException(SshError.MuxProtocolError, $"a message of {length} bytes in proxy mode");
        }

        if (unread.Length < 4 + (int)length) return false;
        message = unread.Slice(HeaderLength, (int)length - 1);
        _start += 4 + (int)length;
        return true;
    }

    /// <summary>What this thread sends waits from now on for <see cref="EndDelivery"/>, to go out together.</summary>
    public void BeginDelivery() => _deliveringThread = Environment.CurrentManagedThreadId;

    /// <summary>Sends what has been held back.</summary>
    public void EndDelivery()
    {
        _deliveringThread = 0;
        Flush();
    }

    /// <summary>The reading loop has ended: gives up the buffer, wiped, for user data has passed through it.</summary>
    public void EndReceiving()
    {
        ArrayPool<byte>.Shared.Return(_received, clearArray: true);
        _received = [];
        _start = _end = 0;
    }

    private void MakeRoom()
    {
        var unread = _end - _start;
        var needed = unread >= 4
            ? 4 + (int)BinaryPrimitives.ReadUInt32BigEndian(_received.AsSpan(_start))
            : InitialBufferLength;
        if (needed > _received.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(4 + MaxFrameLength);
            _received.AsSpan(_start, unread).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_received, clearArray: true);
            _received = larger;
        }
        else if (_start > 0)
        {
            _received.AsSpan(_start, unread).CopyTo(_received);
        }
        else
        {
            return;
        }

        _start = 0;
        _end = unread;
    }
}
