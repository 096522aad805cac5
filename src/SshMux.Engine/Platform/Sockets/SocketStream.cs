using System.Net.Sockets;
using System.Runtime.CompilerServices;
using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Platform.Readiness;

namespace SshMux.Engine.Platform.Sockets;

/// <summary>
/// A connected socket as a stream, driven by <see cref="ReadinessLoop"/> instead of .NET's own waiting: what has to wait
/// goes on where the wait ends, without a switch of threads. One read and one write may be under way at a time.
/// </summary>
internal sealed partial class SocketStream : UnseekableStream, IReadinessHandler
{
    private const int TcpLevel = 6; // IPPROTO_TCP
    private const int QuickAck = 12; // TCP_QUICKACK
    private const int Ipv6Level = 41; // IPPROTO_IPV6
    private const int TrafficClass = 67; // IPV6_TCLASS

    /// <summary>More than a login takes, and the beginning of a command after it.</summary>
    private const int FirstReads = 32;

    /// <summary>A read of so many bytes belongs to a transfer.</summary>
    private const int BulkRead = 32 * 1024;

    private readonly Socket _socket;
    private readonly bool _isTcp;
    private readonly ReadinessRegistration _registration;
    private readonly Waiter _reading;
    private readonly Waiter _writing;
    private int _firstReads; // that are still to be acknowledged at once
    private int _disposed;

    /// <summary>Takes over a connected socket that nothing in this process has waited for by .NET's means.</summary>
    /// <exception cref="SshException">The system cannot wait for more descriptors; the socket is closed.</exception>
    public SocketStream(Socket socket)
    {
        _socket = socket;
        _isTcp = socket.ProtocolType == ProtocolType.Tcp;
        _firstReads = FirstReads;
        _reading = new Waiter(this);
        _writing = new Waiter(this);
        try
        {
            socket.Blocking = false;
            _registration = ReadinessLoop.Shared.TryRegister(socket.SafeHandle, this)!;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    /// <summary>The socket itself, to be asked about its addresses.</summary>
    public Socket Socket => _socket;

    /// <summary>
    /// Whether a read that had to wait goes on on the readiness thread itself, which serves others, too: for readers
    /// that never block. Else it goes on in the thread pool.
    /// </summary>
    public bool ReadsInline { get; set; }

    /// <summary>
    /// Sets the type-of-service byte of the packets from now on; null, or a system that does not let us: as it is.
    /// </summary>
    public void SetServiceClass(byte? value) => SetServiceClass(_socket, value);

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

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.CanBeCanceled) return ReadCancellablyAsync(buffer, cancellationToken);

        // On the readiness thread it is others' turn first.
        if (!ReadinessLoop.Shared.IsCurrent && TryReceive(buffer.Span, out var received)) return new(received);
        return _reading.WaitAsync(buffer, ReadinessDirections.Readable, inline: ReadsInline);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            if (TrySend(buffer.Span, out var sent)) buffer = buffer[sent..];
            if (buffer.IsEmpty) return;
            await _writing.WaitAsync(default, ReadinessDirections.Writable, inline: true).ConfigureAwait(false);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _registration.Dispose();
            ShutDown();
            _socket.Dispose();
            _reading.Fail(new ObjectDisposedException(nameof(SocketStream)));
            _writing.Fail(new ObjectDisposedException(nameof(SocketStream)));
        }

        base.Dispose(disposing);
    }

    void IReadinessHandler.OnReady(ReadinessDirections directions)
    {
        if ((directions & ReadinessDirections.Readable) != 0) _reading.OnReady();
        if ((directions & ReadinessDirections.Writable) != 0) _writing.OnReady();
    }

    void IReadinessHandler.OnFailed(SshException failure)
    {
        _reading.Fail(new IOException(failure.Message, failure));
        _writing.Fail(new IOException(failure.Message, failure));
    }

    private async ValueTask<int> ReadCancellablyAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (TryReceive(buffer.Span, out var received)) return received;
        var read = _reading.WaitAsync(buffer, ReadinessDirections.Readable, inline: false);
        await using var registration = cancellationToken.UnsafeRegister(
            static (waiter, token) => ((Waiter)waiter!).Fail(new OperationCanceledException(token)), _reading)
            .ConfigureAwait(false);
        return await read.ConfigureAwait(false);
    }

    /// <summary>False if there is nothing to receive yet; 0 bytes are the end.</summary>
    private bool TryReceive(Span<byte> buffer, out int received)
    {
        received = _socket.Receive(buffer, SocketFlags.None, out var error);
        if (_isTcp && received > 0 && (_firstReads > 0 || received >= BulkRead)) AcknowledgeAtOnce();
        return error switch
        {
            SocketError.Success => true,
            SocketError.WouldBlock or SocketError.IOPending => false,
            _ => throw Failed(error),
        };
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
            _socket.SetRawSocketOption(TcpLevel, QuickAck, [1, 0, 0, 0]);
        }
        catch (SocketException)
        {
            // Only a wish; if the connection is broken, the next read says so.
        }
    }

    private bool TrySend(ReadOnlySpan<byte> data, out int sent)
    {
        sent = _socket.Send(data, SocketFlags.None, out var error);
        return error switch
        {
            SocketError.Success => true,
            SocketError.WouldBlock or SocketError.IOPending => false,
            _ => throw Failed(error),
        };
    }

    /// <summary>The peer sees the end even where another process holds a descriptor of the connection.</summary>
    private void ShutDown()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (SocketException)
        {
            // The peer was faster.
        }
    }

    private static IOException Failed(SocketError error)
    {
        var cause = new SocketException((int)error);
        return new IOException(cause.Message, cause);
    }
}
