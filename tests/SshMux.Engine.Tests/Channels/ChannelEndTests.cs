using SshMux.Engine.Channels;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Channels;

/// <summary>What comes too late, too early or is too long for a channel, and how channels are listed.</summary>
public sealed class ChannelEndTests
{
    private readonly RecordingHandler _handler = new();
    private readonly SshConnection _connection;
    private readonly ScriptedConnection _server;

    public ChannelEndTests() => _connection = ScriptedConnection.Connect(out _server);

    [Fact]
    public async Task Channels_are_listed_by_what_they_are_and_how_far()
    {
        var session = _connection.OpenSessionAsync(_handler, default);
        Assert.Contains(
            "#0 client-session (t3 [session] nr0 nm0 i0/0 o0/0 e[closed]/0 ", Listed(), StringComparison.Ordinal);
        _server.Confirm();
        await session;
        var direct = _connection.OpenDirectTcpipAsync("h", 80, "127.0.0.1", 0, new RecordingHandler(), default);
        _server.Confirm();
        (await direct).SendEof();
        Assert.Contains(
            "#1 direct-tcpip: a connection to h port 80 (t4 [direct-tcpip] r7 nm0 i3/0 o0/0 ",
            Listed(),
            StringComparison.Ordinal);
        _server.Say(MessageNumber.ChannelEof, 1);
        Assert.Contains("[direct-tcpip] r7 nm0 i3/0 o3/0 ", Listed(), StringComparison.Ordinal);
        _connection.AcceptChannels("forwarded-tcpip", incoming => incoming.Accept(new RecordingHandler()));
        SayOpen("forwarded-tcpip");
        Assert.Contains("#2 forwarded-tcpip (t4 [forwarded-tcpip] r7 ", Listed(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "", "administratively prohibited")]
    [InlineData(2, "no route", "connect failed: no route")]
    [InlineData(3, "unknown channel type", "unknown channel type")]
    [InlineData(4, "too many", "resource shortage: too many")]
    [InlineData(99, "", "reason 99")]
    public async Task A_refusal_has_the_reasons_name_and_the_servers_words(uint reason, string text, string shown)
    {
        var opening = _connection.OpenSessionAsync(_handler, default);
        _server.Expect(MessageNumber.ChannelOpen);
        _server.SayRefused(0, (OpenFailureReason)reason, text);
        var error = await Assert.ThrowsAsync<SshException>(() => opening);
        Assert.Equal($"the server refused to open a session ({shown})", error.Message);
        Assert.Equal((reason, text), error.Refusal);
    }

    [Fact]
    public async Task A_closed_channel_refuses_requests_and_one_of_a_lost_connection_has_its_reason()
    {
        var channel = await OpenAsync();
        channel.Close();
        Assert.False(await channel.RequestExecAsync("true"));
        channel.SetEnvironment("A", "b");
        _server.Expect(MessageNumber.ChannelClose);
        Assert.Equal(0, _server.Waiting);
        _connection.Close(new SshException(SshError.ConnectionLost, "gone"));
        var error = await Assert.ThrowsAsync<SshException>(() => channel.RequestExecAsync("true"));
        Assert.Equal(SshError.ConnectionLost, error.Error);
    }

    [Fact]
    public async Task What_is_too_long_for_the_server_is_not_sent()
    {
        var channel = await OpenAsync();
        var text = new string('x', 300_000);
        foreach (var request in (Func<Task>[])
        [
            () => channel.RequestExecAsync(text),
            () => channel.RequestSignalAsync(text),
            () => Task.Run(() => channel.SetEnvironment("A", text)),
            () => _connection.RequestAsync("x", new byte[300_000]),
            () => _connection.OpenDirectTcpipAsync(text, 80, "127.0.0.1", 0, _handler, default),
            () => _connection.OpenDirectTcpipAsync("h", 80, text, 0, _handler, default),
            () => _connection.OpenDirectStreamLocalAsync(text, _handler, default),
        ])
        {
            Assert.Equal(SshError.RequestTooLong, (await Assert.ThrowsAsync<SshException>(request)).Error);
        }

        Assert.Equal((0, 1), (_server.Waiting, _connection.ChannelCount));
        Assert.Equal(1, channel.TrySend([1]));
    }

    [Fact]
    public async Task Error_output_of_an_unknown_kind_is_dropped_and_its_window_given_back()
    {
        var channel = await OpenAsync();
        for (var sent = 0; sent < ReceiveWindow.InitialSize / 8; sent += 32 * 1024) SayExtended(2, 32 * 1024);
        _server.Expect(MessageNumber.ChannelWindowAdjust);
        Assert.Equal(["opened"], _handler.Events);
        channel.Close();
        SayExtended(1, 1);
        Assert.Equal(["opened"], _handler.Events);
    }

    [Fact]
    public async Task What_a_server_says_on_a_session_that_nobody_has_yet_is_dropped()
    {
        _connection.KeepSpareSessions(1);
        _server.Confirm();
        _server.SayData(0, [1]);
        SayExtended(1, 1);
        _server.SayExitStatus(0, 3);
        _server.Say(MessageNumber.ChannelEof, 0);
        Assert.False(_connection.Ended.IsCompleted);
        var channel = await _connection.OpenSessionAsync(_handler, default);
        Assert.Equal(["opened"], _handler.Events);
        _server.Say(MessageNumber.ChannelClose, 0);
        Assert.Equal(["opened", "closed"], _handler.Events);
        Assert.Equal(3u, channel.Exit?.Status);
    }

    [Fact]
    public void A_listener_that_the_port_alone_does_not_tell_is_unknown()
    {
        var accepted = 0;
        _connection.RemoteForwards.Add(new ForwardEndpoint("10.0.0.1", 81), _ => accepted++);
        _connection.RemoteForwards.Add(new ForwardEndpoint("10.0.0.2", 81), _ => accepted++);
        SayOpen("forwarded-tcpip", (ref SshWriter w) =>
        {
            w.WriteString("10.0.0.3");
            w.WriteUInt32(81);
            w.WriteString("10.0.0.9");
            w.WriteUInt32(999);
        });
        _server.Expect(MessageNumber.ChannelOpenFailure);
        SayOpen("forwarded-streamlocal@openssh.com", (ref SshWriter w) =>
        {
            w.WriteString("/run/nobody");
            w.WriteString("");
        });
        _server.Expect(MessageNumber.ChannelOpenFailure);
        Assert.Equal(0, accepted);
    }

    [Fact]
    public async Task A_server_that_announces_no_host_keys_is_not_waited_for_longer_than_that()
    {
        var time = new ManualTime();
        var server = new ScriptedConnection();
        await using var connection = new SshConnection(server, null, time);
        server.Start(connection);
        var waiting = connection.HostKeys.WaitAsync(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        Assert.False(waiting.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));
        await waiting.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    private string Listed() => _connection.DescribeChannels();

    private async Task<Channel> OpenAsync()
    {
        var opening = _connection.OpenSessionAsync(_handler, default);
        _server.Confirm();
        return await opening;
    }

    private void SayExtended(uint type, int length) => _server.Say(
        MessageNumber.ChannelExtendedData,
        (ref SshWriter w) =>
        {
            w.WriteUInt32(0);
            w.WriteUInt32(type);
            w.WriteString(new byte[length]);
        });

    private void SayOpen(string type, ScriptedConnection.Fill? fields = null) => _server.Say(
        MessageNumber.ChannelOpen,
        (ref SshWriter w) =>
        {
            w.WriteString(type);
            w.WriteUInt32(7);
            w.WriteUInt32(1000);
            w.WriteUInt32(1000);
            fields?.Invoke(ref w);
        });
}
