using SshMux.Engine.Channels;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Streams;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Streams;

/// <summary>The ends of streams in this process, on either side, and what comes at the wrong time.</summary>
public class StreamEndTests
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly SshConnection _connection;
    private readonly ScriptedConnection _server;

    public StreamEndTests() => _connection = ScriptedConnection.Connect(out _server);

    [Fact]
    public async Task A_cancelled_read_loses_nothing()
    {
        await using var stream = await OpenAsync();
        var buffer = new byte[10];
        using var cancelled = new CancellationTokenSource();
        var reading = stream.ReadAsync(buffer, cancelled.Token).AsTask();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(Patience, None));
        _server.SayData(0, "kept"u8.ToArray());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stream.ReadAsync(buffer, cancelled.Token).AsTask());
        Assert.Equal(4, await stream.ReadAsync(buffer, None));
        Assert.Equal("kept"u8, buffer.AsSpan(0, 4));
    }

    [Fact]
    public async Task A_second_read_at_the_same_time_is_an_error_and_does_not_disturb_the_first()
    {
        await using var stream = await OpenAsync();
        var buffer = new byte[10];
        var reading = stream.ReadAsync(buffer, None).AsTask();
        await Assert.ThrowsAsync<InvalidOperationException>(() => stream.ReadAsync(new byte[1], None).AsTask());
        _server.SayData(0, "first"u8.ToArray());
        Assert.Equal(5, await reading.WaitAsync(Patience, None));
    }

    [Fact]
    public async Task Nothing_to_read_into_and_a_message_without_data_are_no_ends()
    {
        await using var stream = await OpenAsync();
        Assert.Equal(0, await stream.ReadAsync(Memory<byte>.Empty, None));
        var reading = stream.ReadAsync(new byte[10], None).AsTask();
        _server.SayData(0, []);
        Assert.False(reading.IsCompleted);
        _server.SayData(0, [1]);
        Assert.Equal(1, await reading.WaitAsync(Patience, None));
    }

    [Fact]
    public async Task What_is_longer_than_the_readers_buffer_waits_for_the_next_read()
    {
        await using var stream = await OpenAsync();
        var buffer = new byte[2];
        var reading = stream.ReadAsync(buffer, None).AsTask();
        _server.SayData(0, "abc"u8.ToArray());
        Assert.Equal(2, await reading.WaitAsync(Patience, None));
        Assert.Equal("ab"u8, buffer);
        Assert.Equal(1, await stream.ReadAsync(buffer, None));
        Assert.Equal((byte)'c', buffer[0]);
    }

    [Fact]
    public async Task Disposing_ends_a_read_that_waits_and_closes_the_channel()
    {
        var stream = await OpenAsync();
        var reading = stream.ReadAsync(new byte[1], None).AsTask();
        await stream.DisposeAsync();
        _server.Expect(MessageNumber.ChannelClose);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => reading.WaitAsync(Patience, None));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => stream.ReadAsync(new byte[1], None).AsTask());
        await stream.DisposeAsync();
        Assert.Equal(0, _server.Waiting);
    }

    [Fact]
    public async Task A_channel_that_the_server_closes_ends_both_directions()
    {
        await using var stream = await OpenAsync(window: 0);
        var writing = stream.WriteAsync("too much"u8.ToArray(), None).AsTask();
        _server.SayExitStatus(0, 1); // has no meaning here
        _server.Say(MessageNumber.ChannelClose, 0);
        Assert.Equal(0, await stream.ReadAsync(new byte[1], None));
        var error = await Assert.ThrowsAsync<IOException>(() => writing.WaitAsync(Patience, None));
        Assert.Equal("the remote side reads no more input", error.Message);
        Assert.Null(error.InnerException);
    }

    [Fact]
    public async Task What_comes_as_error_output_of_a_stream_is_dropped_and_its_window_given_back()
    {
        await using var stream = await OpenAsync();
        for (var i = 0; i < 10; i++)
        {
            _server.Deliver(ScriptedConnection.DataMessage(0, new byte[32 * 1024], error: true));
        }

        var adjust = new SshReader(_server.Expect(MessageNumber.ChannelWindowAdjust));
        adjust.ReadBytes(5);
        Assert.Equal((uint)ReceiveWindow.InitialSize / 8, adjust.ReadUInt32());
        var reading = stream.ReadAsync(new byte[1], None).AsTask();
        Assert.False(reading.IsCompleted);
        _server.Say(MessageNumber.ChannelEof, 0);
        Assert.Equal(0, await reading.WaitAsync(Patience, None));
    }

    [Fact]
    public async Task A_write_can_be_cancelled_before_it_begins_and_while_it_waits()
    {
        await using var stream = await OpenAsync(window: 3);
        using var cancelled = new CancellationTokenSource();
        var writing = stream.WriteAsync("abcdef"u8.ToArray(), cancelled.Token).AsTask();
        _server.Expect(MessageNumber.ChannelData);
        Assert.False(writing.IsCompleted);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing.WaitAsync(Patience, None));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => stream.WriteAsync(new byte[1], cancelled.Token).AsTask());
    }

    [Fact]
    public async Task After_its_end_nothing_is_written()
    {
        await using var stream = await OpenAsync();
        stream.CompleteWriting();
        stream.CompleteWriting();
        _server.Expect(MessageNumber.ChannelEof);
        Assert.Equal(0, _server.Waiting);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => stream.WriteAsync(new byte[1], None).AsTask());
    }

    [Fact]
    public async Task The_end_of_the_connection_ends_a_write_that_waits()
    {
        await using var stream = await OpenAsync(window: 0);
        var writing = stream.WriteAsync(new byte[1], None).AsTask();
        _server.Close(new SshException(SshError.ConnectionLost, "gone"));
        var error = await Assert.ThrowsAsync<IOException>(() => writing.WaitAsync(Patience, None));
        Assert.Equal(SshError.ConnectionLost, Assert.IsType<SshException>(error.InnerException).Error);
    }

    [Fact]
    public async Task A_stream_that_the_server_does_not_open_is_refused()
    {
        var opening = _connection.OpenStreamAsync("/run/s", None);
        _server.Expect(MessageNumber.ChannelOpen);
        _server.SayRefused(0, OpenFailureReason.ConnectFailed, "nobody there");
        var error = await Assert.ThrowsAsync<SshException>(() => opening);
        Assert.Equal(SshError.ChannelOpenRefused, error.Error);
        Assert.Contains("a connection to /run/s (connect failed: nobody there)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_reads_no_more_ends_the_input_and_nothing_else()
    {
        await using var process = await StartAsync(new SessionRequest { Command = "x" }, window: 0);
        var writing = process.StandardInput.WriteAsync(new byte[1], None).AsTask();
        _server.Say(MessageNumber.ChannelRequest, (ref SshWriter w) =>
        {
            w.WriteUInt32(0);
            w.WriteString("eow@openssh.com");
            w.WriteBoolean(false);
        });
        await Assert.ThrowsAsync<IOException>(() => writing.WaitAsync(Patience, None));
        _server.SayData(0, [7]);
        Assert.Equal(1, await process.StandardOutput.ReadAsync(new byte[1], None));
        Assert.False(process.Exit.IsCompleted);
    }

    [Fact]
    public async Task A_server_may_close_the_channel_without_a_word_about_the_program()
    {
        await using var process = await StartAsync(new SessionRequest { Command = "x" });
        _server.Say(MessageNumber.ChannelClose, 0);
        Assert.Equal(default, await process.Exit.WaitAsync(Patience, None));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_connection_that_is_lost_when_all_is_said_has_taken_nothing(bool isAllSaid)
    {
        await using var process = await StartAsync(new SessionRequest { Command = "x" });
        _server.SayExitStatus(0, 5);
        if (isAllSaid) _server.Say(MessageNumber.ChannelEof, 0);
        _server.Close(new SshException(SshError.ConnectionLost, "gone"));
        if (isAllSaid)
        {
            Assert.Equal(5u, (await process.Exit).Status);
            Assert.Equal(0, await process.StandardOutput.ReadAsync(new byte[1], None));
            return;
        }

        Assert.Equal(SshError.ConnectionLost, (await Assert.ThrowsAsync<SshException>(() => process.Exit)).Error);
    }

    [Theory]
    [InlineData(null, false, "the server refused to start a shell")]
    [InlineData("x", false, "the server refused to run the command")]
    [InlineData("x", true, "the server refused to give the command a terminal")]
    public async Task Refusals_say_of_what(string? command, bool ofTheTerminal, string words)
    {
        var request = new SessionRequest
        {
            Command = command,
            Pty = ofTheTerminal ? new PtyRequest("xterm", new TerminalSize(80, 24), default) : null,
        };
        var starting = _connection.StartAsync(request, None);
        _server.Confirm();
        await Eventually.TrueAsync(() => _server.Waiting == (ofTheTerminal ? 2 : 1), "the requests are sent");
        _server.Say(MessageNumber.ChannelFailure, 0);
        if (ofTheTerminal) _server.Say(MessageNumber.ChannelSuccess, 0);
        var error = await Assert.ThrowsAsync<SshException>(() => starting);
        Assert.Equal((SshError.RequestRefused, words), (error.Error, error.Message));
        while (_server.Waiting > 1) _server.Expect(MessageNumber.ChannelRequest);
        _server.Expect(MessageNumber.ChannelClose);
    }

    [Fact]
    public async Task Who_gives_up_starting_a_program_closes_its_channel()
    {
        using var cancelled = new CancellationTokenSource();
        var starting = _connection.StartAsync(new SessionRequest { Command = "x" }, cancelled.Token);
        _server.Confirm();
        await Eventually.TrueAsync(() => _server.Waiting == 1, "the request is sent");
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting);
        _server.Expect(MessageNumber.ChannelRequest);
        _server.Expect(MessageNumber.ChannelClose);
    }

    [Theory]
    [InlineData(MessageNumber.ChannelSuccess, true)]
    [InlineData(MessageNumber.ChannelFailure, false)]
    public async Task The_server_says_whether_it_takes_a_signal(byte answer, bool taken)
    {
        await using var process = await StartAsync(new SessionRequest { Command = "x" });
        var sending = process.SendSignalAsync("TERM", None);
        var request = new SshReader(_server.Expect(MessageNumber.ChannelRequest));
        request.ReadBytes(5);
        Assert.Equal(("signal", true, "TERM"), (request.ReadText(), request.ReadBoolean(), request.ReadText()));
        _server.Say(answer, 0);
        Assert.Equal(taken, await sending.WaitAsync(Patience, None));
        _server.Close(new SshException(SshError.ConnectionLost, "gone"));
        await Assert.ThrowsAsync<SshException>(() => process.SendSignalAsync("TERM", None));
    }

    [Fact]
    public async Task A_program_that_nobody_wants_any_more_is_closed_and_its_readers_are_told()
    {
        var process = await StartAsync(new SessionRequest { Command = "x" });
        var reading = process.StandardError.ReadAsync(new byte[1], None).AsTask();
        await process.DisposeAsync();
        _server.Expect(MessageNumber.ChannelClose);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => reading.WaitAsync(Patience, None));
        _server.SayData(0, [1]); // was under way
        _server.Say(MessageNumber.ChannelClose, 0);
        Assert.Equal(0, _connection.ChannelCount);
    }

    private async Task<ChannelStream> OpenAsync(uint window = 1 << 20)
    {
        var opening = _connection.OpenStreamAsync("h", 80, None);
        _server.Confirm(window);
        return await opening;
    }

    private async Task<RemoteProcess> StartAsync(SessionRequest request, uint window = 1 << 20)
    {
        var starting = _connection.StartAsync(request, None);
        _server.Confirm(window);
        await Eventually.TrueAsync(() => _server.Waiting == 1, "the request is sent");
        _server.Expect(MessageNumber.ChannelRequest);
        _server.Say(MessageNumber.ChannelSuccess, 0);
        return await starting;
    }
}
