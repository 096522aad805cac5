using System.Text;
using SshMux.Engine.Channels;
using SshMux.Engine.DescriptorChannels;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.DescriptorChannels;

/// <summary>Escapes in the standard input of a session, with the server in the test's hands.</summary>
public sealed class SessionEscapesTests : IDisposable
{
    private readonly DescriptorHandle _input;
    private readonly DescriptorHandle _errorOutput;
    private readonly DescriptorHandle _output;
    private readonly DescriptorChannel _ends;
    private readonly SshConnection _connection;
    private readonly ScriptedConnection _server;

    public SessionEscapesTests()
    {
        _connection = ScriptedConnection.Connect(out _server);
        (var input, _input) = DescriptorPair.CreatePipe();
        (_output, var output) = DescriptorPair.CreatePipe();
        (_errorOutput, var error) = DescriptorPair.CreatePipe();
        _ends = DescriptorChannel.ForSession(input, output, error);
    }

    public void Dispose()
    {
        _ends.Abort();
        _input.Dispose();
        _output.Dispose();
        _errorOutput.Dispose();
    }

    [Fact]
    public async Task Keys_around_escapes_are_sent_in_their_order()
    {
        await OpenAsync(null);
        Type("one\r~Btwo\r~~three\r~");
        await ExpectDataAsync("one\r");
        var request = await NextAsync(MessageNumber.ChannelRequest);
        request.ReadUInt32();
        Assert.Equal("break", request.ReadText());
        Assert.False(request.ReadBoolean());
        Assert.Equal(1000u, request.ReadUInt32());
        await ExpectDataAsync("two\r~three\r");
        Type("x");
        await ExpectDataAsync("~x");
        Assert.Equal("~B\r\n", await ReadErrorAsync(4));
        _input.Dispose();
        await NextAsync(MessageNumber.ChannelEof);
    }

    [Fact]
    public async Task A_masters_client_can_end_its_session_only()
    {
        await OpenAsync(null);
        Type("~V~v~C~\x1a~&~.echo");
        var expected = string.Concat(
            new[] { "V", "v", "C", "^Z", "&" }
                .Select(key => $"~{key} escape not available to multiplexed sessions\r\n"));
        Assert.Equal(expected + "~.\r\n", await ReadErrorAsync(expected.Length + 4));
        await NextAsync(MessageNumber.ChannelClose);
        var end = await _ends.Completion.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(SshError.Stopped, end.Reason?.Error);
        Assert.Null(end.Exit);
        Assert.Equal(0, _server.Waiting);
        Assert.False(_connection.Ended.IsCompleted);
    }

    [Fact]
    public async Task Help_lists_what_there_is()
    {
        await OpenAsync(null);
        var text = "~?\r\nSupported escape sequences:\r\n ~.   - terminate session\r\n"
            + " ~B   - send a BREAK to the remote system\r\n ~I   - show connection information\r\n"
            + " ~R   - request rekey\r\n ~#   - list forwarded connections\r\n ~?   - this message\r\n"
            + " ~~   - send the escape character by typing it twice\r\n"
            + "(Note that escapes are only recognized immediately after newline.)\r\n";
        Type("~?");
        Assert.Equal(text, await ReadErrorAsync(text.Length));
    }

    [Fact]
    public async Task Help_lists_more_for_an_own_connection()
    {
        var host = new Host { HasCommandLine = true };
        await OpenAsync(host, 0x40);
        var text = "@?\r\nSupported escape sequences:\r\n"
            + " @.   - terminate connection (and any multiplexed sessions)\r\n"
            + " @B   - send a BREAK to the remote system\r\n @C   - open a command line\r\n"
            + " @I   - show connection information\r\n @R   - request rekey\r\n"
            + " @V/v - decrease/increase verbosity (LogLevel)\r\n @^Z  - suspend ssh\r\n"
            + " @#   - list forwarded connections\r\n @?   - this message\r\n"
            + " @@   - send the escape character by typing it twice\r\n"
            + "(Note that escapes are only recognized immediately after newline.)\r\n";
        Type("@?");
        Assert.Equal(text, await ReadErrorAsync(text.Length));
    }

    [Theory]
    [InlineData("~\x1a", "~^Z [suspend ssh]\r\n")]
    [InlineData("~C", "")]
    public async Task Keys_wait_while_the_process_is_busy_with_an_escape(string escape, string said)
    {
        var host = new Host { HasCommandLine = true };
        await OpenAsync(host);
        Type($"before\r{escape}after");
        await ExpectDataAsync("before\r");
        await host.Begun.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(said, await ReadErrorAsync(said.Length));
        Type(" and more");
        Assert.Equal(0, _server.Waiting);
        host.Gate.SetResult();
        await ExpectDataAsync("after and more");
    }

    [Fact]
    public async Task A_command_line_that_is_not_allowed_says_so()
    {
        await OpenAsync(new Host());
        Type("~C");
        Assert.Equal("commandline disabled\r\n", await ReadErrorAsync(22));
    }

    [Fact]
    public async Task The_verbosity_is_named()
    {
        await OpenAsync(new Host());
        Type("~v~V");
        Assert.Equal(
            "~v [LogLevel MORE]\r\n~V [Logging to syslog]\r\n", await ReadErrorAsync(44));
    }

