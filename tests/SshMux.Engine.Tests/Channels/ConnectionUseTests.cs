using SshMux.Engine.Channels;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Channels;

/// <summary>What the transport hears of terminals and of what may be much.</summary>
public class ConnectionUseTests
{
    private static readonly PtyRequest Terminal = new("xterm", new TerminalSize(80, 24, 0, 0), ReadOnlyMemory<byte>.Empty);

    private readonly ScriptedConnection _server;
    private readonly SshConnection _connection;

    public ConnectionUseTests() => _connection = ScriptedConnection.Connect(out _server);

    [Fact]
    public async Task A_terminal_alone_is_interactive_and_not_with_a_transfer_beside_it()
    {
        var terminal = await OpenAsync();
        Assert.Empty(_server.Uses);
        _ = terminal.RequestPtyAsync(Terminal);
        _ = terminal.RequestShellAsync();
        Assert.Equal([(true, true)], _server.Uses);

        var transfer = await OpenAsync();
        Assert.Single(_server.Uses);
        _ = transfer.RequestExecAsync("cat");
        Assert.Equal((true, false), _server.Uses[^1]);
        _server.Say(MessageNumber.ChannelClose, transfer.LocalId);
        Assert.Equal((true, true), _server.Uses[^1]);
        _server.Say(MessageNumber.ChannelClose, terminal.LocalId);
        Assert.Equal((false, true), _server.Uses[^1]);
        Assert.Equal(4, _server.Uses.Count);
    }

    [Fact]
    public async Task A_terminal_that_is_refused_is_none()
    {
        var channel = await OpenAsync();
        var pty = channel.RequestPtyAsync(Terminal);
        _server.Say(MessageNumber.ChannelFailure, channel.LocalId);
        Assert.False(await pty);
        Assert.Equal([(true, true), (false, false)], _server.Uses);
    }

    [Fact]
    public async Task A_forwarded_connection_may_be_much()
    {
        var opening = _connection.OpenDirectTcpipAsync("h", 1, "127.0.0.1", 0, new RecordingHandler(), CancellationToken.None);
        _server.Confirm();
        await opening;
        Assert.Equal([(false, false)], _server.Uses);
    }

    private async Task<Channel> OpenAsync()
    {
        while (_server.Waiting > 0) _server.Take();
        var opening = _connection.OpenSessionAsync(new RecordingHandler(), CancellationToken.None);
        _server.Confirm();
        return await opening;
    }
}
