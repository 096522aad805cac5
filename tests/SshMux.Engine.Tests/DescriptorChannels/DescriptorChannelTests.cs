using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using SshMux.Engine.Channels;
using SshMux.Engine.DescriptorChannels;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.DescriptorChannels;

public class DescriptorChannelTests
{
    private static readonly byte[] Data = Descriptors.RandomBytes(1_500_000, 3);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Standard_input_goes_out_and_ends_with_EOF()
    {
        using var session = await Session.OpenAsync();
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
        using var session = await Session.OpenAsync(window: 1000);
        session.Ends.StartInput();
        Descriptors.Write(session.Input, Data.AsSpan(0, 5000));
        Assert.Equal(1000, (await session.NextDataBytesAsync()).Length);
        session.Adjust(3000);
        Assert.Equal(Data[1000..4000], await session.NextDataBytesAsync());
        session.Adjust(1_000_000);
        Assert.Equal(Data[4000..5000], await session.NextDataBytesAsync());
        Assert.Equal(0, session.Server.Waiting);
    }

    [Fact]
    public async Task Standard_input_waits_while_the_transport_is_congested()
    {
        using var session = await Session.OpenAsync();
        session.Server.IsCongested = true;
        session.Ends.StartInput();
        Descriptors.Write(session.Input, Data.AsSpan(0, 5000));
        var first = await session.NextDataBytesAsync();
        await BarrierAsync();
        Assert.Equal(0, session.Server.Waiting);
        session.Server.IsCongested = false;
        session.Server.OnWritable();
        byte[] all = [.. first, .. await session.NextDataBytesAsync()];
        Assert.Equal(Data[..5000], all);
    }

    [Fact]
    public async Task Little_standard_input_does_not_wait_while_the_transport_is_congested()
    {
        using var session = await Session.OpenAsync();
        session.Server.IsCongested = true;
        session.Ends.StartInput();
        Descriptors.Write(session.Input, "hurry"u8);
        Assert.Equal("hurry", await session.NextDataAsync());
    }

    [Fact]
    public async Task Output_and_error_output_arrive_apart()
    {
        using var session = await Session.OpenAsync();
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
        using var session = await Session.OpenAsync();
        for (var sent = 0; sent < Data.Length; sent += 30_000) session.Server.SayData(0, Data[sent..(sent + 30_000)]);
        session.Server.Say(MessageNumber.ChannelEof, 0);
        Assert.Equal(0, session.Server.Waiting);
        session.Server.Say(MessageNumber.ChannelClose, 0);
        await BarrierAsync();
        Assert.False(session.Ends.Completion.IsCompleted);
        Assert.Equal(Data, await Descriptors.ReadToEndAsync(session.Output));
        await session.Ends.Completion.WaitAsync(Stop);
    }

    [Fact]
    public async Task What_is_read_reopens_the_window()
    {
        using var session = await Session.OpenAsync();
        var reading = Descriptors.ReadToEndAsync(session.Output);
        for (var sent = 0; sent < Data.Length; sent += 30_000) session.Server.SayData(0, Data[sent..(sent + 30_000)]);
        var given = 0u;
        while (given < 1_250_000)
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
        using var session = await Session.OpenAsync();
        for (var sent = 0; sent < Data.Length; sent += 30_000) session.Server.SayData(0, Data[sent..(sent + 30_000)]);
        session.Server.Close(new SshException(SshError.ConnectionLost, "lost"));
        Assert.Equal(Data, await Descriptors.ReadToEndAsync(session.Output));
        var end = await session.Ends.Completion.WaitAsync(Stop);
        Assert.Equal(SshError.ConnectionLost, end.Reason!.Error);
    }

    [Fact]
    public async Task When_nobody_reads_the_output_the_program_is_told_and_its_exit_status_still_arrives()
    {
        using var session = await Session.OpenAsync();
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
        using var session = await Session.OpenAsync();
        session.Ends.StartInput();
        session.Input.Dispose();
        await session.NextAsync(MessageNumber.ChannelEof);
        session.Output.Dispose();
        for (var i = 0; i < 200; i++) session.Server.SayData(0, Data[..30_000]);
        await session.NextAsync(MessageNumber.ChannelRequest, MessageNumber.ChannelWindowAdjust);
        await session.NextAsync(MessageNumber.ChannelClose, MessageNumber.ChannelWindowAdjust);
    }

