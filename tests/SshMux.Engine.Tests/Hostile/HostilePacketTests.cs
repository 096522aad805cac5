using System.Buffers.Binary;
using SshMux.Engine.Tests.Transport;
using SshMux.Engine.Wire;
using static SshMux.Engine.Tests.Transport.ScriptedServer;

namespace SshMux.Engine.Tests.Hostile;

/// <summary>Packets that no server makes: before there are keys, and sealed with the right ones.</summary>
public class HostilePacketTests
{
    public static TheoryData<uint, byte> BadShapes => new()
    {
        { 0xffffffff, 4 }, // the longest that can be said
        { 0x80000000, 4 }, // negative, for whoever takes it as signed
        { 256 * 1024 + 8, 4 }, // more than anybody has to take
        { 0, 4 }, // nothing at all
        { 5, 4 }, // no message
        { 13, 4 }, // not a multiple of the block size, in any mode
        { 28, 3 }, // too little padding
        { 28, 0 }, // none
        { 28, 27 }, // all of it padding: no message
        { 28, 28 }, // more than all of it
        { 28, 255 },
    };

    public static TheoryData<string> Ciphers =>
        ["aes256-ctr", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com"];

    [Theory]
    [MemberData(nameof(BadShapes))]
    public async Task A_packet_of_an_impossible_shape_is_refused_before_there_are_keys(uint length, byte padding)
    {
        var error = await Victim.FailAsync(Step.SendKexInit, server => server.WriteAsync(Packet(length, padding)));
        Assert.Equal(SshError.ProtocolError, error.Error);
    }

    [Theory]
    [MemberData(nameof(BadShapes))]
    public async Task A_packet_of_an_impossible_shape_is_refused_with_the_right_keys(uint length, byte padding)
    {
        foreach (var cipher in Ciphers)
        {
            var server = await OpenAsync(cipher: cipher.Data);
            var packet = Packet(length, padding);
            if (cipher.Data != "aes256-ctr" && length == 28)
            {
                // Here the length field is not part of the blocks; what is to be wrong is the padding alone.
                packet = [.. Packet(32, (byte)(padding is 27 or 28 ? padding + 4 : padding)), 0, 0, 0, 0];
            }

            var error = await Victim.FailAsync(Step.Service, s => s.WriteAsync(s.SealFirstPacket(packet)), server);
            Assert.Equal(SshError.ProtocolError, error.Error);
        }
    }

    /// <summary>The same bytes with lengths and paddings that are right go through.</summary>
    [Theory]
    [MemberData(nameof(Ciphers))]
    public async Task A_packet_with_much_padding_is_taken(string cipher)
    {
        var server = await OpenAsync(cipher: cipher);
        var ctr = cipher == "aes256-ctr";
        var packet = new byte[4 + 272 - (ctr ? 4 : 0)];
        BinaryPrimitives.WriteInt32BigEndian(packet, packet.Length - 4);
        packet[4] = 250;
        packet[5] = MessageNumber.Ignore;
        await Victim.SurviveAsync(
            Step.Service,
            async s =>
            {
                await s.WriteAsync(s.SealFirstPacket(packet));
                s.EncodePacket(new byte[257]); // as long: our encoder goes on behind it
            },
            server);
    }

    [Theory]
    [MemberData(nameof(Ciphers))]
    public async Task A_changed_bit_anywhere_in_a_packet_ends_the_connection(string cipher)
    {
        for (var position = 4; position < 52; position += 3)
        {
            var at = position;
            var error = await Victim.FailAsync(
                Step.Data,
                async server =>
                {
                    var packet = server.EncodePacket([MessageNumber.Ignore, 0, 0, 0, 16, .. new byte[16]]);
                    packet[at % packet.Length] ^= 0x10;
                    await server.WriteAsync(packet);
                },
                await OpenAsync(cipher: cipher));
            Assert.Equal(SshError.ProtocolError, error.Error);
            Assert.Contains("tampered", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("again")]
    [InlineData("left out")]
    [InlineData("swapped")]
    public async Task Packets_that_are_repeated_left_out_or_swapped_end_the_connection(string what)
    {
        foreach (var cipher in Ciphers)
        {
            var error = await Victim.FailAsync(
                Step.Data,
                async server =>
                {
                    var first = server.EncodePacket([MessageNumber.Ignore, 0, 0, 0, 0]);
                    var second = server.EncodePacket([MessageNumber.Ignore, 0, 0, 0, 0]);
                    byte[][] sent = what switch
                    {
                        "again" => [first, first],
                        "left out" => [second],
                        _ => [second, first],
                    };
                    foreach (var packet in sent) await server.WriteAsync(packet);
                },
                await OpenAsync(cipher: cipher.Data));
            Assert.Equal(SshError.ProtocolError, error.Error);
        }
    }

    /// <summary>A packet may arrive in any pieces, and in the middle of one the stream may end.</summary>
    [Theory]
    [MemberData(nameof(Ciphers))]
    public async Task A_stream_that_ends_within_a_packet_is_a_lost_connection(string cipher)
    {
        foreach (var length in new[] { 1, 4, 15, 17, 40 })
        {
            var error = await Victim.FailAsync(
                Step.Data,
                async server =>
                {
                    await server.WriteAsync(server.EncodePacket(new byte[64]).AsMemory(0, length));
                    await server.DisposeAsync();
                },
                await OpenAsync(cipher: cipher));
            Assert.Equal(SshError.ConnectionLost, error.Error);
        }
    }

    private static byte[] Packet(uint length, byte padding)
    {
        var packet = new byte[32];
        BinaryPrimitives.WriteUInt32BigEndian(packet, length);
        packet[4] = padding;
        packet[5] = MessageNumber.Ignore;
        return packet;
    }
}
