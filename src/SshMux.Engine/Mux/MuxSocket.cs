using System.Net.Sockets;
using SshMux.Engine.Platform;

namespace SshMux.Engine.Mux;

/// <summary>
/// The packets of one control connection. Reads exactly a packet and never beyond, because a greedy read would swallow
/// the byte that carries a descriptor, and lose the descriptor. Sends packets whole and one after the other.
/// </summary>
internal sealed class MuxSocket : IDisposable
{
    private readonly Socket _socket;
    private readonly SemaphoreSlim _sendLock = new(1, 1);
    private readonly byte[] _header = new byte[MuxCodec.HeaderLength];

    /// <summary>Takes over a connected socket.</summary>
    public MuxSocket(Socket socket) => _socket = socket;

    /// <summary>
    /// The connection itself, for whoever goes on with it when it speaks another language (MUX_C_PROXY).
    /// </summary>
    public Socket Socket => _socket;

    /// <summary>How long the rest of a packet, or a descriptor that belongs to one, may take to arrive.</summary>
    public TimeSpan StallLimit { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Waits for the next packet, however long that takes. Null: the peer is gone, or this side was disposed.
    /// </summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.MuxProtocolError"/>: malformed, or the rest of a packet did not come in time.
    /// </exception>
    public async ValueTask<MuxMessage?> ReceiveAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            var received = await _socket.ReceiveAsync(_header, SocketFlags.None, cancellationToken)
                .ConfigureAwait(false);
            if (received == 0) return null;
            using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            stall.CancelAfter(StallLimit);
            try
            {
                if (!await FillAsync(_header.AsMemory(received), stall.Token).ConfigureAwait(false)) return null;
                var packet = new byte[MuxCodec.DecodeLength(_header)];
                return await FillAsync(packet, stall.Token).ConfigureAwait(false) ? MuxCodec.Decode(packet) : null;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw Stalled("half a packet");
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // A reset is an end like any other: what matters is what had been said before.
            return null;
        }
    }

    /// <summary>
    /// Waits until there is more to receive, takes nothing of it, and tells whether it is the end. False also if the
    /// wait was cancelled.
    /// </summary>
    public async Task<bool> IsAtEndAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _socket.ReceiveAsync(new byte[1], SocketFlags.Peek, cancellationToken)
                .ConfigureAwait(false) == 0;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return true;
        }
    }

    /// <summary>Receives the descriptors that follow a packet. The caller owns them.</summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.MuxProtocolError"/>: something else came, or nothing came in time, or the peer is gone.
    /// </exception>
    public async ValueTask<DescriptorHandle[]> ReceiveDescriptorsAsync(int count)
    {
        var descriptors = new DescriptorHandle[count];
        var received = 0;
        using var stall = new CancellationTokenSource(StallLimit);
        try
        {
            while (received < count)
            {
                descriptors[received] =
                    await DescriptorPassing.ReceiveAsync(_socket, stall.Token).ConfigureAwait(false);
                received++;
            }

            return descriptors;
        }
        catch (Exception e)
        {
            for (var i = 0; i < received; i++) descriptors[i].Dispose();
            if (e is OperationCanceledException) throw Stalled($"a request without its {count} descriptors");
            if (e is SshException) throw;
            throw new SshException(SshError.MuxProtocolError, $"cannot receive a descriptor: {e.Message}", e);
        }
    }

    /// <summary>
    /// Sends a message and then, if there are any, descriptors, one message each, with nothing in between. False if the
    /// peer is gone.
    /// </summary>
    public async ValueTask<bool> SendAsync(MuxMessage message, params IReadOnlyList<DescriptorHandle> descriptors)
    {
        var packet = MuxCodec.Encode(message);
        await _sendLock.WaitAsync().ConfigureAwait(false);
        try
        {
            for (var sent = 0; sent < packet.Length;)
            {
                sent += await _socket.SendAsync(packet.AsMemory(sent), SocketFlags.None).ConfigureAwait(false);
            }

            foreach (var descriptor in descriptors)
            {
                await DescriptorPassing.SendAsync(_socket, descriptor, CancellationToken.None).ConfigureAwait(false);
            }

            return true;
        }
        catch (Exception e) when (
            e is SocketException or ObjectDisposedException or SshException { Error: SshError.MasterGone })
        {
            // The reader sees the same end, after everything that the peer had said before it.
            return false;
        }
        finally
        {
            _sendLock.Release();
        }
    }

    /// <summary>Closes the control connection; pending reads and writes end.</summary>
    public void Dispose() => _socket.Dispose();

    private SshException Stalled(string what) =>
        new(SshError.MuxProtocolError, $"the peer sent {what} and then nothing for {StallLimit.TotalSeconds:0.#} s");

    private async ValueTask<bool> FillAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (!buffer.IsEmpty)
        {
            var received = await _socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken)
                .ConfigureAwait(false);
            if (received == 0) return false;
            buffer = buffer[received..];
        }

        return true;
    }
}
