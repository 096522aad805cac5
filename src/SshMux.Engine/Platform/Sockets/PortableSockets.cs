using System.Net;
using System.Net.Sockets;

namespace SshMux.Engine.Platform.Sockets;

/// <summary>Sockets as .NET has them on every system.</summary>
internal sealed class PortableSockets : SystemSockets
{
    /// <inheritdoc/>
    public override Task ConnectAsync(Socket socket, EndPoint endPoint, CancellationToken cancellationToken) =>
        socket.ConnectAsync(endPoint, cancellationToken).AsTask();

    /// <inheritdoc/>
    public override SocketStream Open(Socket socket) => new PortableSocketStream(socket);

    /// <inheritdoc/>
    public override ISocketReader OpenReader(Socket socket) => new Reader(socket);

    /// <inheritdoc/>
    // There is no number to go by, and no limit that a process would meet.
    public override bool IsReserveReached(Socket socket) => false;

    /// <inheritdoc/>
    // By a smaller send buffer it would cost the rate: what is not acknowledged yet counts there, too.
    public override void LimitUnsent(Socket socket)
    {
    }

    /// <inheritdoc/>
    // The folder's rights are what protects it.
    public override void BindPath(Socket socket, string path, UnixFileMode mode) =>
        socket.Bind(UnixSocketEndPoint.Of(path));

    private sealed class Reader(Socket socket) : ISocketReader
    {
        public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        {
            try
            {
                return await socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken).ConfigureAwait(false);
            }
            catch (SocketException)
            {
                return 0;
            }
        }

        public void Dispose()
        {
            // The socket is another's.
        }
    }
}
