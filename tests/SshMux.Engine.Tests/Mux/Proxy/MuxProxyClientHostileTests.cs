using SshMux.Engine.Mux.Master;
using SshMux.Engine.Mux.Proxy;
using SshMux.Engine.Streams;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;
using static SshMux.Engine.Tests.Mux.Proxy.RawProxyClient;

namespace SshMux.Engine.Tests.Mux.Proxy;

/// <summary>Clients in proxy mode that break the rules: each harms itself alone.</summary>
public sealed class MuxProxyClientHostileTests(MuxSshd server) : IClassFixture<MuxSshd>, IAsyncLifetime
{
    private OurMaster _master = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() =>
        _master = await OurMaster.StartAsync(server.Sshd, new MuxMasterOptions { MuxProxyQueueLimit = 4 * 1024 * 1024 });

    public ValueTask DisposeAsync() => _master.DisposeAsync();

    [Theory]
    [InlineData("01 0000000b 00000000 00000000")] // SSH_MSG_DISCONNECT
    [InlineData("02 00000000")] // SSH_MSG_IGNORE
    [InlineData("14 00000000")] // SSH_MSG_KEXINIT
    [InlineData("15 00000000")] // SSH_MSG_NEWKEYS
    [InlineData("32 00000000")] // SSH_MSG_USERAUTH_REQUEST
    [InlineData("51 00000000")] // SSH_MSG_REQUEST_SUCCESS, to nothing
    [InlineData("65 00000000")]
    [InlineData("c0 00000000")]
    [InlineData("5e 00000063 00000001 61")] // data on a channel that it does not have
    [InlineData("60 ffffffff")]
    [InlineData("61 00000000")] // the channel of another client
    [InlineData("62 00000000 00000004 65786563 00 00000001 78")]
    [InlineData("5b 00000000 00000001 00001000 00001000")]
    [InlineData("5a 00000007 73657373")] // half a string
    [InlineData("5a 00000007 73657373696f6e 00000000 00001000 00000000")] // packets of no size
    [InlineData("5a 00000007 73657373696f6e 00000000 00001000 00001000 ff")] // a byte too many
    [InlineData("50 0000000d 74637069702d666f7277617264 01 00000001 00 00000050")] // a NUL in the address
    [InlineData("50 0000000d 74637069702d666f7277617264 01 00000001 61 00010000")] // port 65536
    public async Task What_has_no_place_drops_the_client(string hex)
    {
        await using var other = await MuxProxyTransport.OpenConnectionAsync(_master.Path);
        await using var process = await other.StartAsync(new() { Command = "cat; exit 5" }, Stop);
        using var client = await RawProxyClient.ConnectAsync(_master.Path);
        await client.SendAsync(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)));
        await client.ExpectEndAsync();
        await ExpectWholeAsync(process);
    }

    [Theory]
    [InlineData("exec", "00000003 610062")] // a NUL in the command
    [InlineData("exec", "00000009 61")]
    [InlineData("shell", "00")]
    [InlineData("env", "00000001 61")]
    [InlineData("subsystem", "00000001 00")]
    [InlineData("window-change", "00000001")]
    [InlineData("pty-req", "00000001 61 00000050 00000018 00000000 00000000 00000003 010000")] // half a mode
    [InlineData("signal", "00000002 54")]
    [InlineData("x11-req", "00 00000001 00")]
    public async Task A_malformed_request_drops_the_client(string type, string hex)
    {
        await using var other = await MuxProxyTransport.OpenConnectionAsync(_master.Path);
        await using var process = await other.StartAsync(new() { Command = "cat; exit 5" }, Stop);
        using var client = await RawProxyClient.ConnectAsync(_master.Path);
        var channel = await client.OpenAsync();
        await client.RequestAsync(channel, type, Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)));
        await client.ExpectEndAsync();
        await ExpectWholeAsync(process);
    }

    [Fact]
    public async Task Windows_are_not_overstepped_and_a_terminal_is_asked_for_once()
    {
        await using var other = await MuxProxyTransport.OpenConnectionAsync(_master.Path);
        await using var process = await other.StartAsync(new() { Command = "cat; exit 5" }, Stop);
        using (var client = await RawProxyClient.ConnectAsync(_master.Path))
        {
            var channel = await client.OpenAsync(window: 0x80000000);
            await client.SendAsync([93, .. Number(channel), .. Number(0x80000000)]);
            await client.ExpectEndAsync();
        }

        using (var client = await RawProxyClient.ConnectAsync(_master.Path))
        {
            // A session that runs nothing has no window yet.
            var channel = await client.OpenAsync();
            await client.SendAsync([94, .. Number(channel), .. Number(1), 0]);
            await client.ExpectEndAsync();
        }

        using (var client = await RawProxyClient.ConnectAsync(_master.Path))
        {
            var channel = await client.OpenAsync();
            byte[] pty = [.. Text("xterm"), .. new byte[16], .. Number(0)];
            await client.RequestAsync(channel, "pty-req", pty);
            Assert.Equal(99, (await client.ReceiveAsync())![0]);
            await client.RequestAsync(channel, "pty-req", pty);
            await client.ExpectEndAsync();
        }

        await ExpectWholeAsync(process);
    }

    [Fact]
    public async Task What_cannot_be_passed_on_is_refused_in_its_turn()
    {
        using var client = await RawProxyClient.ConnectAsync(_master.Path);
        await client.SendAsync([90, .. Text("auth-agent@openssh.com"), .. Number(9), .. Number(1), .. Number(1)]);
        var refusal = await client.ReceiveAsync();
        Assert.Equal([92, .. Number(9), .. Number(3)], refusal![..9]);
        await client.SendAsync([80, .. Text("no-more-sessions@openssh.com"), 1]);
        Assert.Equal([82, 0, 0, 0], await client.ReceiveAsync()); // padded, as ssh(1) needs it
        var channel = await client.OpenAsync();
        await client.RequestAsync(channel, "x11-req", [0, .. Text("MIT"), .. Text("00"), .. Number(0)]);
        await client.RequestAsync(channel, "exec", Text("exit 4"));
        Assert.Equal([100, .. Number(7)], await client.ReceiveAsync());
        for (byte[]? message; (message = await client.ReceiveAsync()) is not null;)
        {
            if (message[0] == 98 && message.AsSpan().IndexOf("exit-status"u8) > 0)
            {
                Assert.Equal(4, message[^1]);
                return;
            }
        }

        Assert.Fail("no exit status came");
    }

    [Fact]
    public async Task What_is_longer_than_the_server_takes_is_refused_in_its_turn()
    {
        await using var other = await MuxProxyTransport.OpenConnectionAsync(_master.Path);
        await using var process = await other.StartAsync(new() { Command = "cat; exit 5" }, Stop);
        using var client = await RawProxyClient.ConnectAsync(_master.Path);
        var tooLong = Text(new string('x', 262_000));
        await client.SendAsync([80, .. Text("streamlocal-forward@openssh.com"), 1, .. tooLong]);
        Assert.Equal(82, (await client.ReceiveAsync())![0]);
        await client.SendAsync(
            [90, .. Text("direct-streamlocal@openssh.com"), .. Number(9), .. Number(1), .. Number(1), .. tooLong]);
        Assert.Equal([92, .. Number(9), .. Number(4)], (await client.ReceiveAsync())![..9]);
        var channel = await client.OpenAsync();
        await client.RequestAsync(channel, "exec", tooLong);
        Assert.Equal([100, .. Number(7)], await client.ReceiveAsync());
        await client.RequestAsync(channel, "exec", Text("exit 4"));
        Assert.Equal(99, (await client.ReceiveUntilAsync(99))[0]);
        await ExpectWholeAsync(process);
    }

    [Fact]
    public async Task A_client_that_does_not_read_is_dropped_before_it_fills_the_memory()
    {
        await using var other = await MuxProxyTransport.OpenConnectionAsync(_master.Path);
        await using var process = await other.StartAsync(new() { Command = "cat; exit 5" }, Stop);
        using var client = await RawProxyClient.ConnectAsync(_master.Path);
        var channel = await client.OpenAsync(window: uint.MaxValue);
        await client.RequestAsync(channel, "exec", Text("exec yes"));
        await Eventually.TrueAsync(() => _master.Master.SessionCount == 1, "the client is dropped");
        await ExpectWholeAsync(process);
    }

    [Fact]
    public async Task Data_for_error_output_and_replies_that_nobody_waits_for_do_no_harm()
    {
        using var client = await RawProxyClient.ConnectAsync(_master.Path);
        var channel = await client.OpenAsync();
        await client.RequestAsync(channel, "exec", Text("read line; exit 4"));
        await client.ReceiveUntilAsync(99);
        await client.SendAsync([99, .. Number(channel)]);
        await client.SendAsync([100, .. Number(channel)]);
        await client.SendAsync([93, .. Number(channel), .. Number(1000)]);
        await client.SendAsync([95, .. Number(channel), .. Number(1), .. Text("not for it")]);
        await client.SendAsync([94, .. Number(channel), .. Text("line\n")]);
        var status = await client.ReceiveUntilAsync(98);
        Assert.Equal(4, status[^1]);
    }

    [Fact]
    public async Task A_client_with_too_many_channels_is_refused_the_next()
    {
        using var folder = new TestFolder();
        await using var master = await MuxMaster.StartAsync(
            ScriptedConnection.Connect(out _), Small(folder));
        using var client = await RawProxyClient.ConnectAsync(folder.File("s"));
        for (var i = 0; i < 1024; i++) await client.StartOpeningAsync();
        await client.StartOpeningAsync();
        Assert.Equal([92, .. Number(7), .. Number(4)], (await client.ReceiveAsync())![..9]);
    }

    [Fact]
    public async Task A_client_that_asks_without_waiting_for_answers_is_dropped()
    {
        using var folder = new TestFolder();
        await using var master = await MuxMaster.StartAsync(
            ScriptedConnection.Connect(out _), Small(folder));
        using var client = await RawProxyClient.ConnectAsync(folder.File("s"));
        byte[] request = [80, .. Text("cancel-tcpip-forward"), 1, .. Text("a"), .. Number(1)];
        for (var i = 0; i < 4096; i++) await client.SendAsync(request);
        await client.SendAsync(request);
        await client.ExpectEndAsync();
    }

    private static MuxMasterOptions Small(TestFolder folder) =>
        new() { ControlPath = folder.File("s"), DrainLimit = TimeSpan.FromMilliseconds(200) };

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("00000010")]
    [InlineData("00000010 00 5a 00000007 7365")]
    public async Task A_client_that_vanishes_at_any_point_leaves_nothing(string hex)
    {
        var bytes = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        for (var step = 0; step < 6; step++)
        {
            using var client = await RawProxyClient.ConnectAsync(_master.Path);
            var open = Enumerable.Range(0, step).Select(_ => client.StartOpeningAsync());
            await Task.WhenAll(open);
            if (step > 3)
            {
                var answer = await client.ReceiveAsync();
                var channel = new SshReader(answer.AsSpan(5)).ReadUInt32();
                await client.RequestAsync(channel, "exec", Text(step == 4 ? "cat" : "exec yes"));
            }

            await client.SendRawAsync(bytes);
        }

        await _master.ExpectNothingLeftAsync();
        await using var connection = await MuxProxyTransport.OpenConnectionAsync(_master.Path);
        await using var process = await connection.StartAsync(new() { Command = "cat; exit 5" }, Stop);
        await ExpectWholeAsync(process);
    }

    [Theory]
    [InlineData("00000001 00")]
    [InlineData("00000000")]
    [InlineData("00040001 00")]
    [InlineData("ffffffff 00")]
    public async Task A_frame_of_an_impossible_length_drops_the_client(string hex)
    {
        using var client = await RawProxyClient.ConnectAsync(_master.Path);
        await client.SendRawAsync(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)));
        await client.ExpectEndAsync();
    }

    private static async Task ExpectWholeAsync(SshMux.Engine.Streams.RemoteProcess process)
    {
        await process.StandardInput.WriteAsync("still here"u8.ToArray(), Stop);
        await process.StandardInput.DisposeAsync();
        using var reader = new StreamReader(process.StandardOutput);
        Assert.Equal("still here", await reader.ReadToEndAsync(Stop));
        Assert.Equal(5u, (await process.Exit).Status);
    }
}
