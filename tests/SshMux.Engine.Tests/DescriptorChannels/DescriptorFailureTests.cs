using Mono.Unix.Native;
using SshMux.Engine.Channels;
using SshMux.Engine.DescriptorChannels;
using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Platform.Readiness;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.DescriptorChannels;

/// <summary>Channels whose descriptors are missing, closed or of no more use: that is their own end and no other's.</summary>
public sealed class DescriptorFailureTests
{
    private readonly SshConnection _connection;
    private readonly ScriptedConnection _server;

    public DescriptorFailureTests() => _connection = ScriptedConnection.Connect(out _server);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_input_that_the_system_does_not_wait_for_ends_the_session_alone()
    {
        var (input, typed) = DescriptorPair.CreatePipe();
        using (typed)
        {
            var ends = await OpenAsync(DescriptorChannel.ForSession(input, null, null));
            Forget(StatusOf(ends).Input);
            ends.StartInput();
            await ExpectFailureAsync(ends);
        }
    }

    [Fact]
    public async Task An_input_that_the_system_waits_for_no_more_when_the_server_takes_data_again_ends_it_too()
    {
        var (input, typed) = DescriptorPair.CreatePipe();
        using (typed)
        {
            var ends = await OpenAsync(DescriptorChannel.ForSession(input, null, null), window: 0);
            ends.StartInput();
            Forget(StatusOf(ends).Input);
            _server.Say(MessageNumber.ChannelWindowAdjust, (ref SshWriter w) =>
            {
                w.WriteUInt32(0);
                w.WriteUInt32(1000);
            });
            await ExpectFailureAsync(ends);
        }
    }

    [Fact]
    public async Task An_output_that_the_system_does_not_wait_for_ends_the_session_alone()
    {
        var (read, output) = DescriptorPair.CreatePipe();
        using (read)
        {
            var ends = await OpenAsync(DescriptorChannel.ForSession(null, output, null));
            Forget(StatusOf(ends).Output);
            for (var i = 0; i < 4; i++) _server.SayData(0, new byte[30_000]); // more than the pipe takes
            await ExpectFailureAsync(ends);
        }
    }

    [Fact]
    public async Task What_is_missing_or_closed_has_no_number()
    {
        var none = await OpenAsync(DescriptorChannel.ForSession(null, null, null));
        var status = StatusOf(none);
        Assert.True(status is { Input: -1, Output: -1, Error: -1, IsSocket: false, IsTerminal: false });
        none.Abort();

        var (here, there) = DescriptorPair.CreateSockets();
        using (there)
        {
            var socket = DescriptorChannel.ForSocket(here);
            status = StatusOf(socket);
            Assert.True(status is { Input: > 2, Output: > 2, Error: -1, IsSocket: true, InputEnded: false });
            socket.Abort();
            status = StatusOf(socket);
            Assert.True(status is { Input: -1, Output: -1, InputEnded: true });
        }
    }

    [Fact]
    public async Task Without_an_output_what_comes_for_it_is_dropped_and_errors_are_written()
    {
        var (read, error) = DescriptorPair.CreatePipe();
        using (read)
        {
            await OpenAsync(DescriptorChannel.ForSession(null, null, error));
            _server.SayData(0, "dropped"u8.ToArray());
            _server.Deliver(ScriptedConnection.DataMessage(0, "written"u8.ToArray(), error: true));
            Assert.Equal("written"u8.ToArray(), Descriptors.ReadExactly(read, 7));
            _server.Say(MessageNumber.ChannelClose, 0);
        }
    }

    [Fact]
    public async Task Errors_that_nobody_reads_are_no_reason_to_stop_the_program()
    {
        var (read, error) = DescriptorPair.CreatePipe();
        await OpenAsync(DescriptorChannel.ForSession(null, null, error));
        read.Dispose();
        _server.Deliver(ScriptedConnection.DataMessage(0, [1], error: true));
        _server.Deliver(ScriptedConnection.DataMessage(0, [2], error: true));
        Assert.Equal(0, _server.Waiting); // no eow@openssh.com
        _server.Say(MessageNumber.ChannelClose, 0);
        Assert.False(_connection.Ended.IsCompleted);
    }

    [Fact]
    public async Task A_stream_whose_output_nobody_reads_is_closed_when_its_input_has_ended()
    {
        var (read, output) = DescriptorPair.CreatePipe();
        var (input, typed) = DescriptorPair.CreatePipe();
        await OpenAsync(DescriptorChannel.ForStream(input, output));
        read.Dispose();
        _server.SayData(0, [1]);
        Assert.Equal(0, _server.Waiting); // not a session: there is no program to stop
        typed.Dispose();
        await Descriptors.UntilAsync(() => _server.Waiting == 2, "it is closed");
        _server.Expect(MessageNumber.ChannelEof);
        _server.Expect(MessageNumber.ChannelClose);
    }

    private static ChannelEndStatus StatusOf(DescriptorChannel ends) => ((IChannelHandler)ends).DescribeEnds();

    /// <summary>Has the system wait for a descriptor no more, behind everybody's back.</summary>
    private static void Forget(int descriptor) =>
        Assert.True(ReadinessLoop.Shared.Control(EpollOp.EPOLL_CTL_DEL, descriptor, 0, default));

    private async Task<DescriptorChannel> OpenAsync(DescriptorChannel ends, uint window = 100_000)
    {
        var opening = _connection.OpenSessionAsync(ends, Stop);
        _server.Confirm(window);
        await opening;
        return ends;
    }

    private async Task ExpectFailureAsync(DescriptorChannel ends)
    {
        var end = await ends.Completion.WaitAsync(TimeSpan.FromSeconds(30), Stop);
        Assert.Equal(SshError.NotSupported, end.Reason?.Error);
        Assert.Contains("cannot wait for a descriptor", end.Reason!.Message, StringComparison.Ordinal);
        while (_server.Waiting > 1) _server.Expect(MessageNumber.ChannelWindowAdjust);
        _server.Expect(MessageNumber.ChannelClose);
        Assert.False(_connection.Ended.IsCompleted);
    }
}
