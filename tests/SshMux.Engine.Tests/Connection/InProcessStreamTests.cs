using System.Text;
using SshMux.Engine.Connection;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Connection;

public class InProcessStreamTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly SshConnection _connection;
    private readonly ScriptedServer _server;

    public InProcessStreamTests() => _connection = ScriptedServer.Connect(out _server);

    [Fact]
    public async Task A_process_gives_its_output_its_errors_and_its_exit()
    {
        await using var process = await StartAsync();
        _server.SayData(0, "out"u8.ToArray());
        _server.Say(MessageNumber.ChannelExtendedData, (ref SshWriter w) =>
        {
            w.WriteUInt32(0);
            w.WriteUInt32(1);
            w.WriteString("err");
        });
        _server.SayExitStatus(0, 4);
        _server.Say(MessageNumber.ChannelEof, 0);
        _server.Say(MessageNumber.ChannelClose, 0);

        Assert.Equal("out", await new StreamReader(process.StandardOutput).ReadToEndAsync(None));
        Assert.Equal("err", await new StreamReader(process.StandardError).ReadToEndAsync(None));
        Assert.Equal(4u, (await process.Exit).Status);
    }

    [Fact]
    public async Task Input_waits_for_the_window_and_its_end_is_eof()
    {
        await using var process = await StartAsync(window: 10);
        var write = process.StandardInput.WriteAsync(Encoding.ASCII.GetBytes("0123456789abcde"), None).AsTask();
        _server.Expect(MessageNumber.ChannelData);
        Assert.False(write.IsCompleted);
        _server.Say(MessageNumber.ChannelWindowAdjust, (ref SshWriter w) =>
        {
            w.WriteUInt32(0);
            w.WriteUInt32(10);
        });
        await write.WaitAsync(TimeSpan.FromSeconds(10), None);
        Assert.EndsWith("abcde", Encoding.ASCII.GetString(_server.Expect(MessageNumber.ChannelData)), StringComparison.Ordinal);
        await process.StandardInput.DisposeAsync();
        _server.Expect(MessageNumber.ChannelEof);
    }

    [Fact]
    public async Task A_lost_connection_gives_what_arrived_and_then_its_reason()
    {
        await using var process = await StartAsync();
        _server.SayData(0, "part"u8.ToArray());
        _server.Close(new SshException(SshError.ConnectionLost, "gone"));

        var buffer = new byte[100];
        Assert.Equal(4, await process.StandardOutput.ReadAsync(buffer, None));
        var error = await Assert.ThrowsAsync<IOException>(() => process.StandardOutput.ReadAsync(buffer, None).AsTask());
        Assert.Equal(SshError.ConnectionLost, Assert.IsType<SshException>(error.InnerException).Error);
        Assert.Equal(SshError.ConnectionLost, (await Assert.ThrowsAsync<SshException>(() => process.Exit)).Error);
        await Assert.ThrowsAsync<IOException>(() => process.StandardInput.WriteAsync(buffer, None).AsTask());
    }

    [Fact]
    public async Task A_refused_command_says_so_and_closes_the_channel()
    {
        var start = _connection.StartAsync(new SessionRequest { Command = "nope", Subsystem = true }, None);
        _server.Confirm();
        await ExpectEventuallyAsync(MessageNumber.ChannelRequest);
        _server.Say(MessageNumber.ChannelFailure, 0);
        var error = await Assert.ThrowsAsync<SshException>(() => start);
        Assert.Equal(SshError.RequestRefused, error.Error);
        Assert.Contains("'nope'", error.Message, StringComparison.Ordinal);
        _server.Expect(MessageNumber.ChannelClose);
    }

    [Fact]
    public async Task Nothing_more_is_kept_than_the_window_when_nobody_reads_and_a_disposed_output_is_drained()
    {
        await using var process = await StartAsync();
        for (var i = 0; i < Channel.InitialWindow / 32768; i++) _server.SayData(0, new byte[32768]);
        Assert.Equal(0, _server.Waiting); // no window was given back

        await process.StandardOutput.DisposeAsync();
        _server.Expect(MessageNumber.ChannelWindowAdjust);
        _server.SayData(0, new byte[32768]);
        Assert.False(_connection.Ended.IsCompleted);
    }

    [Fact]
    public async Task Output_is_handed_over_on_the_loop_that_it_comes_on_and_the_window_given_back()
    {
        await using var process = await StartAsync();
        var received = new StringBuilder();
        var here = Environment.CurrentManagedThreadId;
        var receiving = process.ReceiveOutputAsync(
            data =>
            {
                Assert.Equal(here, Environment.CurrentManagedThreadId);
                received.Append(Encoding.ASCII.GetString(data));
            },
            None);
        _server.SayData(0, "one "u8.ToArray());
        _server.SayData(0, "two"u8.ToArray());
        Assert.Equal("one two", received.ToString());
        for (var i = 0; i < Channel.InitialWindow / 32768; i++) _server.SayData(0, new byte[32000]);
        _server.Expect(MessageNumber.ChannelWindowAdjust);
        _server.Say(MessageNumber.ChannelEof, 0);
        await receiving.WaitAsync(TimeSpan.FromSeconds(10), None);
    }

    [Fact]
    public async Task A_slow_receiver_gets_everything_in_order_and_holds_up_nobody_for_long()
    {
        await using var process = await StartAsync();
        var calls = 0;
        var received = new StringBuilder();
        using var goOn = new SemaphoreSlim(0);
        var receiving = process.ReceiveOutputAsync(
            data =>
            {
                received.Append(Encoding.ASCII.GetString(data));
                if (++calls <= 3) SpinWait.SpinUntil(() => false, 30); // that is slow
                else Assert.True(goOn.Wait(TimeSpan.FromSeconds(10), None)); // on the loop it would never end
            },
            None);
        foreach (var text in new[] { "a", "b", "c", "d", "e" }) _server.SayData(0, Encoding.ASCII.GetBytes(text));
        _server.Say(MessageNumber.ChannelEof, 0);
        goOn.Release(2);
        await receiving.WaitAsync(TimeSpan.FromSeconds(10), None);
        Assert.Equal("abcde", received.ToString());
    }

    [Fact]
    public async Task What_a_receiver_throws_is_its_own_matter_and_a_cancelled_one_is_called_no_more()
    {
        await using var process = await StartAsync();
        var receiving = process.ReceiveOutputAsync(_ => throw new InvalidDataException("bad"), None);
        _server.SayData(0, "x"u8.ToArray());
        await Assert.ThrowsAsync<InvalidDataException>(() => receiving);
        Assert.False(_connection.Ended.IsCompleted);

        using var stop = new CancellationTokenSource();
        receiving = process.ReceiveOutputAsync(_ => Assert.Fail("called"), stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => receiving);
        _server.SayData(0, "y"u8.ToArray());
        Assert.Equal(1, await process.StandardOutput.ReadAsync(new byte[2], None));
    }

    [Fact]
    public async Task A_lost_connection_ends_a_receiver_with_its_reason()
    {
        await using var process = await StartAsync();
        var received = 0;
        var receiving = process.ReceiveOutputAsync(data => received += data.Length, None);
        _server.SayData(0, "part"u8.ToArray());
        _server.Close(new SshException(SshError.ConnectionLost, "gone"));
        var error = await Assert.ThrowsAsync<IOException>(() => receiving);
        Assert.Equal(SshError.ConnectionLost, Assert.IsType<SshException>(error.InnerException).Error);
        Assert.Equal(4, received);
    }

    [Fact]
    public async Task A_stream_is_closed_one_way_and_then_both()
    {
        var open = _connection.OpenStreamAsync("h", 80, None);
        _server.Confirm();
        var stream = await open;
        await stream.WriteAsync("ping"u8.ToArray(), None);
        _server.Expect(MessageNumber.ChannelData);
        stream.CompleteWriting();
        _server.Expect(MessageNumber.ChannelEof);
        _server.SayData(0, "pong"u8.ToArray());
        _server.Say(MessageNumber.ChannelEof, 0);
        Assert.Equal("pong", await new StreamReader(stream, leaveOpen: true).ReadToEndAsync(None));
        await stream.DisposeAsync();
        _server.Expect(MessageNumber.ChannelClose);
    }

    private async Task<RemoteProcess> StartAsync(uint window = 1 << 20)
    {
        var start = _connection.StartAsync(new SessionRequest { Command = "x" }, None);
        _server.Confirm(window);
        await ExpectEventuallyAsync(MessageNumber.ChannelRequest);
        _server.Say(MessageNumber.ChannelSuccess, 0);
        return await start;
    }

    /// <summary>The caller's continuation runs on another thread; wait until it has sent something.</summary>
    private async Task ExpectEventuallyAsync(byte number)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (_server.Waiting == 0) await Task.Delay(1, limit.Token);
        _server.Expect(number);
    }
}
