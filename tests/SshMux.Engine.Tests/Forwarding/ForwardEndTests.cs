using System.Net;
using System.Net.Sockets;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Configuration.SshConfig.Reading;
using SshMux.Engine.Forwarding;
using SshMux.Engine.Tests.Authentication;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Forwarding;

/// <summary>Forwards that cannot begin, and connections that end before they have begun.</summary>
public sealed class ForwardEndTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TestFolder _folder = new();
    private readonly ListLogger _log = new();
    private readonly SshConnection _connection;
    private readonly ScriptedConnection _server;

    public ForwardEndTests() => _connection = ScriptedConnection.Connect(out _server);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private ForwardOptions Options => new() { Logger = _log };

    public void Dispose()
    {
        _folder.Dispose();
        _log.Dispose();
    }

    [Fact]
    public async Task A_forward_of_another_kind_is_a_mistake_of_the_caller()
    {
        var local = ForwardSpec.ParseLocal("1:a:1");
        var remote = ForwardSpec.ParseRemote("1:a:1");
        await Assert.ThrowsAsync<ArgumentException>(() => LocalForward.StartAsync(_connection, remote, Options, Stop));
        await Assert.ThrowsAsync<ArgumentException>(
            () => LocalForward.StartAsync(_connection, local with { Connect = null }, Options, Stop));
        await Assert.ThrowsAsync<ArgumentException>(() => DynamicForward.StartAsync(_connection, local, Options, Stop));
        await Assert.ThrowsAsync<ArgumentException>(() => RemoteForward.StartAsync(_connection, local, Options, Stop));
        Assert.Equal(0, _server.Waiting);
    }

    [Theory]
    [InlineData(AddressFamily.InterNetwork, "127.0.0.1", "0.0.0.0")]
    [InlineData(AddressFamily.InterNetworkV6, "::1", "::")]
    public async Task Of_one_family_there_is_one_address(AddressFamily family, string loopback, string any)
    {
        var options = Options with { AddressFamily = family };
        await using var own = await LocalForward.StartAsync(_connection, ForwardSpec.ParseLocal("0:a:1"), options, Stop);
        Assert.Equal([loopback], own.EndPoints.Select(point => ((IPEndPoint)point).Address.ToString()));
        await using var all = await LocalForward.StartAsync(_connection, ForwardSpec.ParseLocal("*:0:a:1"), options, Stop);
        Assert.Equal([any], all.EndPoints.Select(point => ((IPEndPoint)point).Address.ToString()));
    }

    [Fact]
    public async Task A_socket_that_cannot_be_made_is_named_with_the_reason()
    {
        foreach (var path in new[] { _folder.File("missing/s"), _folder.File(new string('x', 104)) })
        {
            var spec = new ForwardSpec(ForwardKind.Local, ForwardEndpoint.ForPath(path), new ForwardEndpoint("a", 1));
            var error = await Assert.ThrowsAsync<SshException>(
                () => LocalForward.StartAsync(_connection, spec, Options, Stop));
            Assert.Equal(SshError.ForwardFailed, error.Error);
            Assert.StartsWith($"cannot listen on {path}: ", error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("already", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("8")]
    [InlineData("1000")]
    [InlineData("rwx")]
    public async Task A_mask_that_is_no_mode_is_refused(string mask)
    {
        string[] options = [$"StreamLocalBindMask={mask}"];
        var error = await Assert.ThrowsAsync<SshException>(() => HostConfiguration.LoadAsync(
            new HostQuery { Host = "x", ConfigFile = "none", Options = options }, Stop));
        Assert.Equal(SshError.ConfigurationInvalid, error.Error);
        Assert.Contains("Bad mask", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_listener_of_a_socket_that_is_busy_is_waited_for()
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(_folder.File("s")));
        listener.Listen(0);
        using var first = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await first.ConnectAsync(new UnixDomainSocketEndPoint(_folder.File("s")), Stop);
        var target = ForwardEndpoint.ForPath(_folder.File("s"));
        var connecting = OutgoingSocket.ConnectAsync(target, AddressFamily.Unspecified, Stop);
        using var cancelled = new CancellationTokenSource();
        var givenUp = OutgoingSocket.ConnectAsync(target, AddressFamily.Unspecified, cancelled.Token);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => givenUp);
        Assert.False(connecting.IsCompleted);
        using var accepted = await listener.AcceptAsync(Stop);
        using var socket = await connecting.WaitAsync(Patience, Stop);
        using var second = await listener.AcceptAsync(Stop);
        Assert.Equal(2, await socket.SendAsync("hi"u8.ToArray(), Stop));
        Assert.Equal(2, await second.ReceiveAsync(new byte[3], Stop));
    }

    [Fact]
    public async Task What_cannot_be_connected_to_says_why()
    {
        var longPath = ForwardEndpoint.ForPath("/" + new string('x', 200));
        var otherFamily = new ForwardEndpoint("::1", 1);
        foreach (var target in new[] { longPath, otherFamily })
        {
            var error = await Assert.ThrowsAsync<SocketException>(
                () => OutgoingSocket.ConnectAsync(target, AddressFamily.InterNetwork, Stop));
            Assert.Equal(SocketError.HostNotFound, error.SocketErrorCode);
        }
    }

    [Fact]
    public async Task A_server_that_does_not_stop_listening_is_told_of()
    {
        var forward = await StartRemoteAsync("127.0.0.1:1");
        var closing = forward.DisposeAsync().AsTask();
        _server.Expect(MessageNumber.GlobalRequest);
        _server.Say(MessageNumber.RequestFailure, (ref SshWriter _) => { });
        await closing;
        await forward.DisposeAsync();
        Assert.Equal([$"forward {forward.Spec}: the server does not confirm its end"], _log.Lines);
        Assert.Equal(0, _server.Waiting);
    }

    [Fact]
    public async Task A_target_that_is_silent_is_given_up_with_the_connection()
    {
        using var silent = await SilentListener.StartAsync(IPAddress.Loopback);
        var forward = await StartRemoteAsync($"127.0.0.1:{silent.EndPoint.Port}");
        SayForwarded();
        await Eventually.TrueAsync(() => forward.ConnectionCount == 1, "it connects");
        _connection.Close(new SshException(SshError.ConnectionLost, "gone"));
        await Eventually.TrueAsync(() => forward.ConnectionCount == 0, "it has given up");
        Assert.Equal(0, _server.Waiting);
        Assert.Empty(_log.Lines);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_reads_no_more_ends_what_is_sent_to_it_at_any_time(bool connected)
    {
        using var target = new TcpTestServer();
        var forward = await StartRemoteAsync(null);
        SayForwarded();
        await Eventually.TrueAsync(() => _server.Waiting != 0, "the channel is confirmed");
        _server.Expect(MessageNumber.ChannelOpenConfirmation);
        byte[] request = [5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, (byte)(target.Port >> 8), (byte)target.Port];
        if (connected)
        {
            _server.SayData(0, request);
            await Eventually.TrueAsync(() => _server.Waiting == 2, "the answers are sent");
        }

        // None of it has a meaning for a SOCKS client, and none does harm.
        _server.Deliver(ScriptedConnection.DataMessage(0, [1, 2, 3], error: true));
        _server.SayExitStatus(0, 0);
        _server.Say(MessageNumber.ChannelRequest, (ref SshWriter w) =>
        {
            w.WriteUInt32(0);
            w.WriteString("eow@openssh.com");
            w.WriteBoolean(false);
        });
        _server.Say(MessageNumber.ChannelEof, 0);
        await Eventually.TrueAsync(() => Closes(), "the channel is closed");
        _server.Say(MessageNumber.ChannelClose, 0);
        await Eventually.TrueAsync(() => forward.ConnectionCount == 0, "the connection is over");
        Assert.Equal(connected ? 1 : 0, target.Count);

        bool Closes()
        {
            while (_server.Waiting != 0)
            {
                if (_server.Take()[0] == MessageNumber.ChannelClose) return true;
            }

            return false;
        }
    }

    private async Task<RemoteForward> StartRemoteAsync(string? target)
    {
        var spec = ForwardSpec.ParseRemote(target is null ? "1080" : $"1080:{target}");
        var starting = RemoteForward.StartAsync(_connection, spec, Options, Stop);
        _server.Expect(MessageNumber.GlobalRequest);
        _server.Say(MessageNumber.RequestSuccess, (ref SshWriter _) => { });
        return await starting;
    }

    private void SayForwarded() => _server.Say(MessageNumber.ChannelOpen, (ref SshWriter w) =>
    {
        w.WriteString("forwarded-tcpip");
        w.WriteUInt32(7);
        w.WriteUInt32(1000);
        w.WriteUInt32(1000);
        w.WriteString("localhost");
        w.WriteUInt32(1080);
        w.WriteString("127.0.0.1");
        w.WriteUInt32(999);
    });
}
