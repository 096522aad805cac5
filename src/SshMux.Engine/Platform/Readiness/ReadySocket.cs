using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.Versioning;

namespace SshMux.Engine.Platform.Readiness;

/// <summary>
/// A stream socket that never blocks: what it does not do at once is waited for with <see cref="ReadinessLoop"/> instead
/// of .NET's own waiting, and goes on where the wait ends. A wait allocates nothing. For one receiver and one sender at
/// a time; it may be disposed from any thread, and whoever waits then gets an <see cref="ObjectDisposedException"/>.
/// </summary>
internal sealed class ReadySocket : IReadinessHandler, IDisposable
{
    private readonly ReadinessRegistration _registration;
    private readonly ReadyWait _readable;
    private readonly ReadyWait _writable;
    private volatile SshException? _failure;
    private int _disposed;

    /// <summary>Takes over a socket that nothing in this process has waited for by .NET's means.</summary>
    /// <exception cref="SshException">The system cannot wait for one more socket; it is closed.</exception>
    [UnsupportedOSPlatform("windows")]
    public ReadySocket(Socket socket)
    {
        Socket = socket;
        _readable = new ReadyWait(_ => Arm(ReadinessDirections.Readable));
        _writable = new ReadyWait(_ => Arm(ReadinessDirections.Writable));
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

    /// <summary>The socket itself, to be asked about its addresses and options.</summary>
    public Socket Socket { get; }

    /// <summary>
    /// Whether a receiver that had to wait goes on on the readiness thread itself, which serves others, too: for those
    /// who never block. Else it goes on in the thread pool.
    /// </summary>
    public bool ReceivesInline
    {
        get => _readable.GoesOnInline;
        set => _readable.GoesOnInline = value;
    }

    /// <summary><see cref="ReceivesInline"/> for the sender.</summary>
    public bool SendsInline
    {
        get => _writable.GoesOnInline;
        set => _writable.GoesOnInline = value;
    }

    /// <summary>Is told how many bytes each receive has given.</summary>
    public Action<int>? OnReceived { get; init; }

    /// <summary>False if there is nothing to receive yet; 0 bytes are the end.</summary>
    /// <exception cref="IOException">The connection is broken.</exception>
    public bool TryReceive(Span<byte> buffer, out int received, SocketFlags flags = SocketFlags.None)
    {
        ThrowIfFailed();
        received = Socket.Receive(buffer, flags, out var error);
        if (!Succeeded(error)) return false;
        OnReceived?.Invoke(received);
        return true;
    }

    /// <summary>False if there is no room now.</summary>
    /// <exception cref="IOException">The connection is broken.</exception>
    public bool TrySend(ReadOnlySpan<byte> data, out int sent)
    {
        ThrowIfFailed();
        sent = Socket.Send(data, SocketFlags.None, out var error);
        return Succeeded(error);
    }

    /// <summary>
    /// Receives what there is, and waits for it if there is nothing; 0 bytes are the end. On the readiness thread it is
    /// others' turn first: no peer keeps them waiting with much to receive.
    /// </summary>
    /// <exception cref="IOException">The connection is broken.</exception>
    public ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<int>(cancellationToken);
        if (!ReadinessLoop.IsCurrent && TryReceive(buffer.Span, out var received)) return new(received);
        return WaitAndReceiveAsync(buffer, cancellationToken);
    }

    /// <summary>Completes when the system has taken all.</summary>
    /// <exception cref="IOException">The connection is broken.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            if (TrySend(data.Span, out var sent)) data = data[sent..];
            if (data.IsEmpty) return;
            await _writable.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Completes when there may be something to receive; it may wake for no reason, so whoever waits looks again.
    /// </summary>
    public ValueTask WaitUntilReadableAsync(CancellationToken cancellationToken) =>
        _readable.WaitAsync(cancellationToken);

    /// <summary>Completes when there may be room to send; may wake for no reason.</summary>
    public ValueTask WaitUntilWritableAsync(CancellationToken cancellationToken) =>
        _writable.WaitAsync(cancellationToken);

    /// <summary>For those who make calls of their own on the socket, before each.</summary>
    /// <exception cref="IOException">The system does not wait for the socket any more.</exception>
    public void ThrowIfFailed()
    {
        if (_failure is { } failure) throw new IOException(failure.Message, failure);
    }

    /// <summary>Gives the socket, open as it is, to whoever waits for it in another way; nobody may wait here.</summary>
    public Socket Release()
    {
        _disposed = 1;
        _registration.Dispose();
        return Socket;
    }

    /// <summary>Closes the socket.</summary>
    public void Dispose() => Close(shutDown: false);

    /// <summary>Closes the socket.</summary>
    /// <param name="shutDown">
    /// The peer sees the end even where another process holds a descriptor of the connection.
    /// </param>
    public void Close(bool shutDown)
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        _registration.Dispose();
        if (shutDown) ShutDown();
        Socket.Dispose();
        Wake();
    }

    void IReadinessHandler.OnReady(ReadinessDirections directions)
    {
        if ((directions & ReadinessDirections.Readable) != 0) _readable.Wake();
        if ((directions & ReadinessDirections.Writable) != 0) _writable.Wake();
    }

    void IReadinessHandler.OnFailed(SshException failure) => Fail(failure);

    private void Arm(ReadinessDirections direction)
    {
        try
        {
            _registration.Arm(direction);
        }
        catch (SshException e)
        {
            Fail(e);
        }
    }

    private void Fail(SshException failure)
    {
        _failure = failure;
        Wake();
    }

    /// <summary>Nobody waits any more, and whoever did finds out why.</summary>
    private void Wake()
    {
        _readable.Close();
        _writable.Close();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> WaitAndReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int received;
        do
        {
            await _readable.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        while (!TryReceive(buffer.Span, out received));
        return received;
    }

    private void ShutDown()
    {
        try
        {
            Socket.Shutdown(SocketShutdown.Both);
        }
        catch (SocketException)
        {
            // The peer was faster.
        }
    }

    /// <summary>False if the call would have had to wait.</summary>
    private static bool Succeeded(SocketError error)
    {
        if (error == SocketError.Success) return true;
        if (error is SocketError.WouldBlock or SocketError.IOPending) return false;
        var cause = new SocketException((int)error);
        throw new IOException(cause.Message, cause);
    }
}
