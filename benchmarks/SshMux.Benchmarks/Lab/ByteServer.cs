using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace SshMux.Benchmarks.Lab;

/// <summary>
/// What forwards lead to. A client's first nine bytes say what it wants: 'd' and a count (so many bytes are sent), 'u'
/// and a count (so many are read, and one is answered), or 'e' and anything (all that comes goes back). Both ends
/// block on threads of their own: .NET's pool, which looks for work for a while before it sleeps, would take the
/// processors from the programs that are measured.
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
        OwnThread.Start(Accept);
    }

    public int Port { get; }

    /// <summary>Asks the server at the other end of a stream for bytes, and reads them all.</summary>
    public static void Download(Stream stream, long count)
    {
        Ask(stream, 'd', count);
        Drain(stream, count);
    }

    /// <summary>Sends bytes, and waits until the server has them.</summary>
    public static void Upload(Stream stream, long count)
    {
        Ask(stream, 'u', count);
        Fill(stream, count);
        stream.ReadExactly(new byte[1]);
    }

    /// <summary>Asks for an echo; what is written from now on comes back.</summary>
    public static void AskForEcho(Stream stream) => Ask(stream, 'e', 0);

    public void Dispose() => _listener.Dispose();

    private static void Ask(Stream stream, char what, long count)
    {
        var request = new byte[9];
        request[0] = (byte)what;
        BinaryPrimitives.WriteInt64BigEndian(request.AsSpan(1), count);
        stream.Write(request);
    }

    private static void Drain(Stream stream, long count)
    {
        var buffer = new byte[BufferSize];
        while (count > 0)
        {
            var read = stream.Read(buffer);
            if (read == 0) throw new EndOfStreamException($"{count} bytes are missing");
            count -= read;
        }
    }

    private static void Fill(Stream stream, long count)
    {
        var buffer = new byte[BufferSize];
        for (; count > 0; count -= buffer.Length) stream.Write(buffer, 0, (int)Math.Min(count, buffer.Length));
    }

    private void Accept()
    {
        try
        {
            while (true)
            {
                var socket = _listener.Accept();
                OwnThread.Start(() => Serve(socket));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private static void Serve(Socket socket)
    {
        socket.NoDelay = true;
        using var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            var request = new byte[9];
            stream.ReadExactly(request);
            var count = BinaryPrimitives.ReadInt64BigEndian(request.AsSpan(1));
            switch ((char)request[0])
            {
                case 'd':
                    Fill(stream, count);
                    break;
                case 'u':
                    Drain(stream, count);
                    stream.Write(new byte[1]);
                    break;
                default:
                    stream.CopyTo(stream);
                    break;
            }
        }
        catch (IOException)
        {
            // The client has what it wanted.
        }
    }
}
