using System.Security.Cryptography;
using FsCheck;
using FsCheck.Fluent;
using SshMux.Engine.Cryptography.Chosen;
using SshMux.Engine.Transport;
using SshMux.Engine.Transport.Algorithms;
using SshMux.Engine.Transport.Packets;

namespace SshMux.Engine.Tests.Transport;

/// <summary>What holds for every suite, all messages, and however their stream arrives or is damaged.</summary>
[Trait("System", "any")]
public class PacketCodecProperties
{
    private const string Damaged =
        "a packet from the server is damaged or was tampered with "
        + "(message authentication code incorrect, or a wrong length)";

    private static readonly (string Cipher, string? Mac)[] Suites = [.. SshAlgorithms.Ciphers.SelectMany(SuitesOf)];

    private static Gen<(string Cipher, string? Mac)> AnySuite => Gen.Elements(Suites);

    private static Gen<byte[][]> Messages =>
        Gen.Choose(1, 700).Select(length => RandomNumberGenerator.GetBytes(length)).ListOf()
            .Select(messages => messages.ToArray());

    [Fact]
    public void Any_split_of_the_stream_gives_the_messages() => Prop.ForAll(
        (from suite in AnySuite
         from messages in Messages
         from pieces in Gen.Choose(1, 900).ListOf()
         select (suite, messages, pieces)).ToArbitrary(),
        input =>
        {
            var (wire, _, decoder, buffer) = Seal(input.suite, input.messages);
            using var reading = decoder;
            var read = new List<byte[]>();
            foreach (var piece in input.pieces.Append(int.MaxValue))
            {
                wire = wire[Feed(buffer, wire, piece)..];
                while (decoder.TryRead(out var message)) read.Add(message.ToArray());
            }

            return read.Count == input.messages.Length
                && read.Zip(input.messages).All(pair => pair.First.SequenceEqual(pair.Second));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(400));

    /// <summary>
    /// The packets before the damage come out right; then there is the one error, or, when a length field was made
    /// longer, more is waited for than there is. Never another message.
    /// </summary>
    [Fact]
    public void A_flipped_bit_anywhere_ends_the_stream_there() => Prop.ForAll(
        (from suite in AnySuite
         from messages in Messages
         from bit in Gen.Choose(0, int.MaxValue)
         where messages.Length > 0
         select (suite, messages, bit)).ToArbitrary(),
        input =>
        {
            var (wire, ends, decoder, buffer) = Seal(input.suite, input.messages);
            using var reading = decoder;
            var bit = input.bit % (8 * wire.Length);
            wire[bit / 8] ^= (byte)(1 << (bit % 8));
            var whole = ends.Count(end => end <= bit / 8);
            var read = 0;
            try
            {
                do
                {
                    wire = wire[Feed(buffer, wire, int.MaxValue)..];
                    while (decoder.TryRead(out var message))
                    {
                        if (!message.SequenceEqual(input.messages[read++])) return false;
                    }
                }
                while (wire.Length > 0);

                return read == whole;
            }
            catch (SshException e)
            {
                return read == whole && e.Error == SshError.ProtocolError && e.Message == Damaged;
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(400));

    private static IEnumerable<(string Cipher, string? Mac)> SuitesOf(string cipher)
    {
        if (PacketCipherFactory.IsAuthenticated(cipher)) return [(cipher, null)];
        return SshAlgorithms.Macs.Select(mac => (cipher, (string?)mac));
    }

    private static (byte[] Wire, List<int> Ends, PacketDecoder Decoder, ReceiveBuffer Buffer) Seal(
        (string Cipher, string? Mac) suite, byte[][] messages)
    {
        var key = RandomNumberGenerator.GetBytes(PacketCipherFactory.KeyLength(suite.Cipher));
        var iv = RandomNumberGenerator.GetBytes(PacketCipherFactory.IvLength(suite.Cipher));
        var macKey = RandomNumberGenerator.GetBytes(PacketCipherFactory.MacKeyLength(suite.Mac));
        using var encoder = new PacketEncoder();
        var buffer = new ReceiveBuffer(PacketDecoder.MinBufferLength);
        var decoder = new PacketDecoder(buffer);
        encoder.ChangeCipher(Create(), resetSequenceNumber: true);
        decoder.ChangeCipher(Create(), resetSequenceNumber: true);
        var wire = new MemoryStream();
        var ends = new List<int>();
        foreach (var message in messages)
        {
            var packet = new byte[message.Length + PacketEncoder.MaxOverhead];
            wire.Write(packet, 0, encoder.Encode(new EncodedMessage(message), packet));
            ends.Add((int)wire.Length);
        }

        return (wire.ToArray(), ends, decoder, buffer);

        PacketCipher Create() => PacketCipherFactory.Create(CryptographyProvider.Current, suite.Cipher, suite.Mac, key, iv, macKey);
    }

    /// <summary>Lets at most so many bytes arrive; tells how many did.</summary>
    private static int Feed(ReceiveBuffer buffer, byte[] wire, int most)
    {
        var room = buffer.MakeRoom().Span;
        var count = Math.Min(Math.Min(wire.Length, room.Length), most);
        wire.AsSpan(0, count).CopyTo(room);
        buffer.Add(count);
        return count;
    }
}
