using System.Globalization;
using SshMux.Engine.Cryptography;
using SshMux.Engine.Transport.Algorithms;
using SshMux.Engine.Transport.Packets;

namespace SshMux.Engine.Tests.Transport;

/// <summary>Known answers: whole packets that another program made, with each provider.</summary>
public abstract class PacketVectorTests
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

    private protected abstract ICryptographyProvider Provider { get; }

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
        using var sealing = suite.Create(Provider);
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
        using var opening = suite.Create(Provider);
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
        public PacketCipher Create(ICryptographyProvider provider) =>
            PacketCipherFactory.Create(provider, Cipher, Mac, Key, Iv, MacKey);
    }
}
