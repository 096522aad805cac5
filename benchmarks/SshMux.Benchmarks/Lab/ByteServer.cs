using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace SshMux.Benchmarks.Lab;

/// <summary>
/// What forwards lead to. A client's first nine bytes say what it wants: 'd' and a count (so many bytes are sent), 'u'
/// and a count (so many are read, and one is answered), or 'e' and anything (all that comes goes back).
/// </summary>
internal sealed class ByteServer : IDisposable
{
    private const int BufferSize = 256 * 1024;

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public ByteServer()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _ = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>Asks the server at the other end of a stream for bytes, and reads them all.</summary>
    public static async Task DownloadAsync(Stream stream, long count, CancellationToken cancellationToken)
    {
        await AskAsync(stream, 'd', count, cancellationToken);
        await DrainAsync(stream, count, cancellationToken);
    }

    /// <summary>Sends bytes, and waits until the server has them.</summary>
    public static async Task UploadAsync(Stream stream, long count, CancellationToken cancellationToken)
    {
        await AskAsync(stream, 'u', count, cancellationToken);
        await FillAsync(stream, count, cancellationToken);
        await stream.ReadExactlyAsync(new byte[1], cancellationToken);
    }

    /// <summary>Asks for an echo; what is written from now on comes back.</summary>
    public static Task AskForEchoAsync(Stream stream, CancellationToken cancellationToken) =>
        AskAsync(stream, 'e', 0, cancellationToken);

    /// <summary>Reads and forgets so many bytes.</summary>
    public static async Task DrainAsync(Stream stream, long count, CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferSize];
        while (count > 0)
        {
            var read = await stream.ReadAsync(buffer, cancellationToken);
            if (read == 0) throw new EndOfStreamException($"{count} bytes are missing");
            count -= read;
        }
    }

    /// <summary>Writes so many bytes.</summary>
    public static async Task FillAsync(Stream stream, long count, CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferSize];
        for (; count > 0; count -= buffer.Length)
        {
            await stream.WriteAsync(buffer.AsMemory(0, (int)Math.Min(count, buffer.Length)), cancellationToken);
        }
    }

    public void Dispose() => _listener.Dispose();

    private static async Task AskAsync(Stream stream, char what, long count, CancellationToken cancellationToken)
    {
        var request = new byte[9];
        request[0] = (byte)what;
        BinaryPrimitives.WriteInt64BigEndian(request.AsSpan(1), count);
        await stream.WriteAsync(request, cancellationToken);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await _listener.AcceptAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private static async Task ServeAsync(Socket socket)
    {
        socket.NoDelay = true;
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            var request = new byte[9];
            await stream.ReadExactlyAsync(request);
            var count = BinaryPrimitives.ReadInt64BigEndian(request.AsSpan(1));
            switch ((char)request[0])
            {
                case 'd':
                    await FillAsync(stream, count, default);
                    break;
                case 'u':
                    await DrainAsync(stream, count, default);
                    await stream.WriteAsync(new byte[1]);
                    break;
                default:
                    await stream.CopyToAsync(stream);
                    break;
            }
        }
        catch (IOException)
        {
            // The client has what it wanted.
        }
    }
}
