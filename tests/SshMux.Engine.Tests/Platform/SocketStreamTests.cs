using System.Net;
using System.Net.Sockets;
using SshMux.Engine.Platform.Readiness;
using SshMux.Engine.Platform.Sockets;

namespace SshMux.Engine.Tests.Platform;

public sealed class SocketStreamTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private Socket _peer = null!;
    private SocketStream _stream = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(listener.LocalEndPoint!);
        _peer = await listener.AcceptAsync(Stop);
        _stream = new ReadySocketStream(socket);
    }

    public async ValueTask DisposeAsync()
    {
        _peer.Dispose();
        await _stream.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Reads_what_is_there_what_comes_and_the_end(bool inline)
    {
        _stream.ReadsInline = inline;
        var buffer = new byte[100];
        _peer.Send([1, 2, 3]);
        Assert.Equal(3, await _stream.ReadAsync(buffer, Stop));
        Assert.Equal([1, 2, 3], buffer[..3]);

        var waiting = _stream.ReadAsync(buffer).AsTask();
        Assert.False(waiting.IsCompleted);
        _peer.Send([4]);
        Assert.Equal(1, await waiting.WaitAsync(Patience, Stop));
        Assert.Equal(4, buffer[0]);

        waiting = _stream.ReadAsync(buffer).AsTask();
        _peer.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await waiting.WaitAsync(Patience, Stop));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_read_that_waited_goes_on_where_it_was_said(bool inline)
    {
        _stream.ReadsInline = inline;
        var reading = ReadAsync();
        _peer.Send([1]);
        Assert.Equal(inline, await reading.WaitAsync(Patience, Stop));

        async Task<bool> ReadAsync()
        {
            await _stream.ReadAsync(new byte[1]).ConfigureAwait(false);
            return ReadinessLoop.IsCurrent;
        }
    }

    [Theory]
    [InlineData(AddressFamily.InterNetwork)]
    [InlineData(AddressFamily.InterNetworkV6)]
    public void A_service_class_is_set_as_far_as_there_is_one(AddressFamily family)
    {
        using var socket = new Socket(family, SocketType.Stream, ProtocolType.Tcp);
        SocketStream.SetServiceClass(socket, null);
        Assert.Equal(0, ClassOf(socket));
        SocketStream.SetServiceClass(socket, 0xb8);
        Assert.Equal(0xb8, ClassOf(socket));

        // It is only a wish.
        socket.Dispose();
        SocketStream.SetServiceClass(socket, 0xb8);
        using var local = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        SocketStream.SetServiceClass(local, 0xb8);

        static int ClassOf(Socket socket)
        {
            var value = new byte[4];
            if (socket.AddressFamily == AddressFamily.InterNetwork) socket.GetRawSocketOption(0, 1, value); // IP_TOS
            else socket.GetRawSocketOption(41, 67, value); // IPV6_TCLASS
            return BitConverter.ToInt32(value);
        }
    }

    [Fact]
    public async Task What_it_is_asked_it_says()
    {
        Assert.True(_stream.CanRead && _stream.CanWrite);
        Assert.False(_stream.ReadsInline);
        _stream.ReadsInline = true;
        Assert.True(_stream.ReadsInline);
        _stream.SetServiceClass(0x20);
        await _stream.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => _stream.ReadAsync(new byte[1], Stop).AsTask());
    }

    [Fact]
    public async Task Writes_more_than_the_system_takes_at_once()
    {
        var data = new byte[32 * 1024 * 1024];
        Random.Shared.NextBytes(data);
        var write = _stream.WriteAsync(data, Stop).AsTask();
        Assert.False(write.IsCompleted);
        var received = new byte[data.Length];
        for (var count = 0; count < received.Length;)
        {
            count += await _peer.ReceiveAsync(received.AsMemory(count), Stop).AsTask().WaitAsync(Patience, Stop);
        }

        await write.WaitAsync(Patience, Stop);
        Assert.Equal(data, received);
    }

    [Fact]
    public async Task A_cancelled_read_takes_nothing()
    {
        using var cancel = new CancellationTokenSource();
        var buffer = new byte[10];
        var read = _stream.ReadAsync(buffer, cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read.WaitAsync(Patience, Stop));
        _peer.Send([7]);
        Assert.Equal(1, await _stream.ReadAsync(buffer, Stop).AsTask().WaitAsync(Patience, Stop));
        Assert.Equal(7, buffer[0]);
    }

    [Fact]
    public async Task Disposal_ends_reads_and_writes_that_wait()
    {
        var read = _stream.ReadAsync(new byte[10]).AsTask();
        var write = _stream.WriteAsync(new byte[32 * 1024 * 1024]).AsTask();
        await _stream.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => read.WaitAsync(Patience, Stop));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => write.WaitAsync(Patience, Stop));
    }

    [Fact]
    public async Task A_peer_that_resets_the_connection_is_told_by_its_error()
    {
        var read = _stream.ReadAsync(new byte[10]).AsTask();
        _peer.LingerState = new LingerOption(true, 0);
        _peer.Dispose();
        var error = await Assert.ThrowsAsync<IOException>(() => read.WaitAsync(Patience, Stop));
        var cause = Assert.IsType<SocketException>(error.InnerException);
        Assert.Equal(SocketError.ConnectionReset, cause.SocketErrorCode);
    }
}
