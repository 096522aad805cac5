using System.Net;
using System.Net.Sockets;
using SshMux.Engine.Tests.Transport;

namespace SshMux.Engine.Tests.Hostile;

/// <summary>A loopback port where every connection gets a server of its own that follows a script.</summary>
internal sealed class ScriptedPort : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;

    public ScriptedPort(Func<ScriptedServer, Task> script)
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _accepting = AcceptAsync(script);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync(Func<ScriptedServer, Task> script)
    {
        while (true)
        {
            var socket = await _listener.AcceptAsync(_stop.Token);
            socket.NoDelay = true;
            _ = ServeAsync(new NetworkStream(socket, ownsSocket: true), script);
        }
    }

    private static async Task ServeAsync(NetworkStream stream, Func<ScriptedServer, Task> script)
    {
        await using var server = ScriptedServer.On(stream);
        try
        {
            await script(server);
        }
        catch (Exception e) when (e is IOException or SshException)
        {
            // The client has had enough; the test looks at what it says.
        }
    }
}
