using SshMux.Engine.Channels;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Channels;

/// <summary>A channel's life: opening, requests, data, end.</summary>
public class ChannelTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly RecordingHandler _handler = new();
    private readonly SshConnection _connection;
    private readonly ScriptedConnection _server;

    public ChannelTests() => _connection = ScriptedConnection.Connect(out _server);

    [Fact]
    public async Task A_session_lives_from_open_to_close()
    {
        var channel = await OpenAsync();
        var start = channel.StartProgramAsync(new SessionRequest { Command = "true" });
        _server.Expect(MessageNumber.ChannelRequest);
        _server.Say(MessageNumber.ChannelSuccess, 0);
        Assert.True(await start);

        _server.SayData(0, new byte[5]);
        _server.SayExitStatus(0, 3);
        _server.Say(MessageNumber.ChannelEof, 0);
        _server.Say(MessageNumber.ChannelClose, 0);

        Assert.Equal(["opened", "data 5", "exit 3", "eof", "closed"], _handler.Events);
        Assert.Equal(3u, channel.Exit?.Status);
        _server.Expect(MessageNumber.ChannelClose);
        Assert.Equal((0, 0), (_server.Waiting, _connection.ChannelCount));
    }

    [Theory]
    [InlineData(null, false, "the server refused to start a shell")]
    [InlineData("true", false, "the server refused to run the command")]
    [InlineData("sftp", true, "the server refused the subsystem 'sftp'; see Subsystem in its sshd_config")]
    public async Task A_program_that_the_server_does_not_start_is_named(string? command, bool subsystem, string error)
    {
        var channel = await OpenAsync();
        var start = channel.StartProgramAsync(new SessionRequest { Command = command, Subsystem = subsystem });
        _server.Expect(MessageNumber.ChannelRequest);
        _server.Say(MessageNumber.ChannelFailure, 0);
        var refused = await Assert.ThrowsAsync<SshException>(() => start);
        Assert.Equal((SshError.RequestRefused, error), (refused.Error, refused.Message));
    }

    [Fact]
    public async Task Data_after_eof_ends_the_connection()
    {
        await OpenAsync();
        _server.Say(MessageNumber.ChannelEof, 0);
        _server.SayData(0, new byte[1]);
        Assert.Equal(SshError.ProtocolError, (await _connection.Ended).Error);
    }

    [Fact]
    public async Task An_answer_that_nobody_asked_for_ends_the_connection()
    {
        await OpenAsync();
        _server.Say(MessageNumber.ChannelSuccess, 0);
        Assert.Equal(SshError.ProtocolError, (await _connection.Ended).Error);
    }

    [Fact]
    public async Task After_our_close_nothing_is_sent_and_what_arrives_is_dropped()
    {
        var channel = await OpenAsync();
        channel.Close();
        channel.Close();
        channel.SendEof();
        Assert.Equal(0, channel.TrySend(new byte[5]));
        _server.SayData(0, new byte[5]);
        _server.Say(MessageNumber.ChannelClose, 0);

        _server.Expect(MessageNumber.ChannelClose);
        Assert.Equal(0, _server.Waiting);
        Assert.Equal(["opened", "closed"], _handler.Events);
        Assert.Equal(0, _connection.ChannelCount);
    }

    [Fact]
    public async Task A_refused_channel_says_what_the_server_said_and_frees_its_slot()
    {
        var open = _connection.OpenDirectTcpipAsync("db", 5432, "127.0.0.1", 0, _handler, None);
        _server.Expect(MessageNumber.ChannelOpen);
        _server.SayRefused(0, OpenFailureReason.ConnectFailed, "Connection refused");
        var error = await Assert.ThrowsAsync<SshException>(() => open);
        Assert.Equal(SshError.ChannelOpenRefused, error.Error);
        Assert.Equal(
            "the server refused to open a connection to db port 5432 (connect failed: Connection refused)",
            error.Message);
        Assert.Empty(_handler.Events);
        Assert.Equal(0, _connection.ChannelCount);
    }

    [Fact]
    public async Task A_cancelled_open_is_closed_when_the_server_confirms_it_after_all()
    {
        using var cancel = new CancellationTokenSource();
        var open = _connection.OpenSessionAsync(_handler, cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => open);
        _server.Confirm();
        _server.Expect(MessageNumber.ChannelClose);
        _server.Say(MessageNumber.ChannelClose, 0);
        Assert.Equal(["opened", "closed"], _handler.Events);
        Assert.Equal(0, _connection.ChannelCount);
    }

    private Task<Channel> OpenAsync() => _server.OpenSessionAsync(_connection, _handler);
}
