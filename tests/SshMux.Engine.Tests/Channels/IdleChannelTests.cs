using SshMux.Engine.Channels;
using SshMux.Engine.Configuration;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Channels;

/// <summary>ChannelTimeout, on a clock of the test's.</summary>
public sealed class IdleChannelTests : IAsyncDisposable
{
    private readonly ManualTime _time = new();
    private readonly ScriptedConnection _server = new();
    private readonly SshConnection _connection;

    public IdleChannelTests()
    {
        _connection = new SshConnection(_server, null, _time);
        _server.Start(_connection);
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    [Fact]
    public async Task A_channel_that_is_silent_for_too_long_is_closed_and_gone_whatever_the_server_does()
    {
        Start("session=10");
        var handler = await OpenSessionAsync();
        await AdvanceAsync(10);
        await ExpectCloseAsync();
        Assert.Equal(["opened", "closed Stopped"], handler.Events);
        Assert.Equal(0, _connection.ChannelCount);

        // What was under way is dropped, and its number is free when the server closes it, too.
        _server.SayData(0, [1]);
        _server.SayExitStatus(0, 0);
        _server.Say(MessageNumber.ChannelClose, 0);
        Assert.Equal("closed Stopped", handler.Events[^1]);
        Assert.False(_connection.Ended.IsCompleted);
        await OpenSessionAsync();
        Assert.Equal(1, _connection.ChannelCount);
    }

    [Fact]
    public async Task Data_either_way_counts_as_use()
    {
        Start("session=10");
        var handler = await OpenSessionAsync();
        await AdvanceAsync(6);
        _server.SayData(0, [1]);
        await AdvanceAsync(6);
        Assert.Equal(1, handler.Channel!.TrySend([2]));
        _server.Expect(MessageNumber.ChannelData);
        await AdvanceAsync(6);
        await SettleAsync();
        Assert.Equal(0, _server.Waiting);
        await AdvanceAsync(4);
        await ExpectCloseAsync();
        Assert.Equal("closed Stopped", handler.Events[^1]);
    }

    [Fact]
    public async Task A_type_without_a_limit_is_left_alone()
    {
        Start("direct-*=10 session=0");
        var session = await OpenSessionAsync();
        var opening = _connection.OpenDirectTcpipAsync("h", 80, "127.0.0.1", 0, new RecordingHandler(), default);
        _server.Confirm();
        await opening;
        await AdvanceAsync(10);
        await ExpectCloseAsync();
        await AdvanceAsync(100);
        await SettleAsync();
        Assert.Equal(0, _server.Waiting);
        Assert.Equal(["opened"], session.Events);
    }

    [Fact]
    public async Task When_none_is_used_all_are_closed()
    {
        Start("global=10");
        var first = await OpenSessionAsync();
        var second = await OpenSessionAsync();
        await AdvanceAsync(6);
        _server.SayData(1, [1]); // keeps both
        await AdvanceAsync(6);
        await SettleAsync();
        Assert.Equal(0, _server.Waiting);
        await AdvanceAsync(4);
        await Eventually.TrueAsync(() => _server.Waiting == 2, "both are closed");
        Assert.Equal("closed Stopped", first.Events[^1]);
        Assert.Equal("closed Stopped", second.Events[^1]);
    }

    [Theory]
    [InlineData("auth-agent@openssh.com", "agent-connection")]
    [InlineData("x11", "x11-connection")]
    [InlineData("forwarded-tcpip", "forwarded-tcpip")]
    public async Task Channels_of_the_server_have_the_names_of_ssh_config(string type, string name)
    {
        Start($"{name}=10");
        var handler = new RecordingHandler();
        _connection.AcceptChannels(type, incoming => incoming.Accept(handler));
        _server.Say(MessageNumber.ChannelOpen, (ref SshWriter w) =>
        {
            w.WriteString(type);
            w.WriteUInt32(7);
            w.WriteUInt32(1000);
            w.WriteUInt32(1000);
        });
        _server.Expect(MessageNumber.ChannelOpenConfirmation);
        await AdvanceAsync(10);
        await ExpectCloseAsync();
        Assert.Equal(["opened", "closed Stopped"], handler.Events);
    }

    [Fact]
    public async Task One_that_this_side_has_closed_already_is_not_closed_again()
    {
        Start("session=10");
        var handler = await OpenSessionAsync();
        handler.Channel!.Close();
        await ExpectCloseAsync();
        await AdvanceAsync(10);
        await SettleAsync();
        Assert.Equal(0, _server.Waiting);
        Assert.Equal(["opened"], handler.Events);
        _server.Say(MessageNumber.ChannelClose, 0);
        Assert.Equal(["opened", "closed"], handler.Events);
    }

    [Fact]
    public async Task Without_limits_nothing_is_watched_and_with_the_connection_it_ends()
    {
        _connection.CloseIdleChannels(ChannelTimeouts.None);
        Assert.Equal(0, _time.Waiting);
        Start("session=10");
        _connection.CloseIdleChannels(ChannelTimeouts.Parse("session=1")); // the first counts
        Assert.Equal(1, _time.Waiting);
        _connection.Close(new SshException(SshError.Stopped, "enough"));
        await Eventually.TrueAsync(() => _time.Waiting == 0, "nothing keeps it any more");
    }

    private void Start(string timeouts) => _connection.CloseIdleChannels(ChannelTimeouts.Parse(timeouts));

    private async Task<RecordingHandler> OpenSessionAsync()
    {
        var handler = new RecordingHandler();
        var opening = _connection.OpenSessionAsync(handler, default);
        _server.Confirm();
        await opening;
        return handler;
    }

    /// <summary>Waits until somebody waits for the time to pass, and lets it.</summary>
    private async Task AdvanceAsync(int seconds)
    {
        await SettleAsync();
        _time.Advance(TimeSpan.FromSeconds(seconds));
    }

    /// <summary>Waits until the watch has looked, and waits again.</summary>
    private Task SettleAsync() => Eventually.TrueAsync(() => _time.Waiting == 1, "the watch waits");

    private async Task ExpectCloseAsync()
    {
        await Eventually.TrueAsync(() => _server.Waiting == 1, "the channel is closed");
        _server.Expect(MessageNumber.ChannelClose);
    }
}
