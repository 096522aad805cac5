using System.Net.Sockets;
using SshMux.Engine.Authentication;
using SshMux.Engine.Channels;
using SshMux.Engine.Forwarding;
using SshMux.Engine.Forwarding.X11;
using SshMux.Engine.Streams;
using SshMux.Engine.Tests.Authentication;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Forwarding;

/// <summary>What a server can and cannot reach on this side, with a server that says whatever the test wants.</summary>
public sealed class SessionForwardingTests : IDisposable
{
    private const string AgentType = "auth-agent@openssh.com";

    private readonly TestFolder _folder = new();
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly ListLogger _log = new();
    private readonly SshConnection _connection;
    private readonly ScriptedConnection _server;

    public SessionForwardingTests()
    {
        _connection = ScriptedConnection.Connect(out _server);
        _listener.Bind(new UnixDomainSocketEndPoint(Path));
        _listener.Listen();
    }

    private string Path => _folder.File("s");

    public void Dispose()
    {
        _listener.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(AgentType)]
    [InlineData("x11")]
    public async Task Nothing_is_reached_that_no_session_has_asked_for(string type)
    {
        _connection.AgentForward = new AgentForward(Path, null, _log);
        _connection.X11Forward = CreateX11();
        await StartAsync(new SessionRequest { Command = "true" });
        OpenFromServer(type);
        Assert.Equal($"no {type} channel was asked for", ExpectRefusal());
    }

    [Fact]
    public async Task The_agent_is_asked_for_before_the_program_and_reached()
    {
        _connection.AgentForward = new AgentForward(Path, null, _log);
        await StartAsync(new SessionRequest { Command = "true", WantAgent = true }, "auth-agent-req@openssh.com");
        OpenFromServer(AgentType);
        using var agent = await _listener.AcceptAsync();
        var channel = await ExpectConfirmationAsync();
        _server.SayData(channel, "question"u8.ToArray());
        Assert.Equal("question"u8.ToArray(), await ReceiveAsync(agent, 8));
        await agent.SendAsync("answer"u8.ToArray());
        await Eventually.TrueAsync(() => _server.Waiting > 0, "the answer is sent");
        Assert.Equal("answer"u8.ToArray(), _server.Expect(MessageNumber.ChannelData)[9..]);
        agent.Dispose();
        await Eventually.TrueAsync(() => _server.Waiting > 0, "the end is sent");
        _server.Expect(MessageNumber.ChannelEof);
    }

    [Fact]
    public async Task An_agent_that_knows_no_binding_is_used_as_it_is()
    {
        var binding = new AgentBinding("key"u8.ToArray(), "id"u8.ToArray(), "proof"u8.ToArray());
        _connection.AgentForward = new AgentForward(Path, binding, _log);
        await StartAsync(new SessionRequest { Command = "true", WantAgent = true }, "auth-agent-req@openssh.com");
        OpenFromServer(AgentType);
        using var agent = await _listener.AcceptAsync();
        var message = await ReceiveAsync(agent, 4 + 1 + 28 + 7 + 6 + 9 + 1);
        Assert.Equal(
            "00000034" + "1b" + "00000018" + Convert.ToHexStringLower("session-bind@openssh.com"u8)
            + "000000036b6579" + "000000026964" + "0000000570726f6f66" + "01",
            Convert.ToHexStringLower(message));
        await agent.SendAsync(new byte[] { 0, 0, 0, 1, 5 });
        var channel = await ExpectConfirmationAsync();
        _server.SayData(channel, "question"u8.ToArray());
        Assert.Equal("question"u8.ToArray(), await ReceiveAsync(agent, 8));
    }

    [Fact]
    public async Task An_agent_that_has_gone_is_refused_and_told()
    {
        _connection.AgentForward = new AgentForward(Path, null, _log);
        await StartAsync(new SessionRequest { Command = "true", WantAgent = true }, "auth-agent-req@openssh.com");
        _listener.Dispose();
        OpenFromServer(AgentType);
        await Eventually.TrueAsync(() => _server.Waiting > 0, "the answer is sent");
        Assert.Equal("the agent cannot be reached", ExpectRefusal());
        Assert.Contains($"cannot forward the agent at {Path}: there is no such socket", _log.Lines);
        Assert.Equal(1, _connection.ChannelCount);
    }

    [Fact]
    public async Task Without_an_agent_none_is_asked_for_and_that_is_told()
    {
        _connection.AgentForward = new AgentForward(null, null, _log);
        await StartAsync(new SessionRequest { Command = "true", WantAgent = true });
        Assert.Equal(["agent forwarding requested but there is no agent (SSH_AUTH_SOCK is not set)"], _log.Lines);
    }

