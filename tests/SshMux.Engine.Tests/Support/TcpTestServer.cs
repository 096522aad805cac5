using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SshMux.Engine.Tests.Support;

/// <summary>
/// A server for what forwards lead to, on a free loopback port or a unix socket. To whoever begins with GET it speaks
/// HTTP and says hello; to others it sends back what they send, until they are done.
/// </summary>
internal sealed class TcpTestServer : IDisposable
{
    /// <summary>What a browser is told.</summary>
    public const string Greeting = "hello through the forward";

    private readonly Socket _listener;

    public TcpTestServer(EndPoint? endPoint = null)
    {
        endPoint ??= new IPEndPoint(IPAddress.Loopback, 0);
        _listener = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        _listener.Bind(endPoint);
        _listener.Listen();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>How many connections came.</summary>
    public int Count { get; private set; }

    public static TcpTestServer OnPath(string path) => new(new UnixDomainSocketEndPoint(path));

    public static TcpTestServer OnIPv6() => new(new IPEndPoint(IPAddress.IPv6Loopback, 0));

    public void Dispose() => _listener.Dispose();

    private static async Task ServeAsync(Socket socket)
    {
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        var buffer = new byte[32 * 1024];
        try
        {
            var count = await stream.ReadAsync(buffer);
            if (Encoding.ASCII.GetString(buffer, 0, Math.Min(count, 4)) == "GET ")
            {
                await stream.WriteAsync(Encoding.ASCII.GetBytes(
                    $"HTTP/1.0 200 OK\r\nContent-Length: {Greeting.Length}\r\n\r\n{Greeting}"));

                // To close with something unread would take the answer from the browser.
                socket.Shutdown(SocketShutdown.Send);
                await stream.CopyToAsync(Stream.Null);
                return;
            }

            for (; count != 0; count = await stream.ReadAsync(buffer))
            {
                await stream.WriteAsync(buffer.AsMemory(0, count));
            }
        }
        catch (IOException)
        {
            // The client left early.
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptAsync();
                Count++;
                _ = ServeAsync(socket);
            }
        }
        catch (Exception e) when (e is ObjectDisposedException or SocketException)
        {
            // The test is over.
        }
    }
}
