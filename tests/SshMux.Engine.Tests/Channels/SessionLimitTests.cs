using SshMux.Engine.Channels;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Streams;
using SshMux.Engine.Tests.Mux;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Channels;

/// <summary>Servers that grant only so many sessions at a time.</summary>
public class SessionLimitTests
{
    private readonly RecordingHandler _handler = new();
    private readonly SshConnection _connection;
    private readonly ScriptedConnection _server;

    public SessionLimitTests() => _connection = ScriptedConnection.Connect(out _server);

    [Fact]
    public async Task A_session_refused_when_another_one_has_just_ended_is_asked_for_again()
    {
        await EndSessionAsync();
        var opening = _connection.OpenSessionAsync(_handler, default);
        await RefuseAsync(OpenFailureReason.ConnectFailed);
        await RefuseAsync(OpenFailureReason.ResourceShortage);
        await ExpectAnotherAsync();
        _server.Confirm();
        await opening;
        Assert.Equal(["opened"], _handler.Events);
        Assert.Equal(1, _connection.ChannelCount);
    }

    [Fact]
    public async Task The_third_refusal_counts()
    {
        await EndSessionAsync();
        var opening = _connection.OpenSessionAsync(_handler, default);
        for (var i = 0; i < 3; i++) await RefuseAsync(OpenFailureReason.ConnectFailed);
        await ExpectRefusedAsync(opening, "connect failed");
    }

    [Fact]
    public async Task While_no_session_ends_the_first_refusal_counts()
    {
        var opening = _connection.OpenSessionAsync(_handler, default);
        await RefuseAsync(OpenFailureReason.ConnectFailed);
        await ExpectRefusedAsync(opening, "connect failed");
    }

    [Fact]
    public async Task A_refusal_for_another_reason_counts()
    {
        await EndSessionAsync();
        var opening = _connection.OpenSessionAsync(_handler, default);
        await RefuseAsync(OpenFailureReason.AdministrativelyProhibited);
        await ExpectRefusedAsync(opening, "administratively prohibited");
    }

    [Fact]
    public async Task Commands_follow_each_other_where_sshd_grants_one_session()
    {
        await using var sshd = await TestSshd.StartAsync("MaxSessions 1");
        await using var connection = await OurMaster.ConnectAsync(sshd, default);
        for (var i = 0; i < 60; i++)
        {
            await using var process = await connection.StartAsync(new SessionRequest { Command = $"exit {i}" }, default);
            Assert.Equal((uint)i, (await process.Exit).Status);
        }
    }

    private async Task EndSessionAsync()
    {
        var opening = _connection.OpenSessionAsync(new RecordingHandler(), default);
        _server.Confirm();
        await opening;
        _server.Say(MessageNumber.ChannelClose, 0);
        _server.Expect(MessageNumber.ChannelClose);
    }

    private async Task RefuseAsync(OpenFailureReason reason)
    {
        await ExpectAnotherAsync();
        _server.Expect(MessageNumber.ChannelOpen);
        _server.SayRefused(0, reason);
    }

    private Task ExpectAnotherAsync() => Eventually.TrueAsync(() => _server.Waiting > 0, "a session is asked for");

    private async Task ExpectRefusedAsync(Task<Channel> opening, string why)
    {
        var e = await Assert.ThrowsAsync<SshException>(() => opening);
        Assert.Equal(
            (SshError.ChannelOpenRefused, $"the server refused to open a session ({why})"), (e.Error, e.Message));
        Assert.Equal((0, 0), (_server.Waiting, _connection.ChannelCount));
        Assert.Empty(_handler.Events);
    }
}
