using System.Net;
using System.Net.Sockets;

namespace SshMux.Engine.Tests.Cycles;

/// <summary>Sends back what it gets, on a loopback port, and closes when the other side does.</summary>
internal sealed class EchoListener : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Task _accepting;

    public EchoListener()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Sends a byte there and takes it back.</summary>
    public static async Task ExchangeAsync(Stream stream)
    {
        var buffer = new byte[1];
        await stream.WriteAsync("x"u8.ToArray());
        await stream.ReadExactlyAsync(buffer);
        Assert.Equal((byte)'x', buffer[0]);
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = EchoAsync(await _listener.AcceptSocketAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Stopped: the test is over.
        }
    }

    private static async Task EchoAsync(Socket socket)
    {
        using var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            await stream.CopyToAsync(stream);
        }
        catch (IOException)
        {
            // Reset: an end like any other.
        }
    }
}
