using SshMux.Engine.DescriptorChannels;
using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.DescriptorChannels;

/// <summary>Output that is kept back while a shell has the terminal.</summary>
public class DescriptorHoldTests
{
    private static readonly byte[] Data = DescriptorSession.Data;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_comes_is_kept_and_takes_from_the_window_and_is_written_afterwards()
    {
        using var session = await DescriptorSession.OpenAsync();
        session.Server.SayData(0, "before"u8.ToArray());
        Assert.Equal("before"u8, Descriptors.ReadExactly(session.Output, 6));
        var hold = session.Ends.Hold();
        await hold.BeginAsync();
        for (var sent = 0; sent < Data.Length; sent += 30_000) session.Server.SayData(0, Data[sent..(sent + 30_000)]);
        session.SayError("complaint"u8);
        await DescriptorSession.BarrierAsync();
        Assert.False(Descriptors.IsReadable(session.Output));
        Assert.False(Descriptors.IsReadable(session.ErrorOutput));
        Assert.Equal(0, session.Server.Waiting);
        hold.End();
        var reading = Task.Run(() => Descriptors.ReadExactly(session.Output, Data.Length), Stop);
        Assert.Equal(Data, await reading);
        Assert.Equal("complaint"u8, Descriptors.ReadExactly(session.ErrorOutput, 9));
        await session.NextAsync(MessageNumber.ChannelWindowAdjust);
        session.Server.SayData(0, "after"u8.ToArray());
        Assert.Equal("after"u8, Descriptors.ReadExactly(session.Output, 5));
    }

    [Fact]
    public async Task What_waits_for_a_slow_reader_waits_on()
    {
        using var session = await DescriptorSession.OpenAsync();
        for (var sent = 0; sent < Data.Length; sent += 30_000) session.Server.SayData(0, Data[sent..(sent + 30_000)]);
        var hold = session.Ends.Hold();
        await hold.BeginAsync();

        // What the pipe has already, and nothing more.
        var held = new List<byte>();
        while (Descriptors.IsReadable(session.Output))
        {
            var buffer = new byte[64 * 1024];
            held.AddRange(buffer[..Descriptors.Read(session.Output, buffer)]);
            await DescriptorSession.BarrierAsync();
        }

        Assert.InRange(held.Count, 1, Data.Length - 1);
        hold.End();
        var rest = await Task.Run(() => Descriptors.ReadExactly(session.Output, Data.Length - held.Count), Stop);
        Assert.Equal(Data, (byte[])[.. held, .. rest]);
    }

    [Fact]
    public async Task What_arrives_together_is_kept_in_its_order()
    {
        using var session = await DescriptorSession.OpenAsync();
        var hold = session.Ends.Hold();
        byte[][] packets = [.. Data[..90_000].Chunk(30_000).Select(piece => ScriptedConnection.DataMessage(0, piece))];
        session.Server.SayTogether(packets, () => Assert.True(hold.BeginAsync().IsCompletedSuccessfully));
        session.Server.SayTogether(packets);
        Assert.False(Descriptors.IsReadable(session.Output));
        hold.End();
        var all = await Task.Run(() => Descriptors.ReadExactly(session.Output, 180_000), Stop);
        Assert.Equal([.. Data[..90_000], .. Data[..90_000]], all);
    }

    [Fact]
    public async Task A_session_ends_once_what_was_kept_is_written()
    {
        using var session = await DescriptorSession.OpenAsync();
        var hold = session.Ends.Hold();
        await hold.BeginAsync();
        session.Server.SayData(0, "last"u8.ToArray());
        session.Server.Say(MessageNumber.ChannelEof, 0);
        session.Server.SayExitStatus(0, 3);
        session.Server.Say(MessageNumber.ChannelClose, 0);
        await DescriptorSession.BarrierAsync();
        Assert.False(session.Ends.Completion.IsCompleted);
        hold.End();
        Assert.Equal(3u, (await session.Ends.Completion.WaitAsync(Stop)).Exit!.Value.Status);
        Assert.Equal("last"u8.ToArray(), await Descriptors.ReadToEndAsync(session.Output));
    }

    [Fact]
    public async Task A_session_for_which_nothing_was_kept_ends_at_once()
    {
        using var session = await DescriptorSession.OpenAsync();
        await session.Ends.Hold().BeginAsync();
        session.Server.SayExitStatus(0, 3);
        session.Server.Say(MessageNumber.ChannelClose, 0);
        Assert.Equal(3u, (await session.Ends.Completion.WaitAsync(Stop)).Exit!.Value.Status);
    }

    [Fact]
    public async Task A_session_whose_output_goes_nowhere_can_be_held_too()
    {
        var hold = new DescriptorHold(null, null);
        await hold.BeginAsync();
        hold.End();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task It_begins_when_a_write_that_is_under_way_is_over(bool aborted)
    {
        using var session = await DescriptorSession.OpenAsync();
        var (read, write) = DescriptorPair.CreatePipe();
        using var reader = read;
        var output = new DescriptorChannelOutput(
            session.Ends, new DescriptorWriter(write, DescriptorKind.MayBlock), shutDown: false);
        var data = Data[..200_000]; // more than a pipe holds, and more than is written behind
        output.Write(data);
        var holding = output.HoldAsync();
        Assert.False(holding.IsCompleted);
        if (aborted)
        {
            output.Abort();
            await holding.WaitAsync(Stop);
            return;
        }

        var held = new List<byte>();
        while (!holding.IsCompleted || Descriptors.IsReadable(reader))
        {
            var buffer = new byte[64 * 1024];
            held.AddRange(buffer[..await Task.Run(() => Descriptors.Read(reader, buffer), Stop)]);
            await DescriptorSession.BarrierAsync();
        }

        Assert.InRange(held.Count, 1, data.Length - 1);
        output.Release();
        var rest = await Task.Run(() => Descriptors.ReadExactly(reader, data.Length - held.Count), Stop);
        Assert.Equal(data, (byte[])[.. held, .. rest]);
        output.Abort();
    }
}
