using SshMux.Engine.Channels;
using SshMux.Engine.Mux.Proxy;
using SshMux.Engine.Streams;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Cycles;

// Whole connections over the control socket, in proxy mode.
public sealed partial class CycleTests
{
    [Fact(Explicit = true)]
    public Task Proxied_connections_with_a_session_each() => RepeatAsync(async () =>
    {
        await using var connection = await MuxProxyTransport.OpenConnectionAsync(_master.Path);
        await using var process = await connection.StartAsync(new SessionRequest { Command = "exit 3" }, default);
        Assert.Equal(3u, (await process.Exit).Status);
    });

    [Fact(Explicit = true)]
    public async Task Proxied_connections_that_are_abandoned_with_an_open_channel()
    {
        using var echo = new TcpTestServer();
        await RepeatAsync(async () =>
        {
            await using var connection = await MuxProxyTransport.OpenConnectionAsync(_master.Path);
            await using var stream = await connection.OpenStreamAsync("127.0.0.1", echo.Port, default);
            await ExchangeAsync(stream);
            await connection.DisposeAsync();
        });
    }
}