    [Fact]
    public async Task Without_a_display_no_X11_is_asked_for_and_that_is_told()
    {
        _connection.X11Forward = new X11Forward(new X11ForwardOptions { Trusted = true }, _log);
        await StartAsync(new SessionRequest { Command = "true", WantX11 = true });
        Assert.Equal(["X11 forwarding requested but DISPLAY not set"], _log.Lines);
    }

    [Fact]
    public async Task An_X11_client_with_the_fake_cookie_reaches_the_X_server_with_another_one()
    {
        var cookie = await StartX11Async(CreateX11());
        OpenFromServer("x11");
        using var display = await _listener.AcceptAsync();
        var channel = await ExpectConfirmationAsync();
        var setup = X11ClientMessage.Create(bigEndian: true, "MIT-MAGIC-COOKIE-1", cookie);
        byte[] all = [.. setup, .. "more"u8];
        _server.SayData(channel, all[..5]);
        _server.SayData(channel, all[5..40]);
        _server.SayData(channel, all[40..]);
        var received = await ReceiveAsync(display, all.Length);
        Assert.Equal(setup[..32], received[..32]);
        Assert.NotEqual(cookie, received[32..48]);
        Assert.Equal("more"u8.ToArray(), received[48..]);
        await display.SendAsync("hello"u8.ToArray());
        await Eventually.TrueAsync(() => _server.Waiting > 0, "the answer is sent");
        Assert.Equal("hello"u8.ToArray(), _server.Expect(MessageNumber.ChannelData)[9..]);
    }

    [Theory]
    [InlineData("wrong cookie")]
    [InlineData("no client")]
    [InlineData("early end")]
    public async Task Another_X11_client_is_rejected_and_the_X_server_hears_nothing(string trouble)
    {
        var cookie = await StartX11Async(CreateX11());
        OpenFromServer("x11");
        using var display = await _listener.AcceptAsync();
        var channel = await ExpectConfirmationAsync();
        cookie[3] ^= 1;
        var setup = X11ClientMessage.Create(bigEndian: false, "MIT-MAGIC-COOKIE-1", cookie);
        if (trouble == "no client") _server.SayData(channel, "GET / HTTP/1.1"u8.ToArray());
        else if (trouble == "wrong cookie") _server.SayData(channel, setup);
        else _server.SayData(channel, setup[..20]);
        if (trouble == "early end") _server.Say(MessageNumber.ChannelEof, channel);
        _server.Expect(MessageNumber.ChannelClose);
        Assert.Equal(0, await display.ReceiveAsync(new byte[1]));
        Assert.Contains("X11 connection rejected because of wrong authentication.", _log.Lines);
        if (trouble != "early end") _server.SayData(channel, new byte[100]);
        _server.Say(MessageNumber.ChannelClose, channel);
        Assert.Equal(1, _connection.ChannelCount);
    }

    [Fact]
    public async Task Untrusted_clients_are_refused_when_the_time_is_over()
    {
        var time = new ManualTime();
        var x11 = new X11Forward(
            new X11ForwardOptions
            {
                Display = Path,
                Timeout = TimeSpan.FromMinutes(20),
                XAuthLocation = WriteXAuth("echo display MIT-MAGIC-COOKIE-1 00112233445566778899aabbccddeeff"),
                Time = time,
            },
            _log);
        var cookie = await StartX11Async(x11);
        var calls = XAuthCalls();
        var file = calls[0].Split(' ')[1];
        Assert.Equal(
            [$"-f {file} generate {Path} MIT-MAGIC-COOKIE-1 untrusted timeout 1260", $"-f {file} list {Path}"], calls);
        Assert.False(Directory.Exists(System.IO.Path.GetDirectoryName(file)));
        OpenFromServer("x11");
        using var display = await _listener.AcceptAsync();
        var channel = await ExpectConfirmationAsync();
        time.Advance(TimeSpan.FromMinutes(21));
        OpenFromServer("x11");
        Assert.Equal("ForwardX11Timeout is over", ExpectRefusal());
        _server.SayData(channel, X11ClientMessage.Create(bigEndian: false, "MIT-MAGIC-COOKIE-1", cookie));
        _server.Expect(MessageNumber.ChannelClose);
        Assert.Contains("Rejected X11 connection after ForwardX11Timeout expired", _log.Lines);
    }

    [Fact]
    public async Task Untrusted_forwarding_never_makes_do_with_a_made_up_cookie()
    {
        _connection.X11Forward = new X11Forward(
            new X11ForwardOptions { Display = Path, XAuthLocation = WriteXAuth("exit 1") }, _log);
        await StartAsync(new SessionRequest { Command = "true", WantX11 = true });
        Assert.Contains(
            "Warning: untrusted X11 forwarding setup failed: xauth key data not generated", _log.Lines);
        Assert.Single(XAuthCalls());
    }

