using SshMux.Engine.Channels;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Channels;

/// <summary>Sessions that are opened before anybody wants one.</summary>
public class SpareSessionTests
{
    private readonly RecordingHandler _handler = new();
    private readonly SshConnection _connection;
    private readonly ScriptedConnection _server;

    public SpareSessionTests() => _connection = ScriptedConnection.Connect(out _server);

    [Fact]
    public async Task One_that_is_open_is_used_at_once_and_another_one_opened()
    {
        _connection.KeepSpareSessions(1);
        _server.Confirm();
        Assert.Equal(0, _connection.ChannelCount);
        Assert.Contains("#0 spare-session (t4 [session] r7 ", _connection.DescribeChannels(), StringComparison.Ordinal);

        var opening = _connection.OpenSessionAsync(_handler, default);
        Assert.True(opening.IsCompletedSuccessfully, "the server had to be asked");
        Assert.Equal(1, _connection.ChannelCount);
        Assert.Contains("#0 client-session ", _connection.DescribeChannels(), StringComparison.Ordinal);
        await ExpectOpenAsync();

        var channel = await opening;
        var start = channel.StartProgramAsync(new SessionRequest { Command = "true" });
        _server.Expect(MessageNumber.ChannelRequest);
        _server.Say(MessageNumber.ChannelSuccess, 0);
        Assert.True(await start);
        _server.SayData(0, new byte[5]);
        _server.SayExitStatus(0, 3);
        _server.Say(MessageNumber.ChannelEof, 0);
        _server.Say(MessageNumber.ChannelClose, 0);
        Assert.Equal(["opened", "data 5", "exit 3", "eof", "closed"], _handler.Events);
        Assert.Equal(0, _connection.ChannelCount);
    }

    [Fact]
    public async Task While_none_is_ready_a_session_is_opened_as_ever()
    {
        _connection.KeepSpareSessions(2);
        _server.Expect(MessageNumber.ChannelOpen);
        _server.Expect(MessageNumber.ChannelOpen);
        var opening = _connection.OpenSessionAsync(_handler, default);
        Assert.False(opening.IsCompleted);
        _server.Confirm();
        Assert.Equal(2u, (await opening).LocalId);
    }

    [Fact]
    public async Task A_refusal_is_no_error_and_ends_it_until_a_session_has_ended()
    {
        _connection.KeepSpareSessions(1);
        _server.Expect(MessageNumber.ChannelOpen);
        _server.SayRefused(0, OpenFailureReason.ConnectFailed, "open failed");
        var opening = _connection.OpenSessionAsync(_handler, default);
        _server.Confirm();
        await opening;
        Assert.Equal((0, 1), (_server.Waiting, _connection.ChannelCount));

        _server.Say(MessageNumber.ChannelClose, 0);
        _server.Expect(MessageNumber.ChannelClose);
        await ExpectOpenAsync();
        Assert.Equal(0, _connection.ChannelCount);
    }

    [Fact]
    public async Task One_that_the_server_has_closed_is_not_used()
    {
        _connection.KeepSpareSessions(1);
        _server.Confirm();
        _server.Say(MessageNumber.ChannelClose, 0);
        _server.Expect(MessageNumber.ChannelClose);
        var opening = _connection.OpenSessionAsync(_handler, default);
        Assert.False(opening.IsCompleted);
        _server.Confirm();
        await opening;
        Assert.Equal(["opened"], _handler.Events);
        Assert.Equal(1, _connection.ChannelCount);
    }

    [Fact]
    public async Task The_end_of_the_connection_is_theirs()
    {
        _connection.KeepSpareSessions(1);
        _server.Confirm();
        _connection.Close(new SshException(SshError.Stopped, "enough"));
        var failure = await Assert.ThrowsAsync<SshException>(() => _connection.OpenSessionAsync(_handler, default));
        Assert.Equal("enough", failure.Message);
        Assert.Empty(_handler.Events);
    }

    private async Task ExpectOpenAsync()
    {
        await Eventually.TrueAsync(() => _server.Waiting > 0, "another session is opened");
        _server.Expect(MessageNumber.ChannelOpen);
    }
}
