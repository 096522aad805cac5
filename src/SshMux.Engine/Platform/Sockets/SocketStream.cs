using System.Net;
using System.Net.Sockets;
using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Platform.Readiness;

namespace SshMux.Engine.Platform.Sockets;

/// <summary>
/// A connected socket as a stream, driven by <see cref="ReadySocket"/>: what has to wait goes on where the wait ends,
/// without a switch of threads. One read and one write may be under way at a time.
/// </summary>
internal sealed class SocketStream : UnseekableStream
{
    private const int TcpLevel = 6; // IPPROTO_TCP
    private const int QuickAck = 12; // TCP_QUICKACK
    private const int Ipv6Level = 41; // IPPROTO_IPV6
    private const int TrafficClass = 67; // IPV6_TCLASS

    /// <summary>More than a login takes, and the beginning of a command after it.</summary>
    private const int FirstReads = 32;

    /// <summary>A read of so many bytes belongs to a transfer.</summary>
    private const int BulkRead = 32 * 1024;

    private readonly ReadySocket _socket;
    private int _firstReads; // that are still to be acknowledged at once

    /// <summary>Takes over a connected socket that nothing in this process has waited for by .NET's means.</summary>
    /// <exception cref="SshException">The system cannot wait for more descriptors; the socket is closed.</exception>
    public SocketStream(Socket socket)
    {
        _firstReads = FirstReads;
        _socket = new ReadySocket(socket)
        {
            SendsInline = true,
            OnReceived = socket.ProtocolType == ProtocolType.Tcp ? OnReceived : null,
        };
    }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    /// <summary>The socket itself, to be asked about its addresses.</summary>
    public Socket Socket => _socket.Socket;

    /// <summary>
    /// Whether a read that had to wait goes on on the readiness thread itself, which serves others, too: for readers
    /// that never block. Else it goes on in the thread pool.
    /// </summary>
    public bool ReadsInline
    {
        get => _socket.ReceivesInline;
        set => _socket.ReceivesInline = value;
    }

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

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _socket.ReceiveAsync(buffer, cancellationToken);

    /// <inheritdoc/>
    // Not to be cancelled: half of what was written would be on its way.
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        _socket.SendAsync(buffer, CancellationToken.None);

    protected override void Dispose(bool disposing)
    {
        if (disposing) _socket.Close(shutDown: true);
        base.Dispose(disposing);
    }

    private void OnReceived(int count)
    {
        if (count > 0 && (_firstReads > 0 || count >= BulkRead)) AcknowledgeAtOnce();
    }

    /// <summary>
    /// sshd leaves Nagle's algorithm on: its second small write waits until we acknowledge the first, which the system
    /// puts off for 40 ms when we have nothing to send, as after a login. Later on it would cost more than it gains, but
    /// for transfers: a server whose congestion control is BBR takes late acknowledgements for a slow path, and sends
    /// no faster than that.
    /// </summary>
    private void AcknowledgeAtOnce()
    {
        if (_firstReads > 0) _firstReads--;
        try
        {
            Socket.SetRawSocketOption(TcpLevel, QuickAck, [1, 0, 0, 0]);
        }
        catch (SocketException)
        {
            // Only a wish; if the connection is broken, the next read says so.
        }
    }
}
