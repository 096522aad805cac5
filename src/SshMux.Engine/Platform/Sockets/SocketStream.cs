using System.Net;
using System.Net.Sockets;
using SshMux.Engine.Platform.Descriptors;

namespace SshMux.Engine.Platform.Sockets;

/// <summary>
/// A connected socket as a stream; see <see cref="SystemSockets.Open"/>. One read and one write may be under way at a
/// time.
/// </summary>
internal abstract class SocketStream : UnseekableStream
{
    private const int Ipv6Level = 41; // IPPROTO_IPV6
    private const int TrafficClass = 67; // IPV6_TCLASS

    public override bool CanRead => true;

    public override bool CanWrite => true;

    /// <summary>The socket itself, to be asked about its addresses.</summary>
    public abstract Socket Socket { get; }

    /// <summary>
    /// Whether a read that had to wait goes on on the readiness thread itself, which serves others, too: for readers
    /// that never block. Else, and where there is no such thread, it goes on in the thread pool.
    /// </summary>
    public abstract bool ReadsInline { get; set; }

    /// <summary>
    /// Sets the type-of-service byte of the packets from now on; null, or a system that does not let us: as it is.
    /// </summary>
    public void SetServiceClass(byte? value) => SetServiceClass(Socket, value);

    /// <inheritdoc cref="SetServiceClass(byte?)"/>
    public static void SetServiceClass(Socket socket, byte? value)
    {
        if (value is not { } octet) return;
        try
        {
            switch (socket.AddressFamily)
            {
                case AddressFamily.InterNetwork:
                    socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.TypeOfService, octet);
                    break;
                case AddressFamily.InterNetworkV6 when OperatingSystem.IsLinux():
                    socket.SetRawSocketOption(Ipv6Level, TrafficClass, BitConverter.GetBytes((int)octet));
                    break;
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It is a wish only, and the connection is as good without it.
        }
    }

    /// <summary>Both ends of the connection; null where it is not TCP, or has just ended.</summary>
    public (IPEndPoint? Local, IPEndPoint? Remote) EndPoints()
    {
        try
        {
            return (Socket.LocalEndPoint as IPEndPoint, Socket.RemoteEndPoint as IPEndPoint);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return default;
        }
    }

    /// <summary>The peer sees the end of what this side sends; it can still be read.</summary>
    public void ShutDownSending()
    {
        try
        {
            Socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The peer was faster.
        }
    }
}
