using System.Buffers.Binary;
using System.Security.Cryptography;
using SshMux.Engine.Wire;
using static SshMux.Engine.Tests.Transport.ScriptedServer;
using static SshMux.Engine.Tests.Transport.TransportFixture;

namespace SshMux.Engine.Tests.Transport;

/// <summary>The transport after the first key exchange, with a server that does what the test says.</summary>
public class SshTransportTests
{
    private const byte Any = MessageNumber.ChannelData;

    [Fact]
    public async Task Unknown_messages_are_answered_with_their_packets_number()
    {
        var (server, _, _) = await StartAsync();
        foreach (byte number in new byte[] { 8, 22, 31, 49, 128, 191, 255, 5 })
        {
            var packet = server.PacketsSent;
            await server.SendAsync([number]);
            var answer = await server.ReadAsync();
            Assert.Equal(MessageNumber.Unimplemented, answer[0]);
            Assert.Equal(packet, BinaryPrimitives.ReadUInt32BigEndian(answer.AsSpan(1)));
        }
    }

    [Fact]
    public async Task Ignore_debug_and_unimplemented_are_taken_without_ado()
    {
        var (server, _, receiver) = await StartAsync();
        await server.SendAsync(Encode(new BulkMessage(MessageNumber.Ignore, new byte[5000])));
        await server.SendAsync([MessageNumber.Debug, 1, 0, 0, 0, 1, 7, 0, 0, 0, 0]);
        await server.SendAsync([MessageNumber.Unimplemented, 0, 0, 0, 77]);
        await server.SendAsync([Any, 1]);
        Assert.Equal([Any, 1], (await receiver.NextAsync()).AsEnumerable());
    }

    [Fact]
    public async Task Extensions_are_kept()
    {
        var (server, transport, receiver) = await StartAsync();
        Assert.Null(transport.ServerSignatureAlgorithms);
        await server.SendAsync(Build((ref w) =>
        {
            w.WriteByte(MessageNumber.ExtInfo);
            w.WriteUInt32(2);
            w.WriteString("server-sig-algs");
            w.WriteString("ssh-ed25519,rsa-sha2-256");
            w.WriteString("ping@openssh.com");
            w.WriteString("0");
        }));
        await server.SendAsync([Any]);
        await receiver.NextAsync();
        Assert.Equal(["ssh-ed25519", "rsa-sha2-256"], transport.ServerSignatureAlgorithms!);
        Assert.Equal("0"u8, transport.ServerExtensions["ping@openssh.com"].Span);
    }

    [Fact]
    public async Task Malformed_extensions_end_the_connection()
    {
        foreach (var bad in new byte[][]
        {
            [MessageNumber.ExtInfo],
            [MessageNumber.ExtInfo, 0, 0, 0, 1],
            [MessageNumber.ExtInfo, 255, 255, 255, 255],
            [MessageNumber.ExtInfo, 0, 0, 0, 0, 9],
        })
        {
            var (server, _, receiver) = await StartAsync();
            await server.SendAsync(bad);
            Assert.Equal(SshError.ProtocolError, (await receiver.EndAsync()).Error);
        }
    }

    [Theory]
    [InlineData("aes256-ctr")]
    [InlineData("aes128-gcm@openssh.com")]
    [InlineData("chacha20-poly1305@openssh.com")]
    public async Task A_damaged_packet_ends_the_connection_and_is_not_delivered(string cipher)
    {
        for (var position = 0; position < 40; position += 3)
        {
            var (server, _, receiver) = await StartAsync(cipher: cipher);
            var packet = server.EncodePacket([Any, 1, 2, 3]);
            packet[position % packet.Length] ^= 0x80;
            await server.WriteAsync(packet);
            await server.WriteAsync(new byte[1000]);
            var reason = await receiver.EndAsync();
            Assert.Equal(SshError.ProtocolError, reason.Error);
            await Assert.ThrowsAnyAsync<Exception>(receiver.NextAsync);
        }
    }

