using System.Net.Sockets;
using SshMux.Engine.Authentication;
using SshMux.Engine.Channels;
using SshMux.Engine.Forwarding;
using SshMux.Engine.Forwarding.X11;
using SshMux.Engine.Streams;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Forwarding;

/// <summary>What a server can and cannot reach on this side, with a server that says whatever the test wants.</summary>
public sealed class SessionForwardingTests : SessionForwardingTestBase
{
    [Theory]
    [InlineData(AgentType)]
    [InlineData("x11")]
    public async Task Nothing_is_reached_that_no_session_has_asked_for(string type)
    {
        Connection.AgentForward = new AgentForward(Path, null, Log);
        Connection.X11Forward = CreateX11();
        await StartAsync(new SessionRequest { Command = "true" });
        OpenFromServer(type);
        Assert.Equal($"no {type} channel was asked for", ExpectRefusal());
    }

    [Fact]
    public async Task The_agent_is_asked_for_before_the_program_and_reached()
    {
        Connection.AgentForward = new AgentForward(Path, null, Log);
        await StartAsync(new SessionRequest { Command = "true", WantAgent = true }, "auth-agent-req@openssh.com");
        OpenFromServer(AgentType);
        using var agent = await Listener.AcceptAsync();
        var channel = await ExpectConfirmationAsync();
        Server.SayData(channel, "question"u8.ToArray());
        Assert.Equal("question"u8.ToArray(), await ReceiveAsync(agent, 8));
        await agent.SendAsync("answer"u8.ToArray());
        await Eventually.TrueAsync(() => Server.Waiting > 0, "the answer is sent");
        Assert.Equal("answer"u8.ToArray(), Server.Expect(MessageNumber.ChannelData)[9..]);
        agent.Dispose();
        await Eventually.TrueAsync(() => Server.Waiting > 0, "the end is sent");
        Server.Expect(MessageNumber.ChannelEof);
    }

    [Fact]
    public async Task An_agent_that_knows_no_binding_is_used_as_it_is()
    {
        var binding = new AgentBinding("key"u8.ToArray(), "id"u8.ToArray(), "proof"u8.ToArray());
        Connection.AgentForward = new AgentForward(Path, binding, Log);
        await StartAsync(new SessionRequest { Command = "true", WantAgent = true }, "auth-agent-req@openssh.com");
        OpenFromServer(AgentType);
        using var agent = await Listener.AcceptAsync();
        var message = await ReceiveAsync(agent, 4 + 1 + 28 + 7 + 6 + 9 + 1);
        Assert.Equal(
            "00000034" + "1b" + "00000018" + Convert.ToHexStringLower("session-bind@openssh.com"u8)
            + "000000036b6579" + "000000026964" + "0000000570726f6f66" + "01",
            Convert.ToHexStringLower(message));
        await agent.SendAsync(new byte[] { 0, 0, 0, 1, 5 });
        var channel = await ExpectConfirmationAsync();
        Server.SayData(channel, "question"u8.ToArray());
        Assert.Equal("question"u8.ToArray(), await ReceiveAsync(agent, 8));
    }

    [Fact]
    public async Task An_agent_that_has_gone_is_refused_and_told()
    {
        Connection.AgentForward = new AgentForward(Path, null, Log);
        await StartAsync(new SessionRequest { Command = "true", WantAgent = true }, "auth-agent-req@openssh.com");
        Listener.Dispose();
        OpenFromServer(AgentType);
        await Eventually.TrueAsync(() => Server.Waiting > 0, "the answer is sent");
        Assert.Equal("the agent cannot be reached", ExpectRefusal());
        Assert.Contains($"cannot forward the agent at {Path}: there is no such socket", Log.Lines);
        Assert.Equal(1, Connection.ChannelCount);
    }

    [Fact]
    public async Task Without_an_agent_none_is_asked_for_and_that_is_told()
    {
        Connection.AgentForward = new AgentForward(null, null, Log);
        await StartAsync(new SessionRequest { Command = "true", WantAgent = true });
        Assert.Equal(["agent forwarding requested but there is no agent (SSH_AUTH_SOCK is not set)"], Log.Lines);
    }

    [Fact]
    public async Task Without_a_display_no_X11_is_asked_for_and_that_is_told()
    {
        Connection.X11Forward = new X11Forward(new X11ForwardOptions { Trusted = true }, Log);
        await StartAsync(new SessionRequest { Command = "true", WantX11 = true });
        Assert.Equal(["X11 forwarding requested but DISPLAY not set"], Log.Lines);
    }

