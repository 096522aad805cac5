using FsCheck;
using FsCheck.Fluent;
using SshMux.Engine.Channels;
using SshMux.Engine.DescriptorChannels;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.DescriptorChannels;

/// <summary>Data that arrives together is written together, and nothing of it is lost or out of order.</summary>
public class DescriptorChannelGatheringTests
{
    private static readonly byte[] Data = Descriptors.RandomBytes(1_500_000, 5);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Packets_that_arrive_together_are_written_when_all_are_there()
    {
        var (server, ends, output) = await OpenAsync();
        using (output)
        {
            server.SayTogether(
                Packets(Data[..20_000], Data[20_000..20_001], Data[20_001..50_000]),
                () => Assert.False(Descriptors.IsReadable(output)));
            Assert.Equal(Data[..50_000], Descriptors.ReadExactly(output, 50_000));
            ends.Abort();
        }
    }

    [Fact]
    public async Task A_key_is_written_at_once()
    {
        var (server, ends, output) = await OpenAsync();
        using (output)
        {
            server.SayTogether(Packets([42]), () => Assert.Equal([42], Descriptors.ReadExactly(output, 1)));
            ends.Abort();
        }
    }

    [Fact]
    public async Task Much_that_arrives_together_is_begun_before_all_is_there()
    {
        var (server, ends, output) = await OpenAsync();
        using (output)
        {
            server.SayTogether(
                Packets([.. Data[..320_000].Chunk(32_000)]),
                () => Assert.Equal(Data[..50_000], Descriptors.ReadExactly(output, 50_000)));
            Assert.Equal(Data[50_000..320_000], await Task.Run(() => Descriptors.ReadExactly(output, 270_000), Stop));
            ends.Abort();
        }
    }

    [Fact]
    public async Task The_end_comes_after_what_arrived_with_it()
    {
        var (server, ends, output) = await OpenAsync();
        using (output)
        {
            var packets = Packets([.. Data[..60_000].Chunk(30_000)]);
            server.SayTogether(packets, () => server.Say(MessageNumber.ChannelEof, 0));
            Assert.Equal(Data[..60_000], await Descriptors.ReadToEndAsync(output));
            ends.Abort();
        }
    }

    [Fact]
    public async Task What_nobody_reads_goes_back_to_the_window()
    {
        var (server, ends, output) = await OpenAsync();
        output.Dispose();
        for (var i = 0; i < 6; i++) server.SayTogether(Packets([.. Data[..150_000].Chunk(30_000)]));
        server.Expect(MessageNumber.ChannelRequest); // eow@openssh.com
        server.Expect(MessageNumber.ChannelWindowAdjust);
        ends.Abort();
    }

    [Fact]
    public async Task An_aborted_channel_writes_nothing_more()
    {
        var (server, ends, output) = await OpenAsync();
        using (output)
        {
            server.SayTogether(Packets(Data[..30_000]), ends.Abort);
            Assert.Empty(await Descriptors.ReadToEndAsync(output));
        }
    }

    [Fact]
    public void Whatever_arrives_together_comes_out_in_order()
    {
        var lengths = Gen.OneOf(Gen.Choose(0, 20), Gen.Choose(3000, 5000), Gen.Choose(20_000, 40_000));
        var bursts = Gen.ListOf(Gen.ListOf(lengths)).ToArbitrary();
        Prop.ForAll(bursts, ArbMap.Default.ArbFor<bool>(), (all, socket) =>
            CheckAsync([.. all.Select(burst => burst.ToArray())], socket).GetAwaiter().GetResult())
            .Check(Config.QuickThrowOnFailure.WithMaxTest(60));
    }

    [Fact]
    public async Task Output_and_errors_that_go_to_one_place_stay_in_order()
    {
        var connection = ScriptedConnection.Connect(out var server);
        var (here, there) = DescriptorPair.CreateSockets();
        using (here)
        {
            var ends = DescriptorChannel.ForSession(null, there, DescriptorHandle.Duplicate(there));
            var opening = connection.OpenSessionAsync(ends, Stop);
            server.Confirm();
            await opening;
            server.SayTogether(
            [
                ScriptedConnection.DataMessage(0, Data[..20_000]),
                ScriptedConnection.DataMessage(0, Data[20_000..20_010], error: true),
                ScriptedConnection.DataMessage(0, Data[20_010..40_000], error: true),
                ScriptedConnection.DataMessage(0, Data[40_000..40_010]),
            ]);
            Assert.Equal(Data[..40_010], Descriptors.ReadExactly(here, 40_010));
            ends.Abort();
        }
    }

    private static IEnumerable<byte[]> Packets(params byte[][] pieces) =>
        pieces.Select(piece => ScriptedConnection.DataMessage(0, piece));

    private static async Task CheckAsync(int[][] bursts, bool socket)
    {
        var (server, ends, output) = await OpenAsync(socket);
        using (output)
        {
            var reading = Descriptors.ReadToEndAsync(output);
            var expected = new List<byte>();
            var sent = 0;
            foreach (var burst in bursts)
            {
                var pieces = new List<byte[]>();
                foreach (var length in burst)
                {
                    if (sent + length > ReceiveWindow.InitialSize / 2) continue;
                    pieces.Add(Data[(sent % 1_000_000)..((sent % 1_000_000) + length)]);
                    sent += length;
                }

                expected.AddRange(pieces.SelectMany(piece => piece));
                server.SayTogether(Packets([.. pieces]));
            }

            server.Say(MessageNumber.ChannelEof, 0);
            Assert.Equal(expected.ToArray(), await reading);
            ends.Abort();
        }
    }

    private static async Task<(ScriptedConnection Server, DescriptorChannel Ends, DescriptorHandle Output)> OpenAsync(
        bool socket = false)
    {
        var connection = ScriptedConnection.Connect(out var server);
        var (output, passed) = socket ? DescriptorPair.CreateSockets() : DescriptorPair.CreatePipe();
        var ends = DescriptorChannel.ForSession(null, passed, null);
        var opening = connection.OpenSessionAsync(ends, Stop);
        server.Confirm();
        await opening;
        return (server, ends, output);
    }
}
