using System.Net;
using System.Net.Sockets;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Platform.Sockets;

namespace SshMux.Engine.Forwarding;

/// <summary>Connections that this machine makes for somebody at the server's end.</summary>
internal static class OutgoingSocket
{
    /// <summary>Connects to a TCP port, one address after the other, or to a unix socket.</summary>
    /// <exception cref="SocketException">Why not (for the last address).</exception>
    /// <exception cref="SshException">This process may open no more descriptors.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static async Task<Socket> ConnectAsync(
        ForwardEndpoint target, AddressFamily family, CancellationToken cancellationToken)
    {
        if (target.IsPath) return await ConnectToPathAsync(target.Host, cancellationToken).ConfigureAwait(false);
        var addresses = await HostLookup.FindAsync(target.Host, family, cancellationToken).ConfigureAwait(false);
        var failure = new SocketException((int)SocketError.HostNotFound);
        foreach (var address in addresses)
        {
            try
            {
                return await ConnectAsync(
                    new IPEndPoint(address, target.Port), ProtocolType.Tcp, cancellationToken).ConfigureAwait(false);
            }
            catch (SocketException e)
            {
                failure = e;
            }
        }

        throw failure;
    }

    private static Task<Socket> ConnectToPathAsync(string path, CancellationToken cancellationToken)
    {
        EndPoint endPoint;
        try
        {
            endPoint = UnixSocketEndPoint.Of(path);
        }
        catch (ArgumentException)
        {
            throw new SocketException((int)SocketError.HostNotFound); // too long a path
        }

        return ConnectAsync(endPoint, ProtocolType.Unspecified, cancellationToken);
    }

    private static async Task<Socket> ConnectAsync(
        EndPoint endPoint, ProtocolType protocol, CancellationToken cancellationToken)
    {
        var sockets = SystemSockets.Current;
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, protocol);
        try
        {
            if (sockets.IsReserveReached(socket))
            {
                throw new SshException(SshError.NotSupported, "cannot connect: too many descriptors are open");
            }

            if (protocol == ProtocolType.Tcp) socket.NoDelay = true;
            await sockets.ConnectAsync(socket, endPoint, cancellationToken).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
