using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Mono.Unix.Native;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Mux.Master;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Tests.Mux.Client;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Mux.Master;

/// <summary>
/// Where PROTOCOL.mux is easily misread: docs/protocol.md lists all of these traps, and the tests that guard the others.
/// </summary>
public sealed class TrapTests(MuxSshd server) : IClassFixture<MuxSshd>
{
    [Fact]
    public async Task The_client_waits_for_the_end_of_the_stream_after_the_exit_message()
    {
        using var master = new FakeMaster();
        var accepting = master.SayAsync(FakeMaster.Hello);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        using var peer = await accepting;
        using var nothing = DescriptorHandle.Open("/dev/null", FileAccess.ReadWrite);
        var opening = client.OpenSessionAsync(
            new MuxSessionRequest { Command = "true" }, new SessionDescriptors(nothing, nothing, nothing));
        Assert.IsType<MuxHello>(await peer.ReceiveAsync());
        await peer.SendAsync(new MuxAlive(Assert.IsType<MuxAliveCheck>(await peer.ReceiveAsync()).RequestId, 1));
        var request = Assert.IsType<MuxNewSession>(await peer.ReceiveAsync());
        Array.ForEach(await peer.ReceiveDescriptorsAsync(3), descriptor => descriptor.Dispose());
        await peer.SendAsync(new MuxSessionOpened(request.RequestId, 5));
        await using var session = await opening;
        await peer.SendAsync(new MuxExitMessage(5, 3));

        // This answer comes after the exit message, so that has been seen; the master may still be writing output.
        var alive = session.CheckAliveAsync();
        await peer.SendAsync(new MuxAlive(Assert.IsType<MuxAliveCheck>(await peer.ReceiveAsync()).RequestId, 1));
        await alive;
        Assert.False(session.Ended.IsCompleted);
        peer.Dispose();
        Assert.Equal(new MuxSessionEnd(3), await session.Ended);
    }

    [Fact]
    public async Task A_slow_reader_gets_all_output_of_a_program_that_has_long_ended()
    {
        await using var master = await OurMaster.StartAsync(server.Sshd);
        using var folder = new TestFolder();

        // Less than a window, so that the program can end before anybody reads.
        var mark = folder.File("ended");
        var result = await ProcessResult.RunAsync("bash", [
            "-c",
            $$"""
            ssh "$@" 'head -c 1500000 /dev/zero; touch {{mark}}' | (until [ -e {{mark}} ]; do sleep 0.1; done; wc -c)
            exit ${PIPESTATUS[0]}
            """,
            "bash", .. master.SshOptions, "x",
        ]);
        Assert.Equal((0, "1500000\n"), (result.ExitCode, result.Output));
    }

    [Theory]
    [InlineData("pipe")]
    [InlineData("terminal")]
    [InlineData("socket")]
    [InlineData("file")]
    public async Task The_flags_of_passed_descriptors_which_others_share_never_change(string kind)
    {
        await using var master = await OurMaster.StartAsync(server.Sshd);
        using var folder = new TestFolder();
        var (here, there) = Make(kind, folder);
        using (here)
        using (there)
        {
            var before = Descriptors.FlagsOf(there);
            Assert.Equal(0, before & (int)OpenFlags.O_NONBLOCK);
            using var client = await RawClient.GreetAsync(master.Path);
            await client.OpenSessionAsync(kind == "pipe" ? here : there, there, there, "echo x; sleep 0.1; exit 6");
            Assert.Equal(before, Descriptors.FlagsOf(there));
            Assert.Equal(6u, Assert.IsType<MuxExitMessage>(await client.ReceiveAsync()).ExitValue);
            await client.ExpectEndAsync();
            Assert.Equal(before, Descriptors.FlagsOf(there));
        }
    }

    [Fact]
    public async Task More_than_4096_variables_are_left_out_and_the_session_starts()
    {
        using var folder = new TestFolder();
        await using var master = await MuxMaster.StartAsync(
            ScriptedConnection.Connect(out var server),
            new MuxMasterOptions { ControlPath = folder.File("s"), SendEnv = ["V*"] });
        using var client = await RawClient.GreetAsync(folder.File("s"));
        var packet = MuxCodec.Encode(RawClient.Session(1, "true") with
        {
            Environment = [.. Enumerable.Range(0, 4096).Select(Variable)],
        }).ToList();

        // Our own codec sends no more than that, so ten more are written by hand.
        foreach (var i in Enumerable.Range(4096, 10))
        {
            var variable = Variable(i);
            packet.AddRange([0, 0, 0, (byte)variable.Length]);
            packet.AddRange(variable.ToArray());
        }

        BinaryPrimitives.WriteInt32BigEndian(CollectionsMarshal.AsSpan(packet), packet.Count - 4);
        await client.SendBytesAsync([.. packet]);
        using var nothing = DescriptorHandle.Open("/dev/null", FileAccess.ReadWrite);
        for (var i = 0; i < 3; i++) Assert.True(DescriptorPassing.TrySend(client.Socket, nothing));

        await Eventually.TrueAsync(() => server.Waiting > 0, "the master opens a channel");
        server.Confirm();
        Assert.IsType<MuxSessionOpened>(await client.ReceiveAsync());
        var sent = 0;
        while (RequestType(server.Take()) == "env") sent++;
        Assert.Equal(4096, sent);

        static string RequestType(byte[] message)
        {
            var reader = new SshReader(message);
            Assert.Equal(MessageNumber.ChannelRequest, reader.ReadByte());
            reader.ReadUInt32();
            return reader.ReadText();
        }

        static ReadOnlyMemory<byte> Variable(int i) => Encoding.UTF8.GetBytes($"V{i}=1");
    }

    [Fact]
    public async Task A_client_that_reads_nothing_stops_nobody_else()
    {
        await using var master = await OurMaster.StartAsync(server.Sshd);
        using var pipe = new RawClient.WatchedPipe();
        using var client = await RawClient.GreetAsync(master.Path);
        await client.OpenSessionAsync(pipe.Read, pipe.Write, pipe.Write, "yes");
        var result = await master.SshAsync("x", "head -c 5000000 /dev/zero | wc -c");
        Assert.Equal((0, "5000000\n"), (result.ExitCode, result.Output));
        await client.Messages.SendAsync(new MuxAliveCheck(7));
        Assert.IsType<MuxAlive>(await client.ReceiveAsync());
    }

    [Fact]
    public async Task A_client_without_a_command_or_shell_asks_for_a_session_all_the_same()
    {
        await using var master = await OurMaster.StartAsync(server.Sshd);
        var result = await master.SshAsync(["-N", "x"], "exit 5\n");
        Assert.Equal((5, ""), (result.ExitCode, result.ErrorOutput));
    }

    private static (DescriptorHandle Here, DescriptorHandle There) Make(string kind, TestFolder folder)
    {
        switch (kind)
        {
            case "pipe":
                return DescriptorPair.CreatePipe();
            case "terminal":
                return Descriptors.CreateTerminal();
            case "socket":
                return DescriptorPair.CreateSockets();
            default:
                folder.Write("file", "");
                return (
                    DescriptorHandle.Open(folder.File("file"), FileAccess.ReadWrite),
                    DescriptorHandle.Open(folder.File("file"), FileAccess.ReadWrite));
        }
    }
}
