using System.Net.Sockets;
using SshMux.Engine.Forwarding.X11;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Forwarding;

/// <summary>X servers that sessions bring: their clients are told apart by the cookies that they show.</summary>
public sealed class SessionX11ForwardTests : SessionForwardingTestBase
{
    private const string RealText = "ffeeddccbbaa99887766554433221100";
    private readonly ManualTime _time = new();

    [Fact]
    public async Task Each_client_comes_to_the_X_server_whose_cookie_it_shows()
    {
        using var own = Listen("own");
        var x11 = CreateX11();
        var shared = await StartX11Async(x11);
        var brought = await StartX11Async(x11.Of(Grant("own")), channel: 1);
        var clients = new List<Socket>();
        foreach (var (cookie, server) in new[] { (brought, own), (shared, Listener), (brought, own) })
        {
            var setup = X11ClientMessage.Create(bigEndian: false, "MIT-MAGIC-COOKIE-1", cookie);
            var channel = await ConnectAsync();
            Server.SayData(channel, setup[..20]);
            Server.SayData(channel, [.. setup[20..], .. "more"u8]);
            clients.Add(await server.AcceptAsync());
            var received = await ReceiveAsync(clients[^1], setup.Length + 4);
            Assert.Equal("more"u8.ToArray(), received[^4..]);
            Assert.Equal(server == own, RealText == Convert.ToHexStringLower(received[32..48]));
        }

        foreach (var client in clients) client.Dispose();
    }

    [Fact]
    public async Task After_its_session_and_its_last_client_nobody_reaches_it()
    {
        using var own = Listen("own");
        var x11 = CreateX11();
        await StartX11Async(x11);
        var cookie = await StartX11Async(x11.Of(Grant("own")), channel: 1);
        var setup = X11ClientMessage.Create(bigEndian: false, "MIT-MAGIC-COOKIE-1", cookie);
        var first = await ConnectAsync();
        Server.SayData(first, setup);
        using var firstClient = await own.AcceptAsync();
        await ReceiveAsync(firstClient, setup.Length);
        Server.Say(MessageNumber.ChannelClose, 1);
        Server.Expect(MessageNumber.ChannelClose);

        // A program that goes on in the background opens another window.
        var second = await ConnectAsync();
        Server.SayData(second, setup);
        using var secondClient = await own.AcceptAsync();
        foreach (var channel in new[] { first, second }) Server.Say(MessageNumber.ChannelClose, channel);
        await Eventually.TrueAsync(() => Connection.ChannelCount == 1, "both clients are gone");
        while (Server.Waiting > 0) Server.Expect(MessageNumber.ChannelClose);
        Server.SayData(await ConnectAsync(), setup);
        Server.Expect(MessageNumber.ChannelClose);
        Assert.False(own.Poll(TimeSpan.Zero, SelectMode.SelectRead), "nobody comes to the X server");
    }

    [Fact]
    public async Task A_limit_is_that_of_its_session_alone()
    {
        using var own = Listen("own");
        var x11 = CreateX11();
        var shared = await StartX11Async(x11);
        var limited = await StartX11Async(x11.Of(Grant("own", " 60")), channel: 1);
        _time.Advance(TimeSpan.FromSeconds(62));
        Server.SayData(
            await ConnectAsync(), X11ClientMessage.Create(bigEndian: false, "MIT-MAGIC-COOKIE-1", limited));
        Server.Expect(MessageNumber.ChannelClose);
        var setup = X11ClientMessage.Create(bigEndian: false, "MIT-MAGIC-COOKIE-1", shared);
        Server.SayData(await ConnectAsync(), setup);
        using var client = await Listener.AcceptAsync();
        await ReceiveAsync(client, setup.Length);
    }

    [Fact]
    public async Task It_needs_no_X_server_of_the_connection()
    {
        using var own = Listen("own");
        var x11 = new X11Forward(new X11ForwardOptions(), Log);
        var cookie = await StartX11Async(x11.Of(Grant("own")));
        var setup = X11ClientMessage.Create(bigEndian: true, "MIT-MAGIC-COOKIE-1", cookie);
        Server.SayData(await ConnectAsync(), setup);
        using var client = await own.AcceptAsync();
        await ReceiveAsync(client, setup.Length);
    }

    private X11Grant Grant(string file, string limit = "") =>
        X11Grant.Parse($"{Folder.File(file)} MIT-MAGIC-COOKIE-1 {RealText}{limit}", _time);

    private Socket Listen(string file)
    {
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(Folder.File(file)));
        listener.Listen();
        return listener;
    }

    /// <summary>The server has a client; gives our number of its channel.</summary>
    private async Task<uint> ConnectAsync()
    {
        OpenFromServer("x11");
        return await ExpectConfirmationAsync();
    }
}
