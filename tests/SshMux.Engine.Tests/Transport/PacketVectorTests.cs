using System.Globalization;
using System.Security.Cryptography;
using SshMux.Engine.Cryptography;
using SshMux.Engine.Transport;
using SshMux.Engine.Transport.Packets;

namespace SshMux.Engine.Tests.Transport;

/// <summary>Known answers: primitives as their RFCs have them, and whole packets that another program made.</summary>
public class PacketVectorTests
{
    /// <summary>The suites of Vectors/packets.txt: cipher, and MAC if there is one.</summary>
    public static TheoryData<string, string> Suites
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var suite in ReadSuites()) data.Add(suite.Cipher, suite.Mac ?? "");
            return data;
        }
    }

    /// <summary>RFC 8439 section 2.4.2 and appendix A.1, vectors 1 and 2; their nonces begin with zeros.</summary>
    [Theory]
    [InlineData(
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", 0x4a00000000, 1,
        "4c616469657320616e642047656e746c656d656e206f662074686520636c617373206f66202739393a2049662049"
        + "20636f756c64206f6666657220796f75206f6e6c79206f6e652074697020666f7220746865206675747572652c20"
        + "73756e73637265656e20776f756c642062652069742e",
        "6e2e359a2568f98041ba0728dd0d6981e97e7aec1d4360c20a27afccfd9fae0bf91b65c5524733ab8f593dabcd62"
        + "b3571639d624e65152ab8f530c359f0861d807ca0dbf500d6a6156a38e088a22b65e52bc514d16ccf806818ce91a"
        + "b77937365af90bbf74a35be6b40b8eedf2785e42874d")]
    [InlineData(
        "0000000000000000000000000000000000000000000000000000000000000000", 0, 0,
        "0000000000000000000000000000000000000000000000000000000000000000",
        "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7")]
    [InlineData(
        "0000000000000000000000000000000000000000000000000000000000000000", 0, 1,
        "0000000000000000000000000000000000000000000000000000000000000000",
        "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed")]
    public void ChaCha20_vectors_of_RFC_8439(string key, ulong nonce, uint block, string plain, string expected)
    {
        using var chacha = new LibCrypto.ChaCha20(Convert.FromHexString(key));
        var data = Convert.FromHexString(plain);
        chacha.Apply(nonce, block, data);
        Assert.Equal(expected, Convert.ToHexStringLower(data));
        chacha.Apply(nonce, block, data);
        Assert.Equal(plain, Convert.ToHexStringLower(data));
    }

    /// <summary>RFC 8439 section 2.5.2 and appendix A.3, vectors 5 to 7 and 10: the hard carries.</summary>
    [Theory]
    [InlineData(
        "85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b",
        "43727970746f6772617068696320466f72756d2052657365617263682047726f7570",
        "a8061dc1305136c6c22b8baf0c0127a9")]
    [InlineData(
        "0200000000000000000000000000000000000000000000000000000000000000",
        "ffffffffffffffffffffffffffffffff",
        "03000000000000000000000000000000")]
    [InlineData(
        "02000000000000000000000000000000ffffffffffffffffffffffffffffffff",
        "02000000000000000000000000000000",
        "03000000000000000000000000000000")]
    [InlineData(
        "0100000000000000000000000000000000000000000000000000000000000000",
        "fffffffffffffffffffffffffffffffff0ffffffffffffffffffffffffffffff"
        + "11000000000000000000000000000000",
        "05000000000000000000000000000000")]
    [InlineData(
        "0100000000000000040000000000000000000000000000000000000000000000",
        "e33594d7505e43b900000000000000003394d7505e4379cd0100000000000000"
        + "0000000000000000000000000000000001000000000000000000000000000000",
        "14000000000000005500000000000000")]
    public void Poly1305_vectors_of_RFC_8439(string key, string data, string expected)
    {
        using var poly = new LibCrypto.Poly1305();
        Span<byte> tag = stackalloc byte[16];
        for (var i = 0; i < 2; i++)
        {
            poly.ComputeTag(Convert.FromHexString(key), Convert.FromHexString(data), tag);
            Assert.Equal(expected, Convert.ToHexStringLower(tag));
            poly.ComputeTag(RandomNumberGenerator.GetBytes(32), [], tag); // the context is used again
        }
    }

    [Fact]
    public void The_vectors_are_for_every_cipher_and_mac()
    {
        var expected = new List<(string, string?)>();
        foreach (var cipher in SshAlgorithms.Ciphers)
        {
            if (PacketCipherFactory.IsAuthenticated(cipher)) expected.Add((cipher, null));
            else expected.AddRange(SshAlgorithms.Macs.Select(mac => (cipher, (string?)mac)));
        }

        Assert.Equal(
            expected.Order(),
            ReadSuites().Select(suite => (suite.Cipher, suite.Mac)).Order());
    }

    [Theory]
    [MemberData(nameof(Suites))]
    public void Packets_are_sealed_as_another_program_seals_them(string cipher, string mac)
    {
        var suite = ReadSuites().Single(suite => suite.Cipher == cipher && (suite.Mac ?? "") == mac);
        using var sealing = suite.Create();
        foreach (var (number, plain, expected) in suite.Packets)
        {
            byte[] packet = [.. plain, .. new byte[sealing.TagLength]];
            sealing.Seal(number, packet);
            Assert.Equal(expected, packet);
        }
    }

    [Theory]
    [MemberData(nameof(Suites))]
    public void Packets_that_another_program_sealed_are_opened(string cipher, string mac)
    {
        var suite = ReadSuites().Single(suite => suite.Cipher == cipher && (suite.Mac ?? "") == mac);
        using var opening = suite.Create();
        foreach (var (number, plain, wire) in suite.Packets)
        {
            var packet = wire.ToArray();
            var length = opening.ReadLength(number, packet.AsSpan(0, opening.HeaderLength));
            Assert.Equal(plain.Length - 4, (int)length);
            Assert.True(opening.TryOpen(number, packet));
            Assert.Equal(plain[4..], packet[4..plain.Length]);
        }
    }

    private static List<Suite> ReadSuites()
    {
        using var stream = typeof(PacketVectorTests).Assembly.GetManifestResourceStream("packets.txt")!;
        using var reader = new StreamReader(stream);
        var suites = new List<Suite>();
        while (reader.ReadLine() is { } line)
        {
            var fields = line.Split(' ');
            if (fields is ["suite", var cipher, var mac, var key, var iv, var macKey])
            {
                suites.Add(new Suite(cipher, mac == "-" ? null : mac, Bytes(key), Bytes(iv), Bytes(macKey), []));
            }
            else if (fields is [var number, var plain, var wire])
            {
                suites[^1].Packets.Add((uint.Parse(number, CultureInfo.InvariantCulture), Bytes(plain), Bytes(wire)));
            }
        }

        return suites;

        static byte[] Bytes(string hex) => hex == "-" ? [] : Convert.FromHexString(hex);
    }

    private sealed record Suite(
        string Cipher, string? Mac, byte[] Key, byte[] Iv, byte[] MacKey, List<(uint, byte[], byte[])> Packets)
    {
        public PacketCipher Create() => PacketCipherFactory.Create(Cipher, Mac, Key, Iv, MacKey);
    }
}
