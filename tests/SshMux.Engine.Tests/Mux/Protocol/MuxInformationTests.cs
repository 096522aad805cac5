using SshMux.Engine.Mux.Client;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Tests.Mux.Client;
using SshMux.Engine.Tests.Mux.Master;

namespace SshMux.Engine.Tests.Mux.Protocol;

/// <summary>The extension "info": announced by our master, and asked for only where it was announced.</summary>
public sealed class MuxInformationTests(MuxSshd server) : IClassFixture<MuxSshd>
{
    [Fact]
    public async Task Our_master_announces_it_as_OpenSSH_does()
    {
        await using var master = await OurMaster.StartAsync(server.Sshd);
        using var client = new MuxSocket(await ControlSocket.ConnectAsync(master.Path, default));
        var hello = Assert.IsType<MuxHello>(await client.ReceiveAsync());
        var extension = Assert.Single(hello.Extensions, extension => extension.Name == "info");
        Assert.Equal("0"u8, extension.Value.Span);
    }

    [Fact]
    public async Task Connection_and_channels_are_told()
    {
        await using var master = await OurMaster.StartAsync(server.Sshd);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        var connection = await client.DescribeConnectionAsync();
        Assert.Matches(
            $@"^Connection information for {Environment.MachineName} pid {Environment.ProcessId}\r\n"
            + @"  versions SshMux_\S+ -> OpenSSH_[^\r\n]*\r\n  tcp 127\.0\.0\.1:",
            connection);
        Assert.Contains($" -> 127.0.0.1:{server.Sshd.Port}\r\n  duration ", connection, StringComparison.Ordinal);
        Assert.Equal("The following connections are open:\r\n", await client.DescribeChannelsAsync());

        await using var process = await client.StartAsync(new() { Command = "cat" });
        await using var other = await MuxClient.ConnectAsync(master.Path);
        Assert.Matches(
            """^The following connections are open:\r\n  #0 client-session \(t4 \[session\] r0 [^\n]*\)\r\n$""",
            await other.DescribeChannelsAsync());
    }

    [Fact]
    public async Task Our_master_tells_its_login()
    {
        var login = new MuxLogin { Host = "web 1", User = "admin", Port = 2222, Opened = DateTime.Now };
        await using var master = await OurMaster.StartAsync(server.Sshd, new() { Login = login });
        await using var client = await MuxClient.ConnectAsync(master.Path);
        Assert.Equal(login, await client.FindLoginAsync());
        Assert.Equal(0, await client.CountChannelsAsync());
        await using var process = await client.StartAsync(new() { Command = "cat" });
        Assert.Equal(1, await client.CountChannelsAsync());
    }

    [Fact]
    public async Task A_master_that_announces_nothing_tells_no_login()
    {
        using var fake = new FakeMaster();
        var saying = fake.SayAsync(new MuxHello(MuxProtocol.Version, []));
        await using var client = await MuxClient.ConnectAsync(fake.Path);
        using var link = await saying;
        Assert.Null(await client.FindLoginAsync());
        Assert.Null(await client.CountChannelsAsync());
    }

    [Theory]
    [InlineData("  tcp 127.0.0.1:48790 -> 127.0.0.1:39222\r\n", "127.0.0.1", 39222)]
    [InlineData("  tcp ::1:48790 -> ::1:22\r\n", "::1", 22)]
    [InlineData("  tcp 127.0.0.1:48790 -> nowhere\r\n", null, null)]
    [InlineData("  proxy\r\n", null, null)]
    public void An_address_is_all_that_OpenSSH_tells_of_its_login(string line, string? host, int? port)
    {
        var login = MuxLogin.FromConnection($"Connection information for vm pid 1\r\n{line}  cipher none\r\n");
        Assert.Equal(host, login?.Host);
        Assert.Equal(port, login?.Port);
    }

