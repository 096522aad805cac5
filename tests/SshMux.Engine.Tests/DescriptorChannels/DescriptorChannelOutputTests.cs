using SshMux.Engine.Channels;
using SshMux.Engine.Platform;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.DescriptorChannels;

/// <summary>From the server to descriptors.</summary>
public class DescriptorChannelOutputTests
{
    private static readonly byte[] Data = DescriptorSession.Data;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Output_and_error_output_arrive_apart()
    {
        using var session = await DescriptorSession.OpenAsync();
        session.Server.SayData(0, Data[..30_000]);
        session.SayError("complaint"u8);
        session.Server.Say(MessageNumber.ChannelEof, 0);
        session.Server.SayExitStatus(0, 3);
        session.Server.Say(MessageNumber.ChannelClose, 0);
        var end = await session.Ends.Completion.WaitAsync(Stop);
        Assert.Equal((3u, null), (end.Exit!.Value.Status, end.Reason));
        Assert.Equal(Data[..30_000], await Descriptors.ReadToEndAsync(session.Output));
        Assert.Equal("complaint"u8.ToArray(), await Descriptors.ReadToEndAsync(session.ErrorOutput));
    }

    [Fact]
    public async Task A_slow_reader_holds_back_the_window_and_the_completion()
    {
        using var session = await DescriptorSession.OpenAsync();
        for (var sent = 0; sent < Data.Length; sent += 30_000) session.Server.SayData(0, Data[sent..(sent + 30_000)]);
        session.Server.Say(MessageNumber.ChannelEof, 0);
        Assert.Equal(0, session.Server.Waiting);
        session.Server.Say(MessageNumber.ChannelClose, 0);
        await DescriptorSession.BarrierAsync();
        Assert.False(session.Ends.Completion.IsCompleted);
        Assert.Equal(Data, await Descriptors.ReadToEndAsync(session.Output));
        await session.Ends.Completion.WaitAsync(Stop);
    }

    [Fact]
    public async Task What_is_read_reopens_the_window()
    {
        using var session = await DescriptorSession.OpenAsync();
        var reading = Descriptors.ReadToEndAsync(session.Output);
        for (var sent = 0; sent < Data.Length; sent += 30_000) session.Server.SayData(0, Data[sent..(sent + 30_000)]);

        // Less than an eighth of the window may still wait for its adjustment when all is read.
        var certain = Data.Length - (ReceiveWindow.InitialSize / 8) + 1;
        var given = 0L;
        while (given < certain)
        {
            var adjust = new SshReader(await session.NextAsync(MessageNumber.ChannelWindowAdjust));
            adjust.ReadByte();
            adjust.ReadUInt32();
            given += adjust.ReadUInt32();
        }

        session.Server.Say(MessageNumber.ChannelClose, 0);
        Assert.Equal(Data, await reading);
    }

    [Fact]
    public async Task A_lost_connection_still_writes_what_had_arrived()
    {
        using var session = await DescriptorSession.OpenAsync();
        for (var sent = 0; sent < Data.Length; sent += 30_000) session.Server.SayData(0, Data[sent..(sent + 30_000)]);
        session.Server.Close(new SshException(SshError.ConnectionLost, "lost"));
        Assert.Equal(Data, await Descriptors.ReadToEndAsync(session.Output));
        var end = await session.Ends.Completion.WaitAsync(Stop);
        Assert.Equal(SshError.ConnectionLost, end.Reason!.Error);
    }

    [Fact]
    public async Task When_nobody_reads_the_output_the_program_is_told_and_its_exit_status_still_arrives()
    {
        using var session = await DescriptorSession.OpenAsync();
        session.Output.Dispose();
        session.Server.SayData(0, Data[..1000]);
        var request = new SshReader(await session.NextAsync(MessageNumber.ChannelRequest));
        request.ReadBytes(5);
        Assert.Equal("eow@openssh.com", request.ReadUtf8String());
        for (var i = 0; i < 100; i++) session.Server.SayData(0, Data[..30_000]);
        while (session.Server.Waiting != 0) session.Server.Expect(MessageNumber.ChannelWindowAdjust);
        session.SayError("still here"u8);
        session.Server.SayExitStatus(0, 9);
        session.Server.Say(MessageNumber.ChannelClose, 0);
        Assert.Equal(9u, (await session.Ends.Completion.WaitAsync(Stop)).Exit!.Value.Status);
        Assert.Equal("still here"u8.ToArray(), await Descriptors.ReadToEndAsync(session.ErrorOutput));
    }

    [Fact]
    public async Task A_server_that_floods_on_although_nobody_reads_is_cut_off()
    {
        using var session = await DescriptorSession.OpenAsync();
        session.Ends.StartInput();
        session.Input.Dispose();
        await session.NextAsync(MessageNumber.ChannelEof);
        session.Output.Dispose();
        for (var i = 0; i < 200; i++) session.Server.SayData(0, Data[..30_000]);
        await session.NextAsync(MessageNumber.ChannelRequest, MessageNumber.ChannelWindowAdjust);
        await session.NextAsync(MessageNumber.ChannelClose, MessageNumber.ChannelWindowAdjust);
    }

    [Fact]
    public async Task A_full_disk_is_a_reader_that_is_gone()
    {
        var full = DescriptorHandle.Open("/dev/full", FileAccess.Write);
        using var session = await DescriptorSession.OpenAsync(output: full);
        session.Server.SayData(0, Data[..1000]);
        await session.NextAsync(MessageNumber.ChannelRequest);
    }
}
