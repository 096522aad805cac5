using System.Net.Sockets;
using SshMux.Engine.Platform.Readiness;

namespace SshMux.Engine.Mux.Proxy;

/// <summary>A control socket's connection that carries proxy mode.</summary>
/// <param name="socket">The socket, with nothing of a frame read from it.</param>
internal sealed class MuxSocketCarrier(ReadySocket socket) : IMuxCarrier
{
    /// <summary>The socket's descriptor.</summary>
    public SafeSocketHandle Handle => socket.Socket.SafeHandle;

    /// <inheritdoc/>
    public ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        socket.ReceiveAsync(buffer, cancellationToken);

    /// <inheritdoc/>
    public ValueTask SendAsync(ReadOnlyMemory<byte> bytes) => socket.SendAsync(bytes);

    /// <summary>Shows the peer the end of what this side sends; it can still be read.</summary>
    public void EndSending()
    {
        try
        {
            socket.Socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The peer was faster.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => socket.Dispose();
}
