using System.Text;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Mux.Proxy;
using SshMux.Engine.Platform;
using SshMux.Engine.Streams;
using SshMux.Engine.Tests.Mux;
using SshMux.Engine.Tests.Mux.Master;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Channels;

/// <summary>
/// What is longer than a packet may be. A server ends the connection for it; so it is refused before it is sent, on every
/// path, and all the rest lives on.
/// </summary>
public sealed class RequestLimitTests(MuxSshd server) : IClassFixture<MuxSshd>
{
    private static readonly string Long = new('x', 300_000);

    /// <summary>Fits into a message to the master, but not into one to the server.</summary>
    private static readonly string Between = new('x', RequestLimit.MaxText + 1);

    private static readonly (string What, SessionRequest Request)[] Requests =
    [
        ("the command", new SessionRequest { Command = Long }),
        ("the command", new SessionRequest { Command = Between }),
        ("the command", new SessionRequest { Command = new string('\u20ac', 100_000) }),
        ("the subsystem's name", new SessionRequest { Command = Long, Subsystem = true }),
        ("the environment variable SSHMUX_X", new SessionRequest { Command = ":", Environment = [new("SSHMUX_X", Long)] }),
        ("the environment variable xxx", new SessionRequest { Command = ":", Environment = [new(Between, "")] }),
        (
            "the terminal's type",
            new SessionRequest { Command = ":", Pty = PtyRequest.Unattended(Long, new TerminalSize(80, 24, 0, 0)) }),
    ];