    [Fact]
    public async Task An_X11_client_with_the_fake_cookie_reaches_the_XServer_with_another_one()
    {
        var cookie = await StartX11Async(CreateX11());
        OpenFromServer("x11");
        var channel = await ExpectConfirmationAsync();
        var setup = X11ClientMessage.Create(bigEndian: true, "MIT-MAGIC-COOKIE-1", cookie);
        byte[] all = [.. setup, .. "more"u8];
        Server.SayData(channel, all[..5]);
        Server.SayData(channel, all[5..40]);
        Server.SayData(channel, all[40..]);
        using var display = await Listener.AcceptAsync();
        var received = await ReceiveAsync(display, all.Length);
        Assert.Equal(setup[..32], received[..32]);
        Assert.NotEqual(cookie, received[32..48]);
        Assert.Equal("more"u8.ToArray(), received[48..]);
        await display.SendAsync("hello"u8.ToArray());
        await Eventually.TrueAsync(() => Server.Waiting > 0, "the answer is sent");
        Assert.Equal("hello"u8.ToArray(), Server.Expect(MessageNumber.ChannelData)[9..]);
    }

    [Theory]
    [InlineData("wrong cookie")]
    [InlineData("no client")]
    [InlineData("early end")]
    public async Task Another_X11_client_is_rejected_and_the_XServer_hears_nothing(string trouble)
    {
        var cookie = await StartX11Async(CreateX11());
        OpenFromServer("x11");
        var channel = await ExpectConfirmationAsync();
        cookie[3] ^= 1;
        var setup = X11ClientMessage.Create(bigEndian: false, "MIT-MAGIC-COOKIE-1", cookie);
        if (trouble == "no client") Server.SayData(channel, "GET / HTTP/1.1"u8.ToArray());
        else if (trouble == "wrong cookie") Server.SayData(channel, setup);
        else Server.SayData(channel, setup[..20]);
        if (trouble == "early end") Server.Say(MessageNumber.ChannelEof, channel);
        Server.Expect(MessageNumber.ChannelClose);
        Assert.False(Listener.Poll(TimeSpan.Zero, SelectMode.SelectRead), "nobody comes to the X server");
        Assert.Contains("X11 connection rejected because of wrong authentication.", Log.Lines);
        if (trouble != "early end") Server.SayData(channel, new byte[100]);
        Server.Say(MessageNumber.ChannelClose, channel);
        Assert.Equal(1, Connection.ChannelCount);
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
            Log);
        var cookie = await StartX11Async(x11);
        var calls = XAuthCalls();
        var file = calls[0].Split(' ')[1];
        Assert.Equal(
            [$"-f {file} generate {Path} MIT-MAGIC-COOKIE-1 untrusted timeout 1260", $"-f {file} list {Path}"], calls);
        Assert.False(Directory.Exists(System.IO.Path.GetDirectoryName(file)));
        OpenFromServer("x11");
        var channel = await ExpectConfirmationAsync();
        time.Advance(TimeSpan.FromMinutes(21));
        OpenFromServer("x11");
        Assert.Equal("ForwardX11Timeout is over", ExpectRefusal());
        Server.SayData(channel, X11ClientMessage.Create(bigEndian: false, "MIT-MAGIC-COOKIE-1", cookie));
        Server.Expect(MessageNumber.ChannelClose);
        Assert.Contains("Rejected X11 connection after ForwardX11Timeout expired", Log.Lines);
    }

    [Fact]
    public async Task Untrusted_forwarding_never_makes_do_with_a_made_up_cookie()
    {
        Connection.X11Forward = new X11Forward(
            new X11ForwardOptions { Display = Path, XAuthLocation = WriteXAuth("exit 1") }, Log);
        await StartAsync(new SessionRequest { Command = "true", WantX11 = true });
        Assert.Contains(
            "Warning: untrusted X11 forwarding setup failed: xauth key data not generated", Log.Lines);
        Assert.Single(XAuthCalls());
    }

    [Fact]
    public async Task AServer_that_refuses_X11_is_named_with_the_channel()
    {
        Connection.X11Forward = CreateX11();
        var opening = Connection.StartAsync(new SessionRequest { Command = "true", WantX11 = true }, default);
        Server.Confirm();
        await Eventually.TrueAsync(() => Server.Waiting == 2, "both requests are sent");
        Server.Say(MessageNumber.ChannelFailure, 0);
        Server.Say(MessageNumber.ChannelSuccess, 0);
        await opening;
        await Eventually.TrueAsync(
            () => Log.Lines.Contains("X11 forwarding request failed on channel 0"), "the refusal is told");
    }
}
