using Microsoft.Extensions.Logging.Abstractions;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Configuration.SshConfig.Reading;
using SshMux.Engine.Connecting;
using SshMux.Engine.Streams;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Connecting;

/// <summary>Hosts on the way: what they carry, and how their failures are named.</summary>
public class ProxyJumpTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly SshConnection _connection;
    private readonly ScriptedConnection _server;

    public ProxyJumpTests() => _connection = ScriptedConnection.Connect(out _server);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_channel_of_the_jump_host_carries_the_connection()
    {
        await using var stream = await OpenAsync();
        Assert.True(stream.CanRead && stream.CanWrite);
        await stream.WriteAsync("there"u8.ToArray(), Stop);
        Assert.Equal("there"u8.ToArray(), _server.Expect(MessageNumber.ChannelData)[9..]);
        _server.SayData(0, "back"u8.ToArray());
        Assert.Equal(4, await stream.ReadAsync(new byte[10], Stop));
    }

    [Fact]
    public async Task The_end_of_its_connection_names_the_jump_host()
    {
        await using var stream = await OpenAsync();
        var reading = stream.ReadAsync(new byte[1], Stop).AsTask();
        _server.Close(new SshException(SshError.ConnectionLost, "gone"));
        var error = await Assert.ThrowsAsync<IOException>(() => reading.WaitAsync(Patience, Stop));
        var reason = Assert.IsType<SshException>(error.InnerException);
        Assert.Equal((SshError.ConnectionLost, "jump host hop: gone"), (reason.Error, reason.Message));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task With_the_stream_the_connection_to_the_jump_host_ends(bool atOnce)
    {
        var stream = await OpenAsync();
        if (atOnce) await stream.DisposeAsync();
        else stream.Dispose();
        _server.Expect(MessageNumber.ChannelClose);
        Assert.Equal(SshError.Stopped, (await _connection.Ended).Error);
    }

    [Fact]
    public async Task Hosts_on_the_way_have_an_end()
    {
        var route = await RouteAsync() with { Depth = 16 };
        var error = await Assert.ThrowsAsync<SshException>(() => ProxyJumpHost.ConnectAsync(route, Stop));
        Assert.Equal(SshError.ConfigurationInvalid, error.Error);
        Assert.StartsWith("more than 16 jump hosts, the last one x: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_without_one_has_none()
    {
        var configuration = await HostConfiguration.LoadAsync(new HostQuery { Host = "x", ConfigFile = "none" }, Stop);
        Assert.Null(await ProxyJumpHost.ConnectAsync(
            new Route(configuration, NoInteraction.Instance, NullLogger.Instance), Stop));
    }

    [Fact]
    public async Task A_connection_that_is_there_already_is_used_and_ends_with_the_jump_host()
    {
        var shared = new ClosedStream();
        var route = await RouteAsync((jumpHost, host, port, _) =>
        {
            Assert.Equal(("hop", "target", 2222), (jumpHost.Host, host, port));
            return Task.FromResult<Stream?>(shared);
        });
        var jumpHost = (await ProxyJumpHost.ConnectAsync(route, Stop))!;
        Assert.Same(shared, await jumpHost.ConnectOnAsync(route.Configuration, Stop));
        await jumpHost.DisposeAsync();
        Assert.True(shared.IsClosed);
    }

    [Fact]
    public async Task A_connection_that_is_there_and_refuses_is_named_with_the_jump_host()
    {
        var route = await RouteAsync(
            (_, _, _, _) => throw new SshException(SshError.MuxRefused, "the master refused"));
        var error = await Assert.ThrowsAsync<SshException>(() => ProxyJumpHost.ConnectAsync(route, Stop));
        Assert.Equal((SshError.MuxRefused, "jump host hop: the master refused"), (error.Error, error.Message));
    }

    private static async Task<Route> RouteAsync(SharedConnection? shared = null)
    {
        var query = new HostQuery
        {
            Host = "x",
            Port = 2222,
            ConfigFile = "none",
            Options = ["ProxyJump=hop", "HostName=target"],
        };
        return new Route(
            await HostConfiguration.LoadAsync(query, Stop), NoInteraction.Instance, NullLogger.Instance, shared);
    }

    private async Task<ProxyJumpStream> OpenAsync()
    {
        var opening = _connection.OpenStreamAsync("target", 22, Stop);
        _server.Confirm();
        return new ProxyJumpStream("hop", _connection, await opening);
    }

    private sealed class ClosedStream : MemoryStream
    {
        public bool IsClosed { get; private set; }

        protected override void Dispose(bool disposing)
        {
            IsClosed = true;
            base.Dispose(disposing);
        }
    }
}
