using System.Net.Sockets;
using System.Runtime.Versioning;
using SshMux.Engine.Platform.Readiness;

namespace SshMux.Engine.Platform.Sockets;

/// <summary>
/// A stream over <see cref="ReadySocket"/>: what has to wait goes on where the wait ends, without a switch of threads.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal sealed class ReadySocketStream : SocketStream
{
    private const int TcpLevel = 6; // IPPROTO_TCP
    private const int QuickAck = 12; // TCP_QUICKACK

    /// <summary>More than a login takes, and the beginning of a command after it.</summary>
    private const int FirstReads = 32;

    /// <summary>A read of so many bytes belongs to a transfer.</summary>
    private const int BulkRead = 32 * 1024;

    private readonly ReadySocket _socket;
    private int _firstReads; // that are still to be acknowledged at once

    /// <summary>Takes over a connected socket that nothing in this process has waited for by .NET's means.</summary>
    /// <exception cref="SshException">The system cannot wait for more descriptors; the socket is closed.</exception>
    public ReadySocketStream(Socket socket)
    {
        _firstReads = FirstReads;
        _socket = new ReadySocket(socket)
        {
            SendsInline = true,
            OnReceived = socket.ProtocolType == ProtocolType.Tcp ? OnReceived : null,
        };
    }

    /// <inheritdoc/>
    public override Socket Socket => _socket.Socket;

    /// <inheritdoc/>
    public override bool ReadsInline
    {
        get => _socket.ReceivesInline;
        set => _socket.ReceivesInline = value;
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
