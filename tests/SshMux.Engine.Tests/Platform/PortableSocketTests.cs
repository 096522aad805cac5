using System.Net;
using System.Net.Sockets;
using SshMux.Engine.Platform.Sockets;

namespace SshMux.Engine.Tests.Platform;

public sealed class PortableSocketTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly PortableSockets _sockets = new();
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private Socket _peer = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        await _sockets.ConnectAsync(_socket, _listener.LocalEndPoint!, Stop);
        _peer = await _listener.AcceptAsync(Stop);
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _peer.Dispose();
        _listener.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_stream_carries_both_ways_and_each_way_ends_on_its_own()
    {
        await using var stream = _sockets.Open(_socket);
        Assert.Same(_socket, stream.Socket);
        Assert.Equal(_listener.LocalEndPoint, stream.EndPoints().Remote);
        var buffer = new byte[100];
        var waiting = stream.ReadAsync(buffer, Stop).AsTask();
        Assert.False(waiting.IsCompleted);
        _peer.Send([1, 2, 3]);
        Assert.Equal(3, await waiting.WaitAsync(Patience, Stop));
        _peer.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await stream.ReadAsync(buffer, Stop));

        await stream.WriteAsync(new byte[] { 4, 5 }, Stop);
        stream.ShutDownSending();
        Assert.Equal(2, await _peer.ReceiveAsync(buffer, Stop));
        Assert.Equal(0, await _peer.ReceiveAsync(buffer, Stop));
    }

    [Fact]
    public async Task A_write_of_more_than_the_system_takes_waits_for_the_peer()
    {
        await using var stream = _sockets.Open(_socket);
        var data = new byte[64 * 1024 * 1024];
        Random.Shared.NextBytes(data);
        var writing = stream.WriteAsync(data, Stop).AsTask();
        Assert.False(writing.IsCompleted);
        var received = new byte[data.Length];
        for (var count = 0; count < received.Length;)
        {
            count += await _peer.ReceiveAsync(received.AsMemory(count), Stop);
        }

        await writing.WaitAsync(Patience, Stop);
        Assert.Equal(data, received);
    }

    [Fact]
    public async Task Who_reads_when_the_stream_is_closed_is_told_so()
    {
        var stream = _sockets.Open(_socket);
        var reading = stream.ReadAsync(new byte[1], Stop).AsTask();
        await stream.DisposeAsync();
        // The end of the connection, or that it was closed here: never an error of the peer.
        try
        {
            Assert.Equal(0, await reading.WaitAsync(Patience, Stop));
        }
        catch (ObjectDisposedException)
        {
            // It was closed first.
        }

        stream.ShutDownSending();
        await stream.DisposeAsync();
        Assert.Equal(0, await _peer.ReceiveAsync(new byte[1], Stop));
    }

    [Fact]
    public async Task A_broken_connection_is_an_IOException()
    {
        await using var stream = _sockets.Open(_socket);
        _peer.LingerState = new LingerOption(true, 0);
        _peer.Close();
        await Assert.ThrowsAsync<IOException>(() => stream.ReadAsync(new byte[1], Stop).AsTask());
        await Assert.ThrowsAsync<IOException>(async () =>
        {
            while (true) await stream.WriteAsync(new byte[1000], Stop);
        });
    }

    [Fact]
    public async Task A_reader_leaves_the_socket_as_it_is_and_takes_a_broken_one_for_its_end()
    {
        var buffer = new byte[10];
        using (var reader = _sockets.OpenReader(_socket))
        {
            _peer.Send([1]);
            Assert.Equal(1, await reader.ReadAsync(buffer, Stop));
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(Stop);
            var reading = reader.ReadAsync(buffer, limit.Token).AsTask();
            await limit.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        }

        Assert.Equal(1, _socket.Send([2]));
        _peer.LingerState = new LingerOption(true, 0);
        _peer.Close();
        using var last = _sockets.OpenReader(_socket);
        Assert.Equal(0, await last.ReadAsync(buffer, Stop));
    }

    [Fact]
    public async Task A_port_that_nobody_listens_on_is_refused_and_a_socket_has_no_number_to_go_by()
    {
        _listener.Dispose();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _sockets.LimitUnsent(socket);
        Assert.False(_sockets.IsReserveReached(socket));
        var error = await Assert.ThrowsAsync<SocketException>(
            () => _sockets.ConnectAsync(socket, new IPEndPoint(IPAddress.Loopback, 1), Stop));
        Assert.Equal(SocketError.ConnectionRefused, error.SocketErrorCode);
    }
}
