using System.Diagnostics;
using System.Runtime.Versioning;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Platform;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Mux.Client;

/// <summary>What can be wrong with a control path and with what listens on it, and what the user is told.</summary>
[UnsupportedOSPlatform("windows")]
public class MuxClientErrorTests
{
    [Fact]
    public async Task A_missing_socket_is_named_with_the_remedy()
    {
        using var folder = new TestFolder();
        var path = folder.File("none");
        var e = await FailToConnectAsync(path);
        Assert.Equal(SshError.ControlSocketMissing, e.Error);
        Assert.Equal(
            $"there is no control socket at {path}; start a master there first, with sshmux -M -S {path}",
            e.Message);
        Assert.Equal(SshError.ControlSocketMissing, (await FailToConnectAsync(folder.File("no/such/folder"))).Error);
    }

    [Fact]
    public async Task A_stale_socket_is_called_stale()
    {
        using var folder = new TestFolder();
        var path = folder.File("s");
        await MakeStaleAsync(path);
        var e = await FailToConnectAsync(path);
        Assert.Equal(SshError.ControlSocketStale, e.Error);
        Assert.Contains(path, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_socket_of_another_user_is_denied()
    {
        Assert.SkipWhen(Environment.UserName == "root", "nothing is denied to root");
        using var master = new FakeMaster();
        File.SetUnixFileMode(master.Path, UnixFileMode.None);
        Assert.Equal(SshError.ControlSocketDenied, (await FailToConnectAsync(master.Path)).Error);
    }

    [Fact]
    public async Task A_path_that_no_socket_can_have_is_invalid()
    {
        using var folder = new TestFolder();
        var longest = folder.File(new string('x', 107 - folder.Path.Length - 1));
        Assert.Equal(SshError.ControlSocketMissing, (await FailToConnectAsync(longest)).Error);
        var e = await FailToConnectAsync(longest + "x");
        Assert.Equal(SshError.ControlPathInvalid, e.Error);
        Assert.Contains("108 bytes long", e.Message, StringComparison.Ordinal);
        Assert.Equal(SshError.ControlPathInvalid, (await FailToConnectAsync("")).Error);
    }

    [Fact]
    public async Task A_path_to_something_that_is_not_a_socket_is_invalid()
    {
        using var folder = new TestFolder();
        var file = folder.Write("file", "precious");
        Assert.Equal(SshError.ControlPathInvalid, (await FailToConnectAsync(file)).Error);
        Assert.Equal(SshError.ControlPathInvalid, (await FailToConnectAsync(folder.Path)).Error);
        Assert.Equal(SshError.ControlPathInvalid, (await FailToConnectAsync(file + "/s")).Error);
        Assert.Equal("precious", File.ReadAllText(file));
    }

    [Fact]
    public async Task A_master_that_does_not_greet_is_given_up_on()
    {
        using var master = new FakeMaster();
        var accepting = master.SayAsync();
        var e = await Assert.ThrowsAsync<SshException>(() => MuxClient.ConnectAsync(
            master.Path, new MuxClientOptions { HelloTimeout = TimeSpan.FromMilliseconds(100) }));
        Assert.Equal(SshError.ConnectionTimeout, e.Error);
        await accepting;
    }

    [Fact]
    public async Task Another_protocol_version_is_named()
    {
        using var master = new FakeMaster();
        var accepting = master.SayAsync(new MuxHello(5, []));
        var e = await FailToConnectAsync(master.Path);
        Assert.Equal(SshError.MuxProtocolError, e.Error);
        Assert.Contains(
            "version 5 of the multiplexing protocol, and this program speaks version 4",
            e.Message,
            StringComparison.Ordinal);
        await accepting;
    }

    [Fact]
    public async Task Extensions_that_we_do_not_know_are_ignored()
    {
        using var master = new FakeMaster();
        var accepting = master.SayAsync(
            new MuxHello(4, [new MuxExtension("info", "0"u8.ToArray()), new MuxExtension("x@y", new byte[] { 0, 1 })]));
        await using var client = await MuxClient.ConnectAsync(master.Path);
        using var peer = await accepting;
        var checking = client.CheckAliveAsync();
        await peer.SendAsync(new MuxAlive(0, 4711));
        Assert.Equal(4711, await checking);
    }

    [Fact]
    public async Task Something_that_is_no_master_is_found_out()
    {
        using var master = new FakeMaster();
        var talking = master.SayBytesAsync("SSH-2.0-OpenSSH_9.2p1\r\n"u8.ToArray());
        Assert.Equal(SshError.MuxProtocolError, (await FailToConnectAsync(master.Path)).Error);
        await talking;

        var silent = master.SayBytesAsync([]);
        Assert.Equal(SshError.MasterGone, (await FailToConnectAsync(master.Path)).Error);
        await silent;

        var premature = master.SayAsync(new MuxOk(0));
        Assert.Equal(SshError.MuxProtocolError, (await FailToConnectAsync(master.Path)).Error);
        await premature;
    }

    [Fact]
    public async Task Replies_are_matched_by_their_ids()
    {
        using var master = new FakeMaster();
        var accepting = master.SayAsync(FakeMaster.Hello);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        using var peer = await accepting;
        Assert.IsType<MuxHello>(await peer.ReceiveAsync());
        var first = client.CheckAliveAsync();
        var second = client.CheckAliveAsync();
        var requests = new[] { await peer.ReceiveAsync(), await peer.ReceiveAsync() };
        var ids = requests.Select(request => Assert.IsType<MuxAliveCheck>(request).RequestId).ToArray();
        await peer.SendAsync(new MuxAlive(ids[1], 200 + ids[1]));
        await peer.SendAsync(new MuxAlive(ids[0], 200 + ids[0]));
        Assert.Equal([200, 201], new[] { await first, await second }.Order());
    }

    [Theory]
    [InlineData(99u)]
    [InlineData(0u)]
    public async Task A_reply_that_nobody_waits_for_ends_the_connection(uint id)
    {
        using var master = new FakeMaster();
        var accepting = master.SayAsync(FakeMaster.Hello, new MuxOk(id));
        await using var client = await MuxClient.ConnectAsync(master.Path);
        using var peer = await accepting;
        Assert.IsType<MuxHello>(await peer.ReceiveAsync());
        Assert.Null(await peer.ReceiveAsync());
    }

    [Fact]
    public async Task A_request_under_way_when_the_master_goes_fails_with_the_reason()
    {
        using var master = new FakeMaster();
        var accepting = master.SayAsync(FakeMaster.Hello);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        var peer = await accepting;
        var checking = client.CheckAliveAsync();
        peer.Dispose();
        var e = await Assert.ThrowsAsync<SshException>(() => checking);
        Assert.Equal(SshError.MasterGone, e.Error);
    }

    [Fact]
    public async Task A_refused_request_gives_the_masters_reason()
    {
        using var master = new FakeMaster();
        var accepting = master.SayAsync(FakeMaster.Hello);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        using var peer = await accepting;
        var stopping = client.StopListeningAsync();
        Assert.IsType<MuxHello>(await peer.ReceiveAsync());
        var request = Assert.IsType<MuxStopListening>(await peer.ReceiveAsync());
        await peer.SendAsync(new MuxPermissionDenied(request.RequestId, "Permission denied"));
        var e = await Assert.ThrowsAsync<SshException>(() => stopping);
        Assert.Equal((SshError.MuxRefused, "the master's user refused: Permission denied"), (e.Error, e.Message));
    }

    [Fact]
    public async Task A_session_without_a_terminal_learns_it_and_goes_on()
    {
        using var master = new FakeMaster();
        var accepting = master.SayAsync(FakeMaster.Hello);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        using var peer = await accepting;
        using var nothing = DescriptorHandle.Open("/dev/null", FileAccess.ReadWrite);
        var opening = client.OpenSessionAsync(
            new MuxSessionRequest { WantTty = true, EscapeCharacter = '~', Term = "vt100" },
            new SessionDescriptors(nothing, nothing, nothing));
        Assert.IsType<MuxHello>(await peer.ReceiveAsync());
        await peer.SendAsync(new MuxAlive(Assert.IsType<MuxAliveCheck>(await peer.ReceiveAsync()).RequestId, 4711));
        var request = Assert.IsType<MuxNewSession>(await peer.ReceiveAsync());
        Assert.Equal((true, (uint)'~', "vt100"), (request.WantTty, request.EscapeCharacter, request.Term));
        Array.ForEach(await peer.ReceiveDescriptorsAsync(3), descriptor => descriptor.Dispose());

        // All at once: a client that handles the reply later than what follows it would fail here.
        await peer.SendAsync(new MuxSessionOpened(request.RequestId, 5));
        await peer.SendAsync(new MuxTtyAllocationFailed(5));
        await peer.SendAsync(new MuxExitMessage(5, 300));
        peer.Dispose();
        await using var session = await opening;
        await session.TtyRefused.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(new MuxSessionEnd(300), await session.Ended);
        Assert.Equal(300 & 0xff, (await session.Ended).ExitCode);
        Assert.Equal(4711, session.MasterProcessId);
    }

    /// <summary>Leaves a socket at the path on which nobody listens.</summary>
    internal static async Task MakeStaleAsync(string path)
    {
        using var socat = Process.Start("socat", [$"UNIX-LISTEN:{path}", "/dev/null"]);
        await Eventually.TrueAsync(() => File.Exists(path), "socat listens");
        socat.Kill();
        await socat.WaitForExitAsync();
        Assert.True(File.Exists(path));
    }

    private static Task<SshException> FailToConnectAsync(string path) =>
        Assert.ThrowsAsync<SshException>(() => MuxClient.ConnectAsync(path));
}
