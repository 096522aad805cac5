using System.Net;
using System.Net.Sockets;
using SshMux.Engine.Connection;
using SshMux.Engine.Mux;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Cycles;

// Forwards that the server listens for, and SOCKS.
public sealed partial class CycleTests
{
    [Fact(Explicit = true)]
    public async Task Remote_forwards_with_a_connection_each()
    {
        await using var echo = new EchoListener();
        await RepeatAsync(async () =>
        {
            var spec = ForwardSpec.ParseRemote($"127.0.0.1:{TestSshd.FreePort()}:127.0.0.1:{echo.Port}");
            await using var client = await MuxClient.ConnectAsync(_master.Path);
            try
            {
                await client.OpenForwardAsync(spec);
            }
            catch (SshException e) when (e.Error == SshError.MuxRefused)
            {
                return; // another cycle's connection had the port that was free
            }

            await using (var stream = await ConnectAsync(spec.Listen.Port)) await EchoListener.ExchangeAsync(stream);
            await client.CloseForwardAsync(spec);
        });
    }

    [Fact(Explicit = true)]
    public async Task Connections_through_SOCKS_servers_on_either_side()
    {
        await using var echo = new EchoListener();
        await using var client = await MuxClient.ConnectAsync(_master.Path);
        var here = TestSshd.FreePort();
        await client.OpenForwardAsync(ForwardSpec.ParseDynamic($"127.0.0.1:{here}"));
        var there = (await client.OpenForwardAsync(ForwardSpec.ParseRemote("127.0.0.1:0")))!.Value;
        byte[] request = [5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, (byte)(echo.Port >> 8), (byte)echo.Port];
        await RepeatAsync(async () =>
        {
            foreach (var port in new[] { here, there })
            {
                await using var stream = await ConnectAsync(port);
                await stream.WriteAsync(request);
                await stream.ReadExactlyAsync(new byte[12]);
                await EchoListener.ExchangeAsync(stream);
            }
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
