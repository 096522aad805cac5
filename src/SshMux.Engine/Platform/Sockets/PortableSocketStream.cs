using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace SshMux.Engine.Platform.Sockets;

/// <summary>A stream over a socket as .NET has it on every system; what has to wait goes on in the thread pool.</summary>
internal sealed class PortableSocketStream(Socket socket) : SocketStream
{
    private int _disposed;

    /// <inheritdoc/>
    public override Socket Socket => socket;

    /// <inheritdoc/>
    public override bool ReadsInline { get; set; }

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException e)
        {
            throw Broken(e);
        }
    }

    /// <inheritdoc/>
    // Not to be cancelled: half of what was written would be on its way.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            while (!buffer.IsEmpty)
            {
                var sent = await socket.SendAsync(buffer, SocketFlags.None, CancellationToken.None).ConfigureAwait(false);
                buffer = buffer[sent..];
            }
        }
        catch (SocketException e)
        {
            throw Broken(e);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            try
            {
                socket.Shutdown(SocketShutdown.Both);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // The peer was faster, or whoever had the socket before.
            }

            socket.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>What was under way when the socket was closed here is not the peer's doing.</summary>
    private Exception Broken(SocketException e) => Volatile.Read(ref _disposed) != 0
        ? new ObjectDisposedException(GetType().FullName, e)
        : new IOException(e.Message, e);
}