    [Fact]
    public async Task The_background_is_not_to_be_had_and_that_is_told()
    {
        await OpenAsync(new Host());
        Type("~&");
        Assert.StartsWith("~& [not available: use ~^Z", await ReadErrorAsync(30), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_connection_is_told_about_and_new_keys_are_asked_for()
    {
        await OpenAsync(null);
        Type("~I~R");
        var told = $"~I\r\nConnection information for {Environment.MachineName} pid {Environment.ProcessId}\r\n";
        Assert.Equal(told, await ReadErrorAsync(told.Length));
        await Descriptors.UntilAsync(() => _server.KeyExchanges == 1, "new keys are asked for");
    }

    [Fact]
    public async Task What_the_process_cannot_do_is_told_and_the_keys_go_on()
    {
        var host = new Host { HasCommandLine = true };
        await OpenAsync(host);
        Type("~Cafter");
        await host.Begun.Task.WaitAsync(TimeSpan.FromSeconds(30));
        host.Gate.SetException(new SshException(SshError.NotSupported, "there is no terminal"));
        Assert.Equal("there is no terminal\r\n", await ReadErrorAsync(22));
        await ExpectDataAsync("after");
    }

    [Fact]
    public async Task Terminating_an_own_connection_is_for_the_process_to_do()
    {
        var host = new Host();
        await OpenAsync(host);
        Type("~.ls\r");
        await host.Begun.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal("~.\r\n", await ReadErrorAsync(4));
        Assert.Equal(0, _server.Waiting);
        Assert.False(_ends.Completion.IsCompleted);
    }

    [Fact]
    public async Task The_list_of_channels_has_the_form_of_OpenSSH()
    {
        await OpenAsync(null);
        Type("~#");
        Assert.Matches(
            """^~#\r\nThe following connections are open:\r\n  #0 client-session \(t4 \[session\] r7 nm0 """
            + """i0/0 o0/0 e\[write\]/0 fd [0-9]+/[0-9]+/[0-9]+ sock -1 cc -1 nc0 io 0x00/0x00 B\)\r\n$""",
            await ReadErrorAsync(135));
    }

    [Fact]
    public async Task Escapes_are_heard_while_the_connection_is_stuck()
    {
        await OpenAsync(null);
        _server.IsCongested = true;
        foreach (var key in "\r~.")
        {
            Type($"{key}");
            if (key == '\r') await ExpectDataAsync("\r");
        }

        Assert.Equal("~.\r\n", await ReadErrorAsync(4));
        Assert.NotNull((await _ends.Completion.WaitAsync(TimeSpan.FromSeconds(30))).Reason);
    }

    [Fact]
    public async Task Little_is_kept_for_a_user_who_reads_nothing()
    {
        await OpenAsync(null);
        for (var round = 0; round < 50; round++) Type(string.Concat(Enumerable.Repeat("~?", 100)));
        Type("end");
        await ExpectDataAsync("end");
        Assert.InRange(((IChannelHandler)_ends).DescribeEnds().ErrorWaiting, 1, 66_000);
    }

    [Fact]
    public async Task What_escapes_say_takes_nothing_from_the_window()
    {
        await OpenAsync(null);
        var length = EscapeTexts.Help('~', null).Length;
        for (var round = 0; round < 1000; round++)
        {
            Type("~?");
            await ReadErrorAsync(length);
        }

        // Else the server would have been told that so many of its bytes were taken, and might send as many more.
        Assert.Equal(0, _server.Waiting);
    }

    private async Task OpenAsync(IEscapeHost? host, uint character = '~')
    {
        var opening = _connection.OpenSessionAsync(_ends, TestContext.Current.CancellationToken);
        _server.Confirm();
        await opening;
        _ends.UseEscapes(character, host);
        _ends.StartInput();
    }

    private void Type(string keys) => Descriptors.Write(_input, Encoding.ASCII.GetBytes(keys));

    private async Task<string> ReadErrorAsync(int atLeast)
    {
        var text = new StringBuilder();
        var buffer = new byte[4096];
        while (text.Length < atLeast)
        {
            var count = await Task.Run(() => Descriptors.Read(_errorOutput, buffer))
                .WaitAsync(TimeSpan.FromSeconds(30));
            Assert.NotEqual(0, count);
            text.Append(Encoding.ASCII.GetString(buffer, 0, count));
        }

        return text.ToString();
    }

    private async Task<MessageBody> NextAsync(byte number)
    {
        await Descriptors.UntilAsync(() => _server.Waiting != 0, $"message {number}");
        return new MessageBody(_server.Expect(number));
    }

    private async Task ExpectDataAsync(string expected)
    {
        for (var text = ""; text != expected;)
        {
            var body = await NextAsync(MessageNumber.ChannelData);
            body.ReadUInt32();
            text += body.ReadText();
            Assert.StartsWith(text, expected, StringComparison.Ordinal);
        }
    }

    private sealed class MessageBody(byte[] message)
    {
        private int _at = 1;

        public uint ReadUInt32() => System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(Take(4));

        public bool ReadBoolean() => Take(1)[0] != 0;

        public string ReadText() => Encoding.ASCII.GetString(Take((int)ReadUInt32()));

        private ReadOnlySpan<byte> Take(int count)
        {
            _at += count;
            return message.AsSpan(_at - count, count);
        }
    }

    private sealed class Host : IEscapeHost
    {
        public TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Gate { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool HasCommandLine { get; init; }

        public void Terminate() => Begun.SetResult();

        public Task SuspendAsync() => WaitAsync();

        public Task RunCommandLineAsync() => WaitAsync();

        public string? ChangeVerbosity(bool more) => more ? "MORE" : null;

        private Task WaitAsync()
        {
            Begun.SetResult();
            return Gate.Task;
        }
    }
}
