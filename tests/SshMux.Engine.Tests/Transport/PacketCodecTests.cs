using System.Security.Cryptography;
using SshMux.Engine.Cryptography.Chosen;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Transport;
using SshMux.Engine.Transport.Algorithms;
using SshMux.Engine.Transport.Packets;

namespace SshMux.Engine.Tests.Transport;

[Trait("System", "any")]
public class PacketCodecTests
{
    public static TheoryData<string, string?> Combinations
    {
        get
        {
            var data = new TheoryData<string, string?> { { "plain", null } };
            foreach (var cipher in SshAlgorithms.Ciphers)
            {
                if (PacketCipherFactory.IsAuthenticated(cipher))
                {
                    data.Add(cipher, null);
                    continue;
                }

                foreach (var mac in SshAlgorithms.Macs) data.Add(cipher, mac);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Combinations))]
    public void What_is_encoded_decodes_in_whatever_pieces_it_arrives(string cipher, string? mac)
    {
        var random = new Random(42);
        var (encoder, decoder, buffer) = CodecPair(cipher, mac);
        var messages = new List<byte[]>();
        var wire = new MemoryStream();
        for (var i = 0; i < 300; i++)
        {
            var message = new byte[i switch { < 80 => i + 1, 80 => 200_000, _ => random.Next(1, 40_000) }];
            random.NextBytes(message);
            messages.Add(message);
            wire.Write(Encode(encoder, message));
        }

        var bytes = wire.ToArray().AsSpan();
        var read = 0;
        while (!bytes.IsEmpty)
        {
            var room = buffer.MakeRoom().Span;
            Assert.False(room.IsEmpty);
            var most = random.Next(4) switch { 0 => 1, 1 => 20, 2 => 5_000, _ => int.MaxValue };
            var piece = Math.Min(Math.Min(bytes.Length, room.Length), random.Next(1, most));
            bytes[..piece].CopyTo(room);
            bytes = bytes[piece..];
            buffer.Add(piece);
            while (decoder.TryRead(out var message)) Assert.True(message.SequenceEqual(messages[read++]));
        }

        Assert.Equal(messages.Count, read);
        Assert.Equal(wire.Length, decoder.BytesWithKey);
        Assert.Equal(wire.Length, encoder.BytesWithKey);
        Assert.Equal(messages.Count, decoder.PacketsWithKey);
    }

