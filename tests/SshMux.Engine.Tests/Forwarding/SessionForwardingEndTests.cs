using SshMux.Engine.Authentication;
using SshMux.Engine.Channels;
using SshMux.Engine.Forwarding;
using SshMux.Engine.Forwarding.X11;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Forwarding;

/// <summary>Agents and X servers that are not there, or go away, and clients of theirs that do.</summary>
public sealed class SessionForwardingEndTests : SessionForwardingTestBase
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task An_agent_that_is_not_there_is_not_asked_for_and_that_is_told()
    {
        Connection.AgentForward = new AgentForward(Folder.File("missing"), null, Log);
        await StartAsync(new SessionRequest { Command = "true", WantAgent = true });
        Assert.Equal([$"cannot forward the agent at {Folder.File("missing")}: there is no such socket"], Log.Lines);
    }

    [Fact]
    public async Task An_agent_at_a_path_that_no_socket_can_have_is_refused()
    {
        var path = Folder.Write(new string('x', 150), "");
        Connection.AgentForward = new AgentForward(path, null, Log);
        await StartAsync(new SessionRequest { Command = "true", WantAgent = true }, "auth-agent-req@openssh.com");
        OpenFromServer(AgentType);
        await Eventually.TrueAsync(() => Server.Waiting > 0, "the answer is sent");
        Assert.Equal("the agent cannot be reached", ExpectRefusal());
        Assert.Single(Log.Lines, line => line.StartsWith($"cannot forward the agent at {path}: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task When_the_connection_has_ended_the_agent_is_left()
    {
        var binding = new AgentBinding("key"u8.ToArray(), "id"u8.ToArray(), "proof"u8.ToArray());
        Connection.AgentForward = new AgentForward(Path, binding, Log);
        await StartAsync(new SessionRequest { Command = "true", WantAgent = true }, "auth-agent-req@openssh.com");
        OpenFromServer(AgentType);
        using var agent = await Listener.AcceptAsync();
        await ReceiveAsync(agent, 4 + 1 + 28 + 7 + 6 + 9 + 1);
        Connection.Close(new SshException(SshError.ConnectionLost, "gone"));
        await agent.SendAsync(new byte[] { 0, 0, 0, 1, 6 }); // it knows the binding
        Assert.Equal(0, await agent.ReceiveAsync(new byte[1]).WaitAsync(Patience));
        Assert.Equal(0, Server.Waiting);
    }

    [Fact]
    public async Task A_DISPLAY_that_cannot_be_one_is_told_and_no_X11_asked_for()
    {
        Connection.X11Forward = new X11Forward(new X11ForwardOptions { Display = "a b", Trusted = true }, Log);
        await StartAsync(new SessionRequest { Command = "true", WantX11 = true });
        Assert.Equal(["DISPLAY \"a b\" invalid; disabling X11 forwarding"], Log.Lines);
    }

    [Fact]
    public async Task A_client_of_an_X_server_that_has_gone_is_closed_and_that_is_told()
    {
        var cookie = await StartX11Async(CreateX11());
        Listener.Dispose();
        OpenFromServer("x11");
        var channel = await ExpectConfirmationAsync();
        Server.SayData(channel, X11ClientMessage.Create(bigEndian: false, "MIT-MAGIC-COOKIE-1", cookie));
        await Eventually.TrueAsync(() => Server.Waiting > 0, "the channel is closed");
        Server.Expect(MessageNumber.ChannelClose);
        var told = $"the X server of display {Path} cannot be reached: ";
        Assert.Contains(Log.Lines, line => line.StartsWith(told, StringComparison.Ordinal));
    }

    [Fact]
    public async Task After_its_first_message_all_of_an_X11_client_passes_both_ways()
    {
        var cookie = await StartX11Async(CreateX11());
        OpenFromServer("x11");
        var channel = await ExpectConfirmationAsync();
        var setup = X11ClientMessage.Create(bigEndian: false, "MIT-MAGIC-COOKIE-1", cookie);
        Server.SayData(channel, setup);
        using var display = await Listener.AcceptAsync();
        await ReceiveAsync(display, setup.Length);
        Server.Deliver(ScriptedConnection.DataMessage(channel, "no such thing"u8.ToArray(), error: true));
        Server.SayData(channel, "request"u8.ToArray());
        Assert.Equal("request"u8.ToArray(), await ReceiveAsync(display, 7));

        // More than the server's window takes comes when it grows.
        await display.SendAsync(new byte[100_001]);
        var received = 0;
        while (received < 100_000) received += await ReceiveDataAsync();
        Server.Say(MessageNumber.ChannelWindowAdjust, (ref SshWriter w) =>
        {
            w.WriteUInt32(channel);
            w.WriteUInt32(100);
        });
        Assert.Equal(1, await ReceiveDataAsync());
        Server.SayExitStatus(channel, 0); // has no meaning here
        Server.Say(MessageNumber.ChannelRequest, (ref SshWriter w) =>
        {
            w.WriteUInt32(channel);
            w.WriteString("eow@openssh.com");
            w.WriteBoolean(false);
        });
        Server.Say(MessageNumber.ChannelEof, channel);
        Assert.Equal(0, await display.ReceiveAsync(new byte[1]).WaitAsync(Patience));
        await Eventually.TrueAsync(() => Server.Waiting > 0, "the channel is closed");
        Server.Expect(MessageNumber.ChannelClose);
    }

    [Theory]
    [InlineData("printf 'display MIT-MAGIC-COOKIE-1 00112233445566778899aabbccddeeff'", true)] // no line end
    [InlineData("printf 'display MIT-MAGIC-COOKIE-1 00112233445566778899aabbccddeeff\\nanother line\\n'", true)]
    [InlineData("echo nonsense", false)]
    [InlineData("exit 1", false)]
    public async Task A_cookie_that_xauth_has_is_the_one_the_X_server_sees(string list, bool hasCookie)
    {
        var x11 = new X11Forward(
            new X11ForwardOptions { Display = Path, Trusted = true, XAuthLocation = WriteXAuth(list) }, Log);
        var fake = await StartX11Async(x11);
        OpenFromServer("x11");
        var channel = await ExpectConfirmationAsync();
        var setup = X11ClientMessage.Create(bigEndian: true, "MIT-MAGIC-COOKIE-1", fake);
        Server.SayData(channel, setup);
        using var display = await Listener.AcceptAsync();
        var real = Convert.ToHexStringLower((await ReceiveAsync(display, setup.Length))[32..48]);
        Assert.Equal([$"list {Path}"], XAuthCalls());
        if (hasCookie) Assert.Equal("00112233445566778899aabbccddeeff", real);
        else Assert.Contains("Warning: No xauth data; using fake authentication data for X11 forwarding.", Log.Lines);
    }

    [Fact]
    public async Task An_xauth_that_cannot_be_run_is_named()
    {
        var program = Folder.Write("xauth", "no program");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Connection.X11Forward = new X11Forward(
            new X11ForwardOptions { Display = Path, XAuthLocation = program }, Log);
        await StartAsync(new SessionRequest { Command = "true", WantX11 = true });
        Assert.Contains(
            Log.Lines, line => line.StartsWith($"xauth cannot be run as '{program}': ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_xauth_there_is_no_untrusted_forwarding()
    {
        Connection.X11Forward = new X11Forward(new X11ForwardOptions { Display = Path }, Log);
        await StartAsync(new SessionRequest { Command = "true", WantX11 = true });
        Assert.Contains("No xauth program.", Log.Lines);
        Assert.Contains(Log.Lines, line => line.Contains("key data not generated", StringComparison.Ordinal));
    }

    private async Task<int> ReceiveDataAsync()
    {
        await Eventually.TrueAsync(() => Server.Waiting > 0, "data is sent");
        return Server.Expect(MessageNumber.ChannelData).Length - 9;
    }
}
