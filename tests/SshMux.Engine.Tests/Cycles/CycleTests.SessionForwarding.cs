using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using SshMux.Engine.Channels;
using SshMux.Engine.Forwarding;
using SshMux.Engine.Forwarding.X11;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Tests.Authentication;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Cycles;

// Channels that the server opens to the agent and to the X server of this side.
public sealed partial class CycleTests
{
    // Several in each session, because sessions have a test of their own, and X11 costs the server a run of xauth.
    private const int ChannelsInSession = 10;

    private static string ForwardX11 => $"X11Forwarding yes\nX11DisplayOffset {Random.Shared.Next(100, 900)}";

    [Fact(Explicit = true)]
    public async Task Channels_to_the_agent()
    {
        using var agent = await TestAgent.StartAsync(_sshd.UserKey);
        _master.Master.Connection.AgentForward = new AgentForward(agent.Socket, null, NullLogger.Instance);
        await RepeatSessionsAsync(new SessionRequest { Command = Repeat("ssh-add -q -l"), WantAgent = true });
    }

    [Fact(Explicit = true)]
    public Task Channels_to_an_X_server_that_hangs_up() => WithDisplayAsync(
        () => RepeatSessionsAsync(new SessionRequest { Command = Repeat("! xprop -root A 2>&1"), WantX11 = true }));

    [Fact(Explicit = true)]
    public Task Channels_of_X11_clients_without_the_cookie() => WithDisplayAsync(
        () => RepeatSessionsAsync(new SessionRequest
        {
            Command = Repeat("! XAUTHORITY=/dev/null xprop -root A 2>&1"),
            WantX11 = true,
        }));

    private static string Repeat(string command) =>
        $"for i in $(seq {ChannelsInSession}); do {command} || exit 1; done > /dev/null";

    private Task RepeatSessionsAsync(SessionRequest request) => RepeatAsync(
        async () =>
        {
            await using var client = await MuxClient.ConnectAsync(_master.Path);
            await using var process = await client.StartAsync(request, default);
            Assert.Equal(0u, (await process.Exit).Status);
        },
        Cycles / ChannelsInSession);

    /// <summary>With an X server that takes every client's first words and closes.</summary>
    private async Task WithDisplayAsync(Func<Task> test)
    {
        using var folder = new TestFolder();
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(folder.File("X0")));
        listener.Listen(128);
        var serving = ServeAsync(listener);
        _sshd.Folder.Write(".Xauthority", "");
        _master.Master.Connection.X11Forward = new X11Forward(
            new X11ForwardOptions { Display = folder.File("X0"), Trusted = true }, NullLogger.Instance);
        await test();
        listener.Dispose();
        await serving;
    }

    private static async Task ServeAsync(Socket listener)
    {
        var words = new byte[100];
        try
        {
            while (true)
            {
                using var client = await listener.AcceptAsync();
                await client.ReceiveAsync(words);
            }
        }
        catch (SocketException)
        {
            // The test has ended.
        }
    }
}