    public static TheoryData<string> Paths => ["in process", "over our master", "over OpenSSH's", "in proxy mode"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(Paths))]
    public async Task Too_long_a_session_is_refused_and_the_others_live(string path)
    {
        await using var ways = await Ways.OpenAsync(path, server.Sshd);
        await using var other = await ways.StartAsync(new SessionRequest { Command = "cat; exit 5" }, Stop);
        foreach (var (what, request) in Requests)
        {
            await ExpectRefusalAsync(what, () => ways.StartAsync(request, Stop));
        }

        // Several that fit, but not together, are too much for a control socket alone.
        var half = new string('x', 200_000);
        var many = new SessionRequest { Command = ":", Environment = [new("SSHMUX_B", half), new("SSHMUX_C", half)] };
        if (path.StartsWith("over", StringComparison.Ordinal))
        {
            await ExpectRefusalAsync("command and environment", () => ways.StartAsync(many, Stop));
        }

        await using (var longest = await ways.StartAsync(
            new SessionRequest { Command = "exit 4 #" + new string('x', RequestLimit.MaxText - 8) }, Stop))
        {
            // Whether the system there can start that is another question; an answer is what counts.
            await longest.Exit.WaitAsync(TimeSpan.FromSeconds(30), Stop);
        }

        other.StandardInput.Dispose();
        Assert.Equal(5u, (await other.Exit.WaitAsync(TimeSpan.FromSeconds(30), Stop)).Status);
    }

    [Theory, MemberData(nameof(Paths))]
    public async Task Too_long_a_name_of_a_forward_is_refused_and_the_others_live(string path)
    {
        await using var ways = await Ways.OpenAsync(path, server.Sshd);
        await using var other = await ways.StartAsync(new SessionRequest { Command = "cat; exit 5" }, Stop);
        await ExpectRefusalAsync("the name of the host", () => ways.ConnectAsync(Long, 22, Stop));
        await ExpectRefusalAsync("the path of the socket", () => ways.ConnectAsync("/" + Between, null, Stop));
        if (ways.OpenForwardAsync is { } open)
        {
            // Not as text, for which the parser has limits of its own.
            var target = new ForwardEndpoint("a", 22);
            await ExpectRefusalAsync(
                "the forward's target",
                () => open(new ForwardSpec(ForwardKind.Local, new ForwardEndpoint("", 0), target with { Host = Long })));
            await ExpectRefusalAsync(
                "the address to listen on",
                () => open(new ForwardSpec(ForwardKind.Remote, new ForwardEndpoint(Long, 4711), target)));
            await ExpectRefusalAsync(
                "the address to listen on",
                () => open(new ForwardSpec(ForwardKind.Remote, ForwardEndpoint.ForPath($"/{Long}"), target)));
        }

        other.StandardInput.Dispose();
        Assert.Equal(5u, (await other.Exit.WaitAsync(TimeSpan.FromSeconds(30), Stop)).Status);
    }

    [Fact]
    public async Task A_client_that_does_not_measure_is_refused_by_our_master()
    {
        await using var master = await OurMaster.StartAsync(server.Sshd);
        using var client = await RawClient.GreetAsync(master.Path);
        using var nothing = DescriptorHandle.Open("/dev/null", FileAccess.ReadWrite);
        foreach (var request in (MuxNewSession[])
        [
            RawClient.Session(1, Between),
            RawClient.Session(2) with { Subsystem = true, Command = Encoding.UTF8.GetBytes(Between) },
            RawClient.Session(3, ":") with { Environment = [Encoding.UTF8.GetBytes($"SSHMUX_X={Between}")] },
            RawClient.Session(4, ":", tty: true) with { Term = Between },
        ])
        {
            await client.Messages.SendAsync(request, nothing, nothing, nothing);
            var failure = Assert.IsType<MuxFailure>(await client.ReceiveAsync());
            Assert.Contains($"no more than {RequestLimit.MaxText}", failure.Reason, StringComparison.Ordinal);
        }

        await client.Messages.SendAsync(new MuxNewStdioForward(5, Between, 22), nothing, nothing);
        Assert.Contains("no more than", Assert.IsType<MuxFailure>(await client.ReceiveAsync()).Reason);
        foreach (var forward in (MuxForward[])
        [
            new(MuxForwardType.Local, "", 0, Between, 22),
            new(MuxForwardType.Remote, Between, 4711, "a", 22),
            new(MuxForwardType.Remote, $"/{Between}", MuxProtocol.StreamLocalPort, "a", 22),
        ])
        {
            await client.Messages.SendAsync(new MuxOpenForward(6, forward));
            Assert.Contains("no more than", Assert.IsType<MuxFailure>(await client.ReceiveAsync()).Reason);
        }

        // What the client sends and the master does not admit is dropped as ever.
        await client.Messages.SendAsync(
            RawClient.Session(7, ":") with { Environment = [Encoding.UTF8.GetBytes($"OTHER={Between}")] },
            nothing, nothing, nothing);
        Assert.IsType<MuxSessionOpened>(await client.ReceiveAsync());
    }

    private static async Task ExpectRefusalAsync(string what, Func<Task> attempt)
    {
        var e = await Assert.ThrowsAsync<SshException>(attempt);
        Assert.Equal(SshError.RequestTooLong, e.Error);
        Assert.StartsWith(what, e.Message, StringComparison.Ordinal);
        Assert.Contains(
            what.StartsWith("command and", StringComparison.Ordinal)
                ? $"{MuxProtocol.MaxPacketLength}" : $"{RequestLimit.MaxText}",
            e.Message,
            StringComparison.Ordinal);
        Assert.True(e.Message.Length < 400, "the message is short");
    }

    /// <summary>One of the ways by which this process reaches a server.</summary>
    private sealed class Ways : IAsyncDisposable
    {
        private readonly Stack<IAsyncDisposable> _owned = new();

        public required Func<SessionRequest, CancellationToken, Task<RemoteProcess>> StartAsync { get; init; }

        public required Func<string, int?, CancellationToken, Task> ConnectAsync { get; init; }

        public Func<ForwardSpec, Task>? OpenForwardAsync { get; init; }

        public static async Task<Ways> OpenAsync(string path, TestSshd sshd)
        {
            switch (path)
            {
                case "in process":
                    var own = await OurMaster.StartAsync(sshd);
                    return Over(own.Master.Connection, spec => own.Master.OpenForwardAsync(spec), own);
                case "in proxy mode":
                    var master = await OurMaster.StartAsync(sshd);
                    var connection = await MuxProxyTransport.OpenConnectionAsync(master.Path);
                    return Over(connection, null, master, connection);
                default:
                    ITestMaster peer = path == "over our master"
                        ? await OurMaster.StartAsync(sshd)
                        : await RealMaster.StartAsync(sshd, "-o", "SendEnv=SSHMUX_*");
                    var client = await MuxClient.ConnectAsync(peer.Path);
                    var ways = new Ways
                    {
                        StartAsync = client.StartAsync,
                        ConnectAsync = (host, port, stop) => port is { } number
                            ? client.OpenStreamAsync(host, number, stop) : client.OpenStreamAsync(host, stop),
                        OpenForwardAsync = spec => client.OpenForwardAsync(spec),
                    };
                    ways._owned.Push(peer);
                    ways._owned.Push(client);
                    return ways;
            }
        }

        public async ValueTask DisposeAsync()
        {
            while (_owned.TryPop(out var owned)) await owned.DisposeAsync();
        }

        private static Ways Over(
            SshConnection connection, Func<ForwardSpec, Task>? openForward, params IAsyncDisposable[] owned)
        {
            var ways = new Ways
            {
                StartAsync = connection.StartAsync,
                ConnectAsync = (host, port, stop) => port is { } number
                    ? connection.OpenStreamAsync(host, number, stop) : connection.OpenStreamAsync(host, stop),
                OpenForwardAsync = openForward,
            };
            foreach (var one in owned) ways._owned.Push(one);
            return ways;
        }
    }
}
