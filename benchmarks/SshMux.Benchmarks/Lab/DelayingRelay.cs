using System.Buffers;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace SshMux.Benchmarks.Lab;

/// <summary>
/// A TCP relay that hands on what it reads after a fixed time, each way: a long path without loss or limit, as far as
/// the senders' and its own buffers go.
/// </summary>
internal sealed class DelayingRelay : IDisposable
{
    private const int BufferSize = 128 * 1024;

    // So much is on its way at once at most: a path of 50 ms at 5 GB/s.
    private const int MaxBuffers = 2000;

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly int _target;
    private readonly TimeSpan _delay;

    public DelayingRelay(int target, TimeSpan delay)
    {
        _target = target;
        _delay = delay;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _ = AcceptAsync();
    }

    public int Port { get; }

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = RelayAsync(await _listener.AcceptAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task RelayAsync(Socket near)
    {
        using var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        near.NoDelay = far.NoDelay = true;
        using (near)
        {
            await far.ConnectAsync(IPAddress.Loopback, _target);
            await Task.WhenAll(PassAsync(near, far), PassAsync(far, near));
        }
    }

    private Task PassAsync(Socket from, Socket to)
    {
        var path = Channel.CreateBounded<(byte[] Data, int Count, long Due)>(MaxBuffers);
        return Task.WhenAll(ReceiveAsync(from, path.Writer), SendAsync(path.Reader, to));
    }

    private async Task ReceiveAsync(Socket from, ChannelWriter<(byte[] Data, int Count, long Due)> path)
    {
        try
        {
            while (true)
            {
                var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
                var count = await from.ReceiveAsync(buffer.AsMemory(0, BufferSize));
                if (count == 0) break;
                var due = Stopwatch.GetTimestamp() + (long)(_delay.TotalSeconds * Stopwatch.Frequency);
                await path.WriteAsync((buffer, count, due));
            }
        }
        catch (SocketException)
        {
            // As at its end.
        }

        path.Complete();
    }

    private static async Task SendAsync(ChannelReader<(byte[] Data, int Count, long Due)> path, Socket to)
    {
        await foreach (var (data, count, due) in path.ReadAllAsync())
        {
            var wait = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
            if (wait > TimeSpan.FromMilliseconds(1)) await Task.Delay(wait);
            try
            {
                await to.SendAsync(data.AsMemory(0, count));
            }
            catch (SocketException)
            {
                // The receiver is gone; what is on the way goes nowhere.
            }

            ArrayPool<byte>.Shared.Return(data);
        }

        try
        {
            to.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // Gone already.
        }
    }
}
