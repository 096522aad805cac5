using System.Text;
using SshMux.Engine.Channels;
using SshMux.Engine.DescriptorChannels;
using SshMux.Engine.Platform.Terminals;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.DescriptorChannels;

/// <summary>A remote program on a console, with the server and the console in the test's hands.</summary>
[Trait("System", "any")]
public sealed class ConsoleSessionTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly SshConnection _connection;
    private readonly ScriptedConnection _server;
    private readonly TestConsole _console = new();
    private ConsoleSession? _session;

    public ConsoleSessionTests() => _connection = ScriptedConnection.Connect(out _server);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        if (_session is not null) await _session.DisposeAsync();
    }

    [Fact]
    public async Task Keys_go_to_the_program_and_its_output_is_shown_to_the_end()
    {
        await StartAsync('~');
        _console.Type("ls\r");
        await ExpectDataAsync("ls\r");
        _server.SayData(0, "one "u8.ToArray());
        _server.SayData(0, "two"u8.ToArray());
        _server.SayExitStatus(0, 3);
        _server.Say(MessageNumber.ChannelEof, 0);
        _server.Say(MessageNumber.ChannelClose, 0);
        var exit = await _session!.Completion.WaitAsync(Patience, Token);
        Assert.Equal((3u, "one two"), (exit.Status, _console.Shown));
        Assert.False(_session.IsEndedByUser);
    }

    [Fact]
    public async Task Keys_around_escapes_are_sent_in_their_order()
    {
        await StartAsync('~');
        _console.Type("one\r~Btwo\r~");
        _console.Type("~three");
        await ExpectDataAsync("one\r");
        Assert.Contains("break", Encoding.ASCII.GetString(await NextAsync(MessageNumber.ChannelRequest)), StringComparison.Ordinal);
        await ExpectDataAsync("two\r~three");
        await Eventually.TrueAsync(() => _console.Shown == "~B\r\n", "the escape is shown");
    }

    [Fact]
    public async Task The_user_can_end_it_while_the_server_takes_nothing()
    {
        await StartAsync('~', window: 4);
        _console.Type("\rmuch more than four\r");
        _console.Type("~.and what is typed behind it");
        var exit = await _session!.Completion.WaitAsync(Patience, Token);
        Assert.True(_session.IsEndedByUser);
        Assert.Null(exit.Status);
        await ExpectDataAsync("\rmuc");
        await NextAsync(MessageNumber.ChannelClose);
    }

    [Fact]
    public async Task Without_an_escape_character_all_keys_are_the_programs()
    {
        await StartAsync(null);
        _console.Type("~.\r~.");
        await ExpectDataAsync("~.\r~.");
    }

    [Fact]
    public async Task A_change_of_the_size_is_told()
    {
        await StartAsync('~');
        _console.Resize(new WindowSize(132, 50, 0, 0));
        var request = new SshReader(await NextAsync(MessageNumber.ChannelRequest));
        request.ReadBytes(5);
        Assert.Equal("window-change"u8, request.ReadString());
        Assert.False(request.ReadBoolean());
        Assert.Equal((132u, 50u), (request.ReadUInt32(), request.ReadUInt32()));
    }

    [Fact]
    public async Task A_console_that_is_gone_is_the_end_of_the_input()
    {
        await StartAsync('~');
        _console.Type("last");
        _console.Close();
        await ExpectDataAsync("last");
        await NextAsync(MessageNumber.ChannelEof);
    }

    [Fact]
    public async Task The_end_of_the_connection_is_told()
    {
        await StartAsync('~');
        _server.Close(new SshException(SshError.ConnectionFailed, "the network is down"));
        var error = await Assert.ThrowsAsync<SshException>(() => _session!.Completion.WaitAsync(Patience, Token));
        Assert.Equal("the network is down", error.Message);
    }

    [Fact]
    public async Task Disposing_ends_the_reading_of_keys_and_the_session()
    {
        await StartAsync('~');
        await _session!.DisposeAsync();
        Assert.True(_console.IsDisposed);
        await NextAsync(MessageNumber.ChannelClose);
        _console.Type("typed too late");
        Assert.Equal(0, _server.Waiting);
    }

    [Fact]
    public async Task A_reader_of_keys_waits_while_the_server_takes_none()
    {
        await StartAsync('~', window: 0);
        var typing = Task.Run(() =>
        {
            for (var i = 0; i < 20; i++) _console.Type(new string('x', 100_000));
        });
        await Task.Delay(100, Token);
        Assert.False(typing.IsCompleted);
        await _session!.DisposeAsync();
        await typing.WaitAsync(Patience, Token);
    }

    [Fact]
    public async Task Little_is_kept_for_a_console_that_shows_nothing()
    {
        await StartAsync('~');
        var shows = new TaskCompletionSource();
        _console.Writing = shows.Task;
        for (var i = 0; i < 1000; i++) _console.Type("~?");
        _console.Type("x");
        await ExpectDataAsync("x");
        shows.SetResult();
        await Eventually.TrueAsync(() => _console.Shown.Length > 0, "the rest is shown");
        Assert.InRange(_console.Shown.Length, 1, 64 * 1024);
    }

    private async Task StartAsync(char? escape, uint window = 1 << 20)
    {
        var starting = ConsoleSession.StartAsync(_connection, new SessionRequest(), escape, _console, Token);
        _server.Confirm(window);
        await NextAsync(MessageNumber.ChannelRequest);
        _server.Say(MessageNumber.ChannelSuccess, 0);
        _session = await starting.WaitAsync(Patience, Token);
        _session.Start();
    }

    private async Task<byte[]> NextAsync(byte number)
    {
        await Eventually.TrueAsync(() => _server.Waiting != 0, $"message {number}");
        return _server.Expect(number);
    }

    private async Task ExpectDataAsync(string expected)
    {
        for (var text = ""; text != expected;)
        {
            var body = new SshReader(await NextAsync(MessageNumber.ChannelData));
            body.ReadBytes(5);
            text += Encoding.UTF8.GetString(body.ReadString());
            Assert.StartsWith(text, expected, StringComparison.Ordinal);
        }
    }
}
