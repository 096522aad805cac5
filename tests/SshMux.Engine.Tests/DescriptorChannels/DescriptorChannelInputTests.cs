using System.Runtime.InteropServices;
using SshMux.Engine.Channels;
using SshMux.Engine.DescriptorChannels;
using SshMux.Engine.Platform;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.DescriptorChannels;

/// <summary>From a descriptor to the server.</summary>
public class DescriptorChannelInputTests
{
    private static readonly byte[] Data = DescriptorSession.Data;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Standard_input_goes_out_and_ends_with_EOF()
    {
        using var session = await DescriptorSession.OpenAsync();
        Descriptors.Write(session.Input, "before the start "u8);
        Assert.Equal(0, session.Server.Waiting);
        session.Ends.StartInput();
        Assert.Equal("before the start ", await session.NextDataAsync());
        Descriptors.Write(session.Input, "later"u8);
        Assert.Equal("later", await session.NextDataAsync());
        session.Input.Dispose();
        await session.NextAsync(MessageNumber.ChannelEof);
    }

    [Fact]
    public async Task No_standard_input_is_EOF_at_once()
    {
        var connection = ScriptedConnection.Connect(out var server);
        var ends = DescriptorChannel.ForSession(null, null, null);
        var opening = connection.OpenSessionAsync(ends, Stop);
        server.Confirm();
        await opening;
        ends.StartInput();
        server.Expect(MessageNumber.ChannelEof);
        server.SayData(0, [1, 2, 3]);
        server.Say(MessageNumber.ChannelClose, 0);
        Assert.Equal(default, await ends.Completion);
    }

    [Fact]
    public async Task Standard_input_waits_for_the_window()
    {
        using var session = await DescriptorSession.OpenAsync(window: 1000);
        session.Ends.StartInput();
        Descriptors.Write(session.Input, Data.AsSpan(0, 5000));
        Assert.Equal(1000, (await session.NextDataBytesAsync()).Length);
        session.Adjust(3000);
        Assert.Equal(Data[1000..4000], await session.NextDataBytesAsync());
        session.Adjust(1_000_000);
        Assert.Equal(Data[4000..5000], await session.NextDataBytesAsync());
        Assert.Equal(0, session.Server.Waiting);
    }

    [Theory]
    [InlineData(100_000)]
    [InlineData(1000)] // no more than the window
    public async Task Standard_input_is_not_tried_again_and_again_on_a_connection_that_is_cut(uint window)
    {
        using var session = await DescriptorSession.OpenAsync(window: window);
        Descriptors.Write(session.Input, Data.AsSpan(0, 5000));
        session.Server.IsCut = true;

        // This may be the thread that reads from the server, and that is to tell of the end.
        await Task.Run(session.Ends.StartInput, Stop).WaitAsync(TimeSpan.FromSeconds(20), Stop);
        session.Server.Close(new SshException(SshError.ConnectionLost, "the cable was cut"));
        var end = await session.Ends.Completion.WaitAsync(TimeSpan.FromSeconds(20), Stop);
        Assert.Equal("the cable was cut", end.Reason?.Message);
    }

    [Fact]
    public async Task Standard_input_waits_while_the_transport_is_congested()
    {
        using var session = await DescriptorSession.OpenAsync();
        session.Server.IsCongested = true;
        session.Ends.StartInput();
        Descriptors.Write(session.Input, Data.AsSpan(0, 5000));
        var first = await session.NextDataBytesAsync();
        await DescriptorSession.BarrierAsync();
        Assert.Equal(0, session.Server.Waiting);
        session.Server.IsCongested = false;
        session.Server.OnWritable();
        byte[] all = [.. first, .. await session.NextDataBytesAsync()];
        Assert.Equal(Data[..5000], all);
    }

    [Fact]
    public async Task Little_standard_input_does_not_wait_while_the_transport_is_congested()
    {
        using var session = await DescriptorSession.OpenAsync();
        session.Server.IsCongested = true;
        session.Ends.StartInput();
        Descriptors.Write(session.Input, "hurry"u8);
        Assert.Equal("hurry", await session.NextDataAsync());
    }

    [Fact]
    public async Task When_the_program_stops_reading_so_do_we()
    {
        using var session = await DescriptorSession.OpenAsync();
        session.Ends.StartInput();
        var target = Descriptors.TargetOf(session.Input);
        session.Server.Say(MessageNumber.ChannelRequest, (ref SshWriter w) =>
        {
            w.WriteUInt32(0);
            w.WriteString("eow@openssh.com");
            w.WriteBoolean(false);
        });
        Assert.Equal(1, Descriptors.CountOf(target));
        Assert.Equal(0, session.Server.Waiting);
    }

    [Fact]
    public async Task A_terminal_as_input_tells_its_size_even_after_EOF()
    {
        var (master, slave) = Descriptors.CreateTerminal();
        using (master)
        {
            var request = PtyDescription.Of(slave, "xterm");
            Assert.True(request.Modes.Length > 100);
            using var session = await DescriptorSession.OpenAsync(input: slave);
            session.Ends.StartInput();
            ushort[] size = [24, 80, 0, 0];
            Assert.Equal(0, LibC.Ioctl(master.Number, 0x5414 /* TIOCSWINSZ */, MemoryMarshal.AsBytes(size.AsSpan())));
            Assert.Equal(new TerminalSize(80, 24), session.Ends.GetTerminalSize());
            session.Server.Say(MessageNumber.ChannelClose, 0);
            await session.Ends.Completion.WaitAsync(Stop);
            Assert.Null(session.Ends.GetTerminalSize());
        }
    }
}
