using System.IO.Compression;
using System.Security.Cryptography;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Transport;
using SshMux.Engine.Transport.Compression;

namespace SshMux.Engine.Tests.Transport;

[Trait("System", "any")]
public sealed class PacketCompressionTests : IDisposable
{
    private readonly PacketCompressor _compressor = new();
    private readonly PacketDecompressor _decompressor = new();

    public void Dispose()
    {
        _compressor.Dispose();
        _decompressor.Dispose();
    }

    [Fact]
    public void Each_message_comes_out_whole_of_its_own_packet()
    {
        var random = new Random(7);
        for (var i = 0; i < 500; i++)
        {
            var message = new byte[random.Next(5) switch { 0 => 1, 1 => 32 * 1024 + 9, 2 => 200_000, _ => i + 1 }];
            if (random.Next(2) == 0) random.NextBytes(message);
            var packet = Compress(message);
            Assert.True(packet.Length < message.Length + (message.Length / 100) + 64);
            Assert.True(_decompressor.Decompress(packet).SequenceEqual(message));
        }
    }

    [Fact]
    public void What_came_before_makes_later_packets_small()
    {
        var message = RandomNumberGenerator.GetBytes(1000);
        Assert.InRange(Compress(message).Length, 1000, 1100);
        Assert.InRange(Compress(message).Length, 5, 50);
    }

    /// <summary>Made with Python's zlib and Z_PARTIAL_FLUSH, with which OpenSSH ends a packet.</summary>
    [Fact]
    public void Packets_of_another_zlib_are_read()
    {
        foreach (var (packet, message) in new[]
        {
            ("789c4acb2c2a2e51c84d2d2e4e4c4f0508", "6669727374206d657373616765"),
            ("a034640e40", "6669727374206d657373616765"),
            ("0031303231b3b0b2b173700204", "00010203040506070809"),
        })
        {
            var read = _decompressor.Decompress(Convert.FromHexString(packet));
            Assert.Equal(message, Convert.ToHexStringLower(read));
        }
    }

    [Theory]
    [InlineData(PacketDecompressor.MaxMessageLength, true)]
    [InlineData(PacketDecompressor.MaxMessageLength + 1, false)]
    [InlineData(200_000_000, false)]
    public void A_bomb_is_refused_before_it_unfolds(int length, bool allowed)
    {
        var bomb = CompressZeros(length);
        Assert.InRange(bomb.Length, 1, PacketDecompressor.MaxMessageLength);
        if (allowed)
        {
            Assert.Equal(length, _decompressor.Decompress(bomb).Length);
            return;
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        var e = Assert.Throws<SshException>(() => _decompressor.Decompress(bomb));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2_000_000);
        Assert.Equal(
            (SshError.ProtocolError, $"a compressed packet from the server of {bomb.Length} bytes unfolds to more than "
                + "262144, the longest that a message may be"),
            (e.Error, e.Message));
    }

    [Fact]
    public void What_is_no_stream_is_refused()
    {
        byte[] good = Compress(new byte[100]);
        byte[] ended = CompressZeros(100); // with the stream's end, after which no message could come
        byte[] beyond = [.. ended, .. new byte[20_000]];
        foreach (var bad in new byte[][] { [0, 1, 2, 3, 4], [.. good[..2], 0xff, 0xff, 0xff], [], [0x78], beyond })
        {
            using var decompressor = new PacketDecompressor();
            var e = Assert.Throws<SshException>(() => decompressor.Decompress(bad));
            Assert.Equal(
                (SshError.ProtocolError, "a compressed packet from the server cannot be decompressed"),
                (e.Error, e.Message));
        }
    }

    [Fact]
    public void After_the_streams_end_nothing_is_read()
    {
        Assert.Equal(100, _decompressor.Decompress(CompressZeros(100)).Length);
        Assert.Throws<SshException>(() => _decompressor.Decompress(CompressZeros(100)));
    }

    /// <summary>A stream that anybody may send: an end in order, and nothing allocated beyond the bounds.</summary>
    [Fact]
    public void Random_damage_is_an_error_or_another_message()
    {
        var random = new Random(11);
        for (var i = 0; i < 2000; i++)
        {
            using var compressor = new PacketCompressor();
            using var decompressor = new PacketDecompressor();
            var packet = compressor.Compress(new EncodedMessage(new byte[random.Next(1, 5000)])).ToArray();
            packet[random.Next(packet.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                Assert.InRange(decompressor.Decompress(packet).Length, 1, PacketDecompressor.MaxMessageLength);
            }
            catch (SshException e)
            {
                Assert.Equal(SshError.ProtocolError, e.Error);
            }
        }
    }

    [Fact]
    public void Nothing_is_allocated_for_a_packet()
    {
        var message = RandomNumberGenerator.GetBytes(32 * 1024);
        AllocationMeter.AssertNothingPerStep(() =>
        {
            var packet = _compressor.Compress(new EncodedMessage(message));
            if (_decompressor.Decompress(packet).Length != message.Length) Assert.Fail("not decompressed");
        });
    }

    private byte[] Compress(byte[] message) => _compressor.Compress(new EncodedMessage(message)).ToArray();

    private static byte[] CompressZeros(int length)
    {
        var result = new MemoryStream();
        using (var zlib = new ZLibStream(result, CompressionLevel.Optimal)) zlib.Write(new byte[length]);
        return result.ToArray();
    }
}
