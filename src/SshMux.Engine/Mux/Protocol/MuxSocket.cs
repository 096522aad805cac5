using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Platform.Readiness;
using SshMux.Engine.Platform.Sockets;

namespace SshMux.Engine.Mux.Protocol;

/// <summary>
/// The packets of one control connection. Reads exactly a packet and never beyond, because a greedy read would swallow
/// the byte that carries a descriptor, and lose the descriptor. Sends packets whole and one after the other. For one
/// reader at a time.
/// </summary>
internal sealed class MuxSocket : IMuxPackets
{
    private readonly ReadySocket _socket;
    private readonly SemaphoreSlim _sendLock = new(1, 1);
    private readonly byte[] _header = new byte[MuxCodec.HeaderLength];
    private bool _detached;

    /// <summary>Takes over a connected socket that nothing in this process has waited for by .NET's means.</summary>
    /// <exception cref="SshException">The system cannot wait for one more socket; it is closed.</exception>
    [UnsupportedOSPlatform("windows")]
    public MuxSocket(Socket socket) => _socket = new ReadySocket(socket);

    /// <summary>
    /// Whether the reader goes on on the readiness thread, which serves others, too: for one that never blocks.
    /// </summary>
    public bool ReadsInline
    {
        get => _socket.ReceivesInline;
        init => _socket.ReceivesInline = value;
    }

    /// <summary>Whether who connected, or listened, at the other end runs as this process's effective user.</summary>
    public bool IsPeerSameUser
    {
        get
        {
            try
            {
                return PeerCredentials.Of(_socket.Socket).IsSameUser;
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return false;
            }
        }
    }

    /// <summary>The process that connected, or listened, at the other end; 0 if this side is closed.</summary>
    public int PeerProcessId
    {
        get
        {
            try
            {
                return PeerCredentials.Of(_socket.Socket).ProcessId;
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return 0;
            }
        }
    }

    /// <summary>How long the rest of a packet, or a descriptor that belongs to one, may take to arrive.</summary>
    public TimeSpan StallLimit { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Waits for the next packet, however long that takes. Null: the peer is gone, or this side was disposed, or somebody
    /// else goes on with the connection (<see cref="Detach"/>).
    /// </summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.MuxProtocolError"/>: malformed, or the rest of a packet did not come in time.
    /// </exception>
    public async ValueTask<MuxMessage?> ReceiveAsync(CancellationToken cancellationToken = default)
    {
        if (_detached) return null;
        try
        {
            var received = await _socket.ReceiveAsync(_header, cancellationToken).ConfigureAwait(false);
            if (received == 0) return null;
            if (!await FillAsync(_header.AsMemory(received), cancellationToken).ConfigureAwait(false)) return null;
            var packet = new byte[MuxCodec.DecodeLength(_header)];
            if (!await FillAsync(packet, cancellationToken).ConfigureAwait(false)) return null;
            var message = MuxCodec.Decode(packet);
            if (message is IMuxSecret) CryptographicOperations.ZeroMemory(packet);
            return message;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
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
            var next = new byte[1];
            int received;
            while (!_socket.TryReceive(next, out received, SocketFlags.Peek))
            {
                await _socket.WaitUntilReadableAsync(cancellationToken).ConfigureAwait(false);
            }

            return received == 0;
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

    /// <summary>Receives the descriptors that follow a packet. The caller owns them.</summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.MuxProtocolError"/>: something else came, or nothing came in time, or the peer is gone.
    /// </exception>
    [UnsupportedOSPlatform("windows")]
    public async ValueTask<DescriptorHandle[]> ReceiveDescriptorsAsync(int count)
    {
        var descriptors = new DescriptorHandle[count];
        var received = 0;
        CancellationTokenSource? stall = null;
        try
        {
            while (received < count)
            {
                _socket.ThrowIfFailed();
                if (DescriptorPassing.TryReceive(_socket.Socket) is { } descriptor)
                {
                    descriptors[received++] = descriptor;
                    continue;
                }

                stall ??= new CancellationTokenSource(StallLimit);
                await _socket.WaitUntilReadableAsync(stall.Token).ConfigureAwait(false);
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
        finally
        {
            stall?.Dispose();
        }
    }

    /// <inheritdoc/>
    public ValueTask<bool> SendAsync(MuxMessage message) => SendAsync(message, []);

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
            await _socket.SendAsync(packet).ConfigureAwait(false);
            foreach (var descriptor in descriptors)
            {
                await DescriptorPassing.SendAsync(_socket, descriptor, CancellationToken.None).ConfigureAwait(false);
            }

            return true;
        }
        catch (Exception e) when (
            e is IOException or ObjectDisposedException or SshException { Error: SshError.MasterGone })
        {
            // The reader sees the same end, after everything that the peer had said before it.
            return false;
        }
        finally
        {
            _sendLock.Release();
            if (message is IMuxSecret) CryptographicOperations.ZeroMemory(packet);
        }
    }

    /// <summary>
    /// Whether a descriptor is the other end of this connection, or of one to the same control socket.
    /// </summary>
    public bool IsOtherEnd(DescriptorHandle descriptor) => PeerName.Of(descriptor) is { } name
        && name.AsSpan().SequenceEqual(PeerName.OfOwn(_socket.Socket.SafeHandle));

    /// <summary>
    /// Gives the connection to whoever goes on with it when it speaks another language (MUX_C_PROXY). Nothing more is
    /// sent or received here; disposing still closes it.
    /// </summary>
    public ReadySocket Detach()
    {
        _detached = true;
        _socket.ReceivesInline = false;
        return _socket;
    }

    /// <summary>Closes the control connection; pending reads and writes end.</summary>
    public void Dispose() => _socket.Dispose();

    private SshException Stalled(string what) =>
        new(SshError.MuxProtocolError, $"the peer sent {what} and then nothing for {StallLimit.TotalSeconds:0.#} s");

    /// <summary>Receives the rest of a packet, for which there is a limit. False at the end of the stream.</summary>
    private async ValueTask<bool> FillAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        CancellationTokenSource? stall = null;
        try
        {
            while (!buffer.IsEmpty)
            {
                if (_socket.TryReceive(buffer.Span, out var received))
                {
                    if (received == 0) return false;
                    buffer = buffer[received..];
                    continue;
                }

                if (stall is null)
                {
                    stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                    stall.CancelAfter(StallLimit);
                }

                await _socket.WaitUntilReadableAsync(stall.Token).ConfigureAwait(false);
            }

            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Stalled("half a packet");
        }
        finally
        {
            stall?.Dispose();
        }
    }
}
