using System.Diagnostics;
using SshMux.Engine.DescriptorChannels;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.DescriptorChannels;

/// <summary>How a channel on descriptors ends, and what they may be.</summary>
public class DescriptorChannelTests
{
    private static readonly byte[] Data = DescriptorSession.Data;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Aborting_closes_everything_at_once()
    {
        using var session = await DescriptorSession.OpenAsync();
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
        using var session = await DescriptorSession.OpenAsync();
        session.Ends.StartInput();
        var targets = new[] { session.Input, session.Output, session.ErrorOutput }.Select(Descriptors.TargetOf).ToArray();
        session.Server.SayData(0, Data[..1000]);
        session.Server.Say(MessageNumber.ChannelClose, 0);
        await session.Ends.Completion.WaitAsync(Stop);
        Assert.All(targets, target => Assert.Equal(1, Descriptors.CountOf(target)));
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
}
