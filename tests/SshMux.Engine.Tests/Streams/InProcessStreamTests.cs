using System.Text;
using SshMux.Engine.Channels;
using SshMux.Engine.Streams;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Streams;

public class InProcessStreamTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly SshConnection _connection;
    private readonly ScriptedConnection _server;

    public InProcessStreamTests() => _connection = ScriptedConnection.Connect(out _server);

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
        for (var i = 0; i < ReceiveWindow.InitialSize / 32768; i++) _server.SayData(0, new byte[32768]);
        Assert.Equal(0, _server.Waiting); // no window was given back

        await process.StandardOutput.DisposeAsync();
        _server.Expect(MessageNumber.ChannelWindowAdjust);
        _server.SayData(0, new byte[32768]);
        Assert.False(_connection.Ended.IsCompleted);
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