    [Fact]
    public async Task An_unknown_name_is_answered_with_a_failed_status()
    {
        await using var master = await OurMaster.StartAsync(server.Sshd);
        using var client = await RawClient.GreetAsync(master.Path);
        await client.Messages.SendAsync(new MuxInfoRequest(7, "weather"));
        Assert.Equal(new MuxInfoReply(7, 0, "info request type not supported"), await client.ReceiveAsync());
        await client.Messages.SendAsync(new MuxInfoRequest(8, ""));
        Assert.Equal(new MuxInfoReply(8, 0, "info request type not supported"), await client.ReceiveAsync());
    }

    [Fact]
    public async Task A_master_that_has_not_announced_it_is_not_asked()
    {
        await using var master = await RealMaster.StartAsync(server.Sshd);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        using var probe = new MuxSocket(await ControlSocket.ConnectAsync(master.Path, default));
        var hello = Assert.IsType<MuxHello>(await probe.ReceiveAsync());
        Assert.SkipWhen(hello.Extensions.Count > 0, "the system's ssh has the extension");
        var e = await Assert.ThrowsAsync<SshException>(() => client.DescribeChannelsAsync());
        Assert.Equal(SshError.NotSupported, e.Error);
        Assert.Contains(master.Path, e.Message, StringComparison.Ordinal);
        Assert.Equal(master.ProcessId, await client.CheckAliveAsync());
    }

    [Fact]
    public async Task Unknown_extensions_are_ignored_on_both_sides()
    {
        MuxExtension[] extensions =
            [new("info", "0"u8.ToArray()), new("x@example.com", new byte[300]), new("", default)];
        await using var master = await OurMaster.StartAsync(server.Sshd);
        using var client = await RawClient.ConnectAsync(master.Path);
        await client.Messages.SendAsync(new MuxHello(MuxProtocol.Version, extensions));
        await client.Messages.SendAsync(new MuxAliveCheck(1));
        Assert.IsType<MuxAlive>(await client.ReceiveAsync());

        using var fake = new FakeMaster();
        var saying = fake.SayAsync(new MuxHello(MuxProtocol.Version, extensions));
        await using var ours = await MuxClient.ConnectAsync(fake.Path);
        using var link = await saying;
        var asking = ours.DescribeConnectionAsync();
        Assert.Empty(Assert.IsType<MuxHello>(await link.ReceiveAsync()).Extensions);
        Assert.Equal(new MuxInfoRequest(0, "connection"), await link.ReceiveAsync());
        await link.SendAsync(new MuxInfoReply(0, 1, "text\r\n"));
        Assert.Equal("text\r\n", await asking);
    }

    [Fact]
    public async Task A_failed_status_is_a_refusal()
    {
        using var fake = new FakeMaster();
        var saying = fake.SayAsync(new MuxHello(MuxProtocol.Version, [new("info", default)]));
        await using var ours = await MuxClient.ConnectAsync(fake.Path);
        using var link = await saying;
        var asking = ours.DescribeChannelsAsync();
        await link.ReceiveAsync();
        Assert.Equal(new MuxInfoRequest(0, "channels"), await link.ReceiveAsync());
        await link.SendAsync(new MuxInfoReply(0, 0, "not today"));
        var e = await Assert.ThrowsAsync<SshException>(() => asking);
        Assert.Equal((SshError.MuxRefused, "the master refused: not today"), (e.Error, e.Message));
    }

    [Fact]
    public void A_list_that_no_packet_can_carry_is_cut_at_a_line()
    {
        var line = new string('x', 998) + "\r\n";
        var text = string.Concat(Enumerable.Repeat(line, 300));
        var cut = MuxInformation.Fit(text);
        Assert.Equal(string.Concat(Enumerable.Repeat(line, 262)) + "  ...\r\n", cut);
        Assert.InRange(
            MuxCodec.Encode(new MuxInfoReply(1, 1, cut)).Length,
            0,
            MuxProtocol.MaxPacketLength + MuxCodec.HeaderLength);
        Assert.Equal(line, MuxInformation.Fit(line));
    }
}
