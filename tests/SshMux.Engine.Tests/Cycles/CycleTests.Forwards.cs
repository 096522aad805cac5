using System.Net;
using System.Net.Sockets;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Cycles;

// SOCKS clients at the server's end, and those that get nothing.
public sealed partial class CycleTests
{
    [Fact(Explicit = true)]
    public async Task Connections_of_SOCKS_clients_at_the_servers_end()
    {
        using var echo = new TcpTestServer();
        await using var client = await MuxClient.ConnectAsync(_master.Path);
        var port = (await client.OpenForwardAsync(ForwardSpec.ParseRemote("127.0.0.1:0")))!.Value;
        byte[] request = [5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, (byte)(echo.Port >> 8), (byte)echo.Port];
        await RepeatAsync(async () =>
        {
            await using var stream = await ConnectAsync(port);
            await stream.WriteAsync(request);
            await stream.ReadExactlyAsync(new byte[12]);
            await ExchangeAsync(stream);
        });
    }

    [Fact(Explicit = true)]
    public async Task SOCKS_clients_that_are_refused_or_leave_early()
    {
        await using var client = await MuxClient.ConnectAsync(_master.Path);
        var here = TestSshd.FreePort();
        var dead = TestSshd.FreePort();
        await client.OpenForwardAsync(ForwardSpec.ParseDynamic($"127.0.0.1:{here}"));
        var there = (await client.OpenForwardAsync(ForwardSpec.ParseRemote("127.0.0.1:0")))!.Value;
        byte[][] requests =
        [
            [5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, (byte)(dead >> 8), (byte)dead], [4, 1, 0], [1, 2, 3], [5, 1, 2], [],
        ];
        await RepeatAsync(async () =>
        {
            foreach (var request in requests)
            {
                foreach (var port in new[] { here, there })
                {
                    await using var stream = await ConnectAsync(port);
                    await stream.WriteAsync(request);
                    stream.Socket.Shutdown(SocketShutdown.Send);
                    await stream.CopyToAsync(Stream.Null);
                }
            }
        });
    }

    private static async Task<NetworkStream> ConnectAsync(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        return new NetworkStream(socket, ownsSocket: true);
    }
}