    [Fact]
    public async Task When_the_program_stops_reading_so_do_we()
    {
        using var session = await Session.OpenAsync();
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
    public async Task Aborting_closes_everything_at_once()
    {
        using var session = await Session.OpenAsync();
        session.Ends.StartInput();
        var targets = new[] { session.Input, session.Output, session.ErrorOutput }.Select(Descriptors.TargetOf).ToArray();
        Assert.All(targets, target => Assert.Equal(2, Descriptors.CountOf(target)));
        for (var sent = 0; sent < Data.Length; sent += 30_000) session.Server.SayData(0, Data[sent..(sent + 30_000)]);
        session.Ends.Abort();
        Assert.All(targets, target => Assert.Equal(1, Descriptors.CountOf(target)));
        await session.NextAsync(MessageNumber.ChannelClose, MessageNumber.ChannelWindowAdjust);
        Assert.Equal(SshError.Stopped, (await session.Ends.Completion).Reason!.Error);
        session.Server.SayData(0, Data[..1000]);
        session.Server.Say(MessageNumber.ChannelClose, 0);
        Assert.Equal(0, session.Connection.ChannelCount);
    }

    [Fact]
    public async Task Aborting_before_the_channel_is_open_closes_it_when_it_is()
    {
        var connection = ScriptedConnection.Connect(out var server);
        var ends = DescriptorChannel.ForSession(null, null, null);
        var opening = connection.OpenSessionAsync(ends, Stop);
        ends.Abort();
        server.Confirm();
        await opening;
        server.Expect(MessageNumber.ChannelClose);
    }

    [Fact]
    public async Task Nothing_stays_open_after_the_end()
    {
        using var session = await Session.OpenAsync();
        session.Ends.StartInput();
        var targets = new[] { session.Input, session.Output, session.ErrorOutput }.Select(Descriptors.TargetOf).ToArray();
        session.Server.SayData(0, Data[..1000]);
        session.Server.Say(MessageNumber.ChannelClose, 0);
        await session.Ends.Completion.WaitAsync(Stop);
        Assert.All(targets, target => Assert.Equal(1, Descriptors.CountOf(target)));
    }

    [Fact]
    public async Task A_full_disk_is_a_reader_that_is_gone()
    {
        var full = DescriptorHandle.Open("/dev/full", FileAccess.Write);
        using var session = await Session.OpenAsync(output: full);
        session.Server.SayData(0, Data[..1000]);
        await session.NextAsync(MessageNumber.ChannelRequest);
    }

    [Fact]
    public async Task Files_serve_as_input_and_output()
    {
        using var folder = new TestFolder();
        File.WriteAllBytes(folder.File("in"), Data);
        folder.Write("out", "");
        var connection = EchoServer.Connect();
        var ends = DescriptorChannel.ForSession(
            DescriptorHandle.Open(folder.File("in"), FileAccess.Read),
            DescriptorHandle.Open(folder.File("out"), FileAccess.Write),
            null);
        await connection.OpenSessionAsync(ends, Stop);
        ends.StartInput();
        Assert.Null((await ends.Completion.WaitAsync(Stop)).Reason);
        Assert.Equal(Data, File.ReadAllBytes(folder.File("out")));
    }

    [Fact]
    public async Task A_terminal_as_input_tells_its_size_even_after_EOF()
    {
        var (master, slave) = Descriptors.CreateTerminal();
        using (master)
        {
            var request = PtyDescription.Of(slave, "xterm");
            Assert.True(request.Modes.Length > 100);
            using var session = await Session.OpenAsync(input: slave);
            session.Ends.StartInput();
            ushort[] size = [24, 80, 0, 0];
            Assert.Equal(0, LibC.Ioctl(master.Number, 0x5414 /* TIOCSWINSZ */, MemoryMarshal.AsBytes(size.AsSpan())));
            Assert.Equal(new TerminalSize(80, 24), session.Ends.GetTerminalSize());
            session.Server.Say(MessageNumber.ChannelClose, 0);
            await session.Ends.Completion.WaitAsync(Stop);
            Assert.Null(session.Ends.GetTerminalSize());
        }
    }

    [Fact]
    public async Task A_socket_ends_each_way_by_itself_and_then_closes_the_channel()
    {
        var connection = ScriptedConnection.Connect(out var server);
        var (there, here) = DescriptorPair.CreateSockets();
        using (here)
        {
            var ends = DescriptorChannel.ForSocket(there);
            var opening = connection.OpenDirectTcpipAsync("h", 1, "127.0.0.1", 2, ends, Stop);
            server.Confirm();
            await opening;

            server.SayData(0, "hello"u8.ToArray());
            server.Say(MessageNumber.ChannelEof, 0);
            Assert.Equal("hello"u8.ToArray(), await Descriptors.ReadToEndAsync(here));

            Descriptors.Write(here, "bye"u8);
            await Descriptors.UntilAsync(() => server.Waiting == 1, "data");
            server.Expect(MessageNumber.ChannelData);
            here.Dispose();
            await Descriptors.UntilAsync(() => server.Waiting == 2, "EOF and CLOSE");
            server.Expect(MessageNumber.ChannelEof);
            server.Expect(MessageNumber.ChannelClose);
            server.Say(MessageNumber.ChannelClose, 0);
            await ends.Completion.WaitAsync(Stop);
        }
    }

    [Fact]
    public async Task Fifty_sessions_at_once_arrive_whole()
    {
        var connection = EchoServer.Connect();
        await Task.WhenAll(Enumerable.Range(0, 50).Select(async index =>
        {
            var data = Descriptors.RandomBytes(2_000_000 + index, index);
            var (input, toInput) = DescriptorPair.CreatePipe();
            var (here, output) = DescriptorPair.CreateSockets();
            var ends = DescriptorChannel.ForSession(input, output, null);
            await connection.OpenSessionAsync(ends, Stop);
            ends.StartInput();
            using (here)
            {
                using var writer = DescriptorWriter.Open(toInput);
                using var reader = DescriptorReader.Open(here);
                var writing = Task.Run(
                    async () =>
                    {
                        Assert.True(await writer.WriteAllAsync(data));
                        writer.Dispose();
                    },
                    Stop);
                Assert.Equal(data, await reader.ReadToEndAsync());
                await writing;
            }

            await ends.Completion.WaitAsync(Stop);
        }));
        Assert.Equal(0, connection.ChannelCount);
    }

    [Fact]
    public async Task Idle_sessions_have_no_threads()
    {
        var connection = EchoServer.Connect();
        using var process = Process.GetCurrentProcess();
        var before = process.Threads.Count;
        var sessions = new List<(DescriptorChannel Ends, DescriptorHandle[] Handles)>();
        for (var i = 0; i < 300; i++)
        {
            var (input, toInput) = DescriptorPair.CreatePipe();
            var (fromOutput, output) = DescriptorPair.CreatePipe();
            var ends = DescriptorChannel.ForSession(input, output, null);
            await connection.OpenSessionAsync(ends, Stop);
            ends.StartInput();
            sessions.Add((ends, [toInput, fromOutput]));
        }

        process.Refresh();

        // Other tests have threads of their own; a thread for each session could not hide among them.
        Assert.InRange(process.Threads.Count, 1, before + 100);
        foreach (var (ends, handles) in sessions)
        {
            ends.Abort();
            foreach (var handle in handles) handle.Dispose();
        }
    }

    /// <summary>Waits until the readiness thread has handled what was ready before.</summary>
    private static async Task BarrierAsync()
    {
        for (var i = 0; i < 3; i++)
        {
            var (read, write) = DescriptorPair.CreatePipe();
            using var reader = DescriptorReader.Open(read);
            Descriptors.Write(write, [1]);
            await reader.WaitAsync();
            write.Dispose();
        }
    }

    private sealed class Session : IDisposable
    {
        public required SshConnection Connection { get; init; }

        public required ScriptedConnection Server { get; init; }

        public required DescriptorChannel Ends { get; init; }

        public required DescriptorHandle Input { get; init; }

        public required DescriptorHandle Output { get; init; }

        public required DescriptorHandle ErrorOutput { get; init; }

        public static async Task<Session> OpenAsync(
            uint window = 1 << 20, DescriptorHandle? input = null, DescriptorHandle? output = null)
        {
            var connection = ScriptedConnection.Connect(out var server);
            var (pipeInput, toInput) = DescriptorPair.CreatePipe();
            var (fromOutput, pipeOutput) = DescriptorPair.CreatePipe();
            var (fromError, error) = DescriptorPair.CreatePipe();
            if (input is not null) pipeInput.Dispose();
            if (output is not null) pipeOutput.Dispose();
            var ends = DescriptorChannel.ForSession(input ?? pipeInput, output ?? pipeOutput, error);
            var opening = connection.OpenSessionAsync(ends, Stop);
            server.Confirm(window);
            await opening;
            return new Session
            {
                Connection = connection,
                Server = server,
                Ends = ends,
                Input = toInput,
                Output = fromOutput,
                ErrorOutput = fromError,
            };
        }

        public async Task<byte[]> NextAsync(byte number, byte? skip = null)
        {
            while (true)
            {
                await Descriptors.UntilAsync(() => Server.Waiting != 0, $"message {number}");
                var message = Server.Take();
                if (message[0] == skip) continue;
                Assert.Equal(number, message[0]);
                return message;
            }
        }

        public async Task<byte[]> NextDataBytesAsync()
        {
            var reader = new SshReader(await NextAsync(MessageNumber.ChannelData));
            reader.ReadByte();
            reader.ReadUInt32();
            return reader.ReadString().ToArray();
        }

        public async Task<string> NextDataAsync() => Encoding.ASCII.GetString(await NextDataBytesAsync());

        public void Adjust(uint bytes) => Server.Say(MessageNumber.ChannelWindowAdjust, (ref SshWriter w) =>
        {
            w.WriteUInt32(0);
            w.WriteUInt32(bytes);
        });

        public void SayError(ReadOnlySpan<byte> text)
        {
            var data = text.ToArray();
            Server.Say(MessageNumber.ChannelExtendedData, (ref SshWriter w) =>
            {
                w.WriteUInt32(0);
                w.WriteUInt32(1);
                w.WriteString(data);
            });
        }

        public void Dispose()
        {
            Ends.Abort();
            Input.Dispose();
            Output.Dispose();
            ErrorOutput.Dispose();
        }
    }
}
