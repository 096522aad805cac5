using System.Net;
using System.Net.Sockets;

namespace SshMux.Engine.Tests.Support;

/// <summary>
/// An address that does not answer, as behind a firewall that drops packets: its queue of connections is full, and the
/// kernel says nothing to those who come later.
/// </summary>
internal sealed class SilentListener : IDisposable
{
    private readonly Socket _listener;
    private readonly List<Socket> _fillers = [];

    private SilentListener(Socket listener) => _listener = listener;

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndPoint!;

    /// <summary>Listens on an address, and fills the queue until a connection gets no answer.</summary>
    public static async Task<SilentListener> StartAsync(IPAddress address, int port = 0)
    {
        var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(address, port));
        listener.Listen(0);
        var silent = new SilentListener(listener);
        var unanswered = 0;
        for (var i = 0; i < 32; i++)
        {
            var filler = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            silent._fillers.Add(filler);
            using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
            try
            {
                await filler.ConnectAsync(silent.EndPoint, limit.Token);
                unanswered = 0;
            }
            catch (OperationCanceledException)
            {
                // One alone may be a busy machine's.
                if (++unanswered == 2) return silent;
            }
        }

        silent.Dispose();
        throw new InvalidOperationException("the queue takes every connection");
    }


    public void Dispose()
    {
        _listener.Dispose();
        foreach (var filler in _fillers) filler.Dispose();
    }
}