    [Fact]
    public async Task A_server_that_refuses_X11_is_named_with_the_channel()
    {
        _connection.X11Forward = CreateX11();
        var opening = _connection.StartAsync(new SessionRequest { Command = "true", WantX11 = true }, default);
        _server.Confirm();
        await Eventually.TrueAsync(() => _server.Waiting == 2, "both requests are sent");
        _server.Say(MessageNumber.ChannelFailure, 0);
        _server.Say(MessageNumber.ChannelSuccess, 0);
        await opening;
        await Eventually.TrueAsync(
            () => _log.Lines.Contains("X11 forwarding request failed on channel 0"), "the refusal is told");
    }

    private X11Forward CreateX11() => new(new X11ForwardOptions { Display = Path, Trusted = true }, _log);

    /// <summary>Asks for X11; gives the cookie that the server gets.</summary>
    private async Task<byte[]> StartX11Async(X11Forward x11)
    {
        _connection.X11Forward = x11;
        var request = await StartAsync(new SessionRequest { Command = "true", WantX11 = true }, "x11-req");
        var reader = new SshReader(request);
        Assert.False(reader.ReadBoolean());
        Assert.Equal("MIT-MAGIC-COOKIE-1", reader.ReadText());
        var cookie = Convert.FromHexString(reader.ReadText());
        Assert.Equal(0u, reader.ReadUInt32());
        Assert.True(reader.AtEnd);
        return cookie;
    }

    /// <summary>Starts a session; gives the fields of the one request that must come before the program's.</summary>
    private async Task<byte[]> StartAsync(SessionRequest request, string? expected = null)
    {
        var opening = _connection.StartAsync(request, CancellationToken.None);
        _server.Confirm();
        var count = expected is null ? 1 : 2;
        await Eventually.TrueAsync(() => _server.Waiting == count, "the requests are sent");
        byte[] fields = [];
        if (expected is not null)
        {
            fields = ReadRequest(expected, out var wantReply);
            if (wantReply) _server.Say(MessageNumber.ChannelSuccess, 0);
        }

        ReadRequest("exec", out _);
        _server.Say(MessageNumber.ChannelSuccess, 0);
        await opening;
        return fields;
    }

    private byte[] ReadRequest(string type, out bool wantReply)
    {
        var reader = new SshReader(_server.Expect(MessageNumber.ChannelRequest));
        reader.ReadByte();
        reader.ReadUInt32();
        Assert.Equal(type, reader.ReadText());
        wantReply = reader.ReadBoolean();
        return reader.Rest.ToArray();
    }

    private void OpenFromServer(string type) => _server.Say(MessageNumber.ChannelOpen, (ref SshWriter w) =>
    {
        w.WriteString(type);
        w.WriteUInt32(5);
        w.WriteUInt32(100_000);
        w.WriteUInt32(32_000);
        if (type != "x11") return;
        w.WriteString("127.0.0.1");
        w.WriteUInt32(4711);
    });

    private string ExpectRefusal()
    {
        var reader = new SshReader(_server.Expect(MessageNumber.ChannelOpenFailure));
        reader.ReadByte();
        Assert.Equal(5u, reader.ReadUInt32());
        reader.ReadUInt32();
        return reader.ReadText();
    }

    private async Task<uint> ExpectConfirmationAsync()
    {
        await Eventually.TrueAsync(() => _server.Waiting > 0, "the channel is confirmed");
        var reader = new SshReader(_server.Expect(MessageNumber.ChannelOpenConfirmation));
        reader.ReadByte();
        Assert.Equal(5u, reader.ReadUInt32());
        return reader.ReadUInt32();
    }

    private static async Task<byte[]> ReceiveAsync(Socket socket, int count)
    {
        var data = new byte[count];
        for (var at = 0; at < count;)
        {
            var received = await socket.ReceiveAsync(data.AsMemory(at)).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
            Assert.NotEqual(0, received);
            at += received;
        }

        return data;
    }

    /// <summary>A stand-in for xauth that notes its arguments and, when asked to list, does as it is told.</summary>
    private string WriteXAuth(string list)
    {
        var path = _folder.Write("xauth", $"""
            #!/bin/sh
            echo "$@" >> {_folder.File("calls")}
            {list}
            """);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    private string[] XAuthCalls() => File.ReadAllLines(_folder.File("calls"));

    private sealed class ManualTime : TimeProvider
    {
        private long _now = 1;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Volatile.Read(ref _now);

        public void Advance(TimeSpan time) => Interlocked.Add(ref _now, time.Ticks);
    }
}
