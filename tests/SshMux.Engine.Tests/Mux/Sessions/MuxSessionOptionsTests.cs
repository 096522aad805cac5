using System.Text;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Mux.Master;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Tests.Mux.Client;

namespace SshMux.Engine.Tests.Mux.Sessions;

/// <summary>What a client says that its session is to have, as the message, and as either side deals with it.</summary>
public class MuxSessionOptionsTests
{
    private const string NoDisplay = "a display is the value of DISPLAY, a protocol's name, a cookie in hexadecimal, and "
        + "seconds if it is to have a limit";

    [Fact]
    public void An_agent_and_a_name_are_these_bytes()
    {
        var message = new MuxSessionOptions(
            7, [new(MuxSessionOptions.Agent, "/run/a"), new(MuxSessionOptions.Name, "build")]);
        var packet = Convert.FromHexString(
            "0000002c" + "53000002" + "00000007" + "00000005" + "6167656e74" + "00000006" + "2f72756e2f61"
            + "00000004" + "6e616d65" + "00000005" + "6275696c64");
        Assert.Equal(packet, MuxCodec.Encode(message).ToArray());
        Assert.Equal(message.Options, Assert.IsType<MuxSessionOptions>(MuxCodec.Decode(packet.AsSpan(4))).Options);
    }

    [Fact]
    public void Options_of_several_messages_add_up_and_of_a_wrong_one_none_counts()
    {
        var wishes = new MuxSessionWishes(IsOwner: true)
            .With(Options(("agent", "/run/a")))
            .With(Options(("name", "build"), ("agent", "/run/b")));
        Assert.Equal(("build", "/run/b"), (wishes.Name, wishes.AgentSocket));
        Assert.Throws<SshException>(() => wishes.With(Options(("agent", "/run/c"), ("name", "1"))));
        Assert.Equal(("build", "/run/b"), (wishes.Name, wishes.AgentSocket));
    }

    [Theory]
    [InlineData("agent", "", "an agent's socket is named by its absolute path")]
    [InlineData("agent", "run/a", "an agent's socket is named by its absolute path")]
    [InlineData("agents", "/run/a", "there is no session option 'agents'")]
    [InlineData("display", "", NoDisplay)]
    [InlineData("display", ":0", NoDisplay)]
    [InlineData("display", ":0 P", NoDisplay)]
    [InlineData("display", ":0 P 0", NoDisplay)]
    [InlineData("display", ":0 P 0g", NoDisplay)]
    [InlineData("display", ":0  P 00", NoDisplay)]
    [InlineData("display", ":0 P 00 ", NoDisplay)]
    [InlineData("display", ":0 P 00 0", NoDisplay)]
    [InlineData("display", ":0 P 00 -1", NoDisplay)]
    [InlineData("display", ":0 P 00 4294967296", NoDisplay)]
    [InlineData("display", ":0 P 00 60 60", NoDisplay)]
    [InlineData("display", "$(x) P 00", "DISPLAY \"$(x)\" invalid; disabling X11 forwarding")]
    [InlineData("display", "nothing P 00", "Could not find ':' in DISPLAY: nothing")]
    public void What_makes_no_sense_is_refused_with_a_reason(string name, string value, string why)
    {
        var e = Assert.Throws<SshException>(() => new MuxSessionWishes(IsOwner: true).With(Options((name, value))));
        Assert.Equal(why, e.Message);
    }

    [Theory]
    [InlineData(":7.2 MIT-MAGIC-COOKIE-1 00ff", 2u)]
    [InlineData("there:10 MIT-MAGIC-COOKIE-1 00112233445566778899aabbccddeeff 1200", 0u)]
    public void A_display_is_what_the_client_wrote(string text, uint screen)
    {
        var display = new MuxSessionWishes(IsOwner: true).With(Options(("display", text))).Display!;
        Assert.Equal(text, display.Text);
        Assert.Equal("MIT-MAGIC-COOKIE-1", display.Cookie.ProtocolName);
        Assert.Equal(text.Split(' ')[2], Convert.ToHexStringLower(display.Cookie.Real));
        Assert.Equal(screen, display.Display.Screen);
        Assert.False(display.HasExpired);
    }

    [Theory]
    [InlineData("agent", "/run/a")]
    [InlineData("display", ":0 P 00")]
    public void Another_user_is_not_offered_to_bring_anything_and_cannot(string name, string value)
    {
        Assert.DoesNotContain(name, OptionsIn(MuxExtensions.OfMasterToOthers));
        Assert.DoesNotContain(name, OptionsIn(MuxExtensions.OfMasterOnStream));
        Assert.Contains(name, OptionsIn(MuxExtensions.OfMaster));
        var e = Assert.Throws<SshException>(() => new MuxSessionWishes(IsOwner: false).With(Options((name, value))));
        Assert.Equal("only the user who started the master may bring an agent or a display", e.Message);
    }

    [Fact]
    public async Task A_master_that_does_not_know_the_option_is_not_sent_it()
    {
        using var master = new FakeMaster();
        await using var client = await ConnectAsync(master, "name");
        var starting = client.Client.StartAsync(new() { Command = "x", WantAgent = true });
        Assert.IsType<MuxAliveCheck>(await client.Peer.ReceiveAsync());
        Assert.IsType<MuxNewSession>(await client.Peer.ReceiveAsync());
        client.Peer.Dispose();
        await Assert.ThrowsAsync<SshException>(() => starting);
    }

    [Fact]
    public async Task Nothing_is_asked_for_before_the_master_has_taken_the_options()
    {
        using var master = new FakeMaster();
        await using var client = await ConnectAsync(master, "name agent more");
        var starting = client.Client.StartAsync(new() { Command = "x", WantAgent = true });
        var options = Assert.IsType<MuxSessionOptions>(await client.Peer.ReceiveAsync());
        Assert.Equal([new("agent", "/run/a")], options.Options);
        await client.Peer.SendAsync(new MuxFailure(options.RequestId, "not today"));
        var e = await Assert.ThrowsAsync<SshException>(() => starting);
        Assert.Equal((SshError.MuxRefused, "the master refused: not today"), (e.Error, e.Message));
        Assert.Null(await client.Peer.ReceiveAsync());
    }

    private static MuxSessionOptions Options(params (string Name, string Value)[] options) =>
        new(1, [.. options.Select(option => KeyValuePair.Create(option.Name, option.Value))]);

    private static string[] OptionsIn(IReadOnlyList<MuxExtension> hello) =>
        Encoding.ASCII.GetString(hello.Single(one => one.Name == MuxExtensions.Session).Value.Span).Split(' ');

    private static async Task<Pair> ConnectAsync(FakeMaster master, string options)
    {
        var accepting = master.SayAsync(new MuxHello(
            MuxProtocol.Version, [new(MuxExtensions.Session, Encoding.ASCII.GetBytes(options))]));
        var client = await MuxClient.ConnectAsync(
            master.Path, new MuxClientOptions { Own = new MuxOwnForwards { AgentSocket = "/run/a" } });
        var peer = await accepting;
        Assert.IsType<MuxHello>(await peer.ReceiveAsync());
        return new Pair(client, peer);
    }

    private sealed record Pair(MuxClient Client, MuxSocket Peer) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Client.DisposeAsync();
            Peer.Dispose();
        }
    }
}