    [Theory]
    [MemberData(nameof(Combinations))]
    public void Any_changed_bit_is_an_error_and_no_message(string cipher, string? mac)
    {
        if (cipher == "plain") return; // protects nothing
        var message = RandomNumberGenerator.GetBytes(37);
        var length = Encode(CodecPair(cipher, mac).Encoder, message).Length;
        var texts = new HashSet<string>();
        for (var i = 0; i < 8 * length; i++)
        {
            var (encoder, decoder, buffer) = CodecPair(cipher, mac);
            Feed(buffer, Encode(encoder, message), Encode(encoder, message));
            buffer.Unread[i / 8] ^= (byte)(1 << (i % 8));
            try
            {
                // A longer length field makes it wait for more at most.
                Assert.False(decoder.TryRead(out _));
                Assert.True(i < 32);
            }
            catch (SshException e)
            {
                Assert.Equal(SshError.ProtocolError, e.Error);
                texts.Add(e.Message);
            }
        }

        Assert.Contains("message authentication code incorrect", Assert.Single(texts), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Combinations))]
    public void A_packet_that_is_dropped_repeated_or_swapped_is_an_error(string cipher, string? mac)
    {
        if (cipher == "plain") return;
        var (encoder, decoder, buffer) = CodecPair(cipher, mac);
        var packets = Enumerable.Range(0, 3).Select(i => Encode(encoder, [(byte)i])).ToArray();
        Feed(buffer, packets[0], packets[2]);
        Assert.True(decoder.TryRead(out _));
        Assert.Throws<SshException>(() => decoder.TryRead(out _));

        (encoder, decoder, buffer) = CodecPair(cipher, mac);
        packets = [.. Enumerable.Range(0, 3).Select(i => Encode(encoder, [(byte)i]))];
        Feed(buffer, packets[0], packets[0]);
        Assert.True(decoder.TryRead(out _));
        Assert.Throws<SshException>(() => decoder.TryRead(out _));
    }

    /// <summary>All kinds of damage have one message; what was found first must not show.</summary>
    [Fact]
    public void Bad_lengths_and_bad_macs_are_told_the_same_way()
    {
        var texts = new HashSet<string>();
        foreach (var position in new[] { 0, 1, 3, 20, 60 })
        {
            var (encoder, decoder, buffer) = CodecPair("aes128-ctr", "hmac-sha2-256");
            Feed(buffer, Encode(encoder, new byte[100]), new byte[1]);
            buffer.Unread[position] ^= 0xff;
            texts.Add(Assert.Throws<SshException>(() => decoder.TryRead(out _)).Message);
        }

        Assert.Single(texts);
    }

    [Theory]
    [InlineData("00000000")]
    [InlineData("00000004")]
    [InlineData("0000000b")] // not a multiple of the block
    [InlineData("00040004")] // a bit over 256 KiB
    [InlineData("ffffffff")]
    [InlineData("80000004")]
    public void Impossible_lengths_are_refused_at_once(string length)
    {
        var (_, decoder, buffer) = CodecPair("plain", null);
        Feed(buffer, Convert.FromHexString(length));
        Assert.Equal(SshError.ProtocolError, Assert.Throws<SshException>(() => decoder.TryRead(out _)).Error);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(11)] // nothing would be left for the message
    [InlineData(255)]
    public void Impossible_paddings_are_refused(byte padding)
    {
        var (_, decoder, buffer) = CodecPair("plain", null);
        Feed(buffer, [0, 0, 0, 12, padding, .. new byte[11]]);
        Assert.Equal(SshError.ProtocolError, Assert.Throws<SshException>(() => decoder.TryRead(out _)).Error);
    }

    [Theory]
    [MemberData(nameof(Combinations))]
    public void Nothing_is_allocated_for_a_packet(string cipher, string? mac)
    {
        Assert.SkipWhen(
            cipher == SshAlgorithms.ChaChaPoly && CryptographyProvider.Current != CryptographyProvider.OpenSsl,
            "BouncyCastle's Poly1305 wants an object for every key");
        var (encoder, decoder, buffer) = CodecPair(cipher, mac);
        var message = new byte[32 * 1024];
        var packet = new byte[message.Length + PacketEncoder.MaxOverhead];
        AllocationMeter.AssertNothingPerStep(() =>
        {
            var length = encoder.Encode(new EncodedMessage(message), packet);
            packet.AsSpan(0, length).CopyTo(buffer.MakeRoom().Span);
            buffer.Add(length);
            if (!decoder.TryRead(out _)) Assert.Fail("not decoded");
        });
    }

    private static (PacketEncoder Encoder, PacketDecoder Decoder, ReceiveBuffer Buffer) CodecPair(
        string cipher, string? mac)
    {
        var encoder = new PacketEncoder();
        var buffer = new ReceiveBuffer(PacketDecoder.MinBufferLength);
        var decoder = new PacketDecoder(buffer);
        if (cipher == "plain") return (encoder, decoder, buffer);
        var key = RandomNumberGenerator.GetBytes(PacketCipherFactory.KeyLength(cipher));
        var iv = RandomNumberGenerator.GetBytes(PacketCipherFactory.IvLength(cipher));
        var macKey = RandomNumberGenerator.GetBytes(PacketCipherFactory.MacKeyLength(mac));
        encoder.ChangeCipher(PacketCipherFactory.Create(CryptographyProvider.Current, cipher, mac, key, iv, macKey), resetSequenceNumber: true);
        decoder.ChangeCipher(PacketCipherFactory.Create(CryptographyProvider.Current, cipher, mac, key, iv, macKey), resetSequenceNumber: true);
        return (encoder, decoder, buffer);
    }

    private static byte[] Encode(PacketEncoder encoder, byte[] message)
    {
        var packet = new byte[message.Length + PacketEncoder.MaxOverhead];
        return packet[..encoder.Encode(new EncodedMessage(message), packet)];
    }

    private static void Feed(ReceiveBuffer buffer, params byte[][] pieces)
    {
        foreach (var piece in pieces)
        {
            piece.CopyTo(buffer.MakeRoom());
            buffer.Add(piece.Length);
        }
    }
}