    [Fact]
    public async Task What_the_receiver_throws_is_the_reason_and_nothing_follows()
    {
        var refusal = new SshException(SshError.ProtocolError, "I do not like this");
        var seen = 0;
        var (server, transport) = await ConnectAsync();
        var receiver = new RecordingReceiver
        {
            Handler = _ =>
            {
                seen++;
                throw refusal;
            },
        };
        await server.WriteAsync((byte[])[.. server.EncodePacket([Any]), .. server.EncodePacket([Any])]);
        transport.Start(receiver);
        Assert.Same(refusal, await transport.Ended.WaitAsync(Patience, TestContext.Current.CancellationToken));
        Assert.Equal((1, 1), (seen, receiver.Endings));
    }

    [Fact]
    public async Task Start_within_OnMessage_hands_over()
    {
        var (server, transport) = await ConnectAsync();
        var second = new RecordingReceiver();
        var first = new RecordingReceiver { Handler = _ => transport.Start(second) };
        await server.WriteAsync((byte[])[.. server.EncodePacket([Any, 1]), .. server.EncodePacket([Any, 2])]);
        transport.Start(first);
        Assert.Equal([Any, 1], (await first.NextAsync()).AsEnumerable());
        Assert.Equal([Any, 2], (await second.NextAsync()).AsEnumerable());
        await transport.DisposeAsync();
        Assert.Equal((0, 1), (first.Endings, second.Endings));
    }

    [Fact]
    public async Task A_sender_learns_of_congestion_and_of_its_end()
    {
        var (server, transport, receiver) = await StartAsync();
        var sent = 0;
        var data = new byte[30_000];
        while (!transport.IsCongested)
        {
            Assert.True(transport.Send(new BulkMessage(Any, data)));
            Assert.True(++sent < 10_000, "never congested");
        }

        Assert.Equal(0, receiver.Writable.CurrentCount);
        for (var i = 0; i < sent; i++) Assert.Equal(data.Length + 5, (await server.ReadAsync()).Length);
        Assert.True(await receiver.Writable.WaitAsync(Patience, TestContext.Current.CancellationToken));
        Assert.False(transport.IsCongested);
    }

    [Fact]
    public async Task Messages_of_many_threads_arrive_whole_and_each_threads_in_order()
    {
        var (server, transport, _) = await StartAsync();
        var sending = Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < 500; i++) transport.Send(new TextMessage(Any, $"{thread}:{i}:{new string('x', i)}"));
        })).ToArray();
        var next = new int[4];
        for (var i = 0; i < 4 * 500; i++)
        {
            var message = await server.ReadAsync();
            var parts = new SshReader(message.AsSpan(1)).ReadUtf8String().Split(':');
            var thread = int.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture);
            Assert.Equal(next[thread]++.ToString(System.Globalization.CultureInfo.InvariantCulture), parts[1]);
            Assert.Equal(next[thread] - 1, parts[2].Length);
        }

        await Task.WhenAll(sending);
    }

    /// <summary>
    /// Random bytes in the place of packets, from different points on: always an end, never a hang or crash.
    /// </summary>
    [Fact]
    public async Task Random_bytes_end_the_connection_within_bounds()
    {
        for (var round = 0; round < 30; round++)
        {
            var cipher = (round % 3) switch
            {
                0 => "aes256-ctr",
                1 => "aes256-gcm@openssh.com",
                _ => "chacha20-poly1305@openssh.com",
            };
            var (server, _, receiver) = await StartAsync(cipher: cipher);
            var noise = RandomNumberGenerator.GetBytes(300_000);
            noise[0] = 0;
            noise[1] &= 7;
            try
            {
                await server.WriteAsync(noise);
            }
            catch (IOException)
            {
                // Hung up already.
            }

            var reason = await receiver.EndAsync();
            Assert.Equal(SshError.ProtocolError, reason.Error);
        }
    }

    [Fact]
    public async Task A_message_that_no_packet_can_take_is_not_sent()
    {
        var (server, transport, receiver) = await StartAsync();
        var refusal = Assert.Throws<SshException>(() => transport.Send(new TextMessage(Any, new string('x', 300_000))));
        Assert.Equal(SshError.RequestTooLong, refusal.Error);
        await server.SendAsync(Encode(new TextMessage(Any, "still here")));
        Assert.Equal(Any, (await receiver.NextAsync())[0]);
    }
}
