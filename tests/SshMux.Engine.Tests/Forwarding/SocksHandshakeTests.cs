using System.Globalization;
using System.Text;
using SshMux.Engine.Forwarding.Socks;

namespace SshMux.Engine.Tests.Forwarding;

public class SocksHandshakeTests
{
    // The examples of the SOCKS 4 and 4a documents, and RFC 1928's layouts.
    [Theory]
    [InlineData("04 01 0050 42660763 46726564 00", "66.102.7.99", 80)]
    [InlineData("04 01 01bb 01020304 00", "1.2.3.4", 443)]
    [InlineData("04 01 0050 00000001 00 6578616d706c652e636f6d 00", "example.com", 80)]
    [InlineData("04 01 0050 000000ff 75 00 61 00", "a", 80)]
    [InlineData("04 01 0050 00000000 00", "0.0.0.0", 80)]
    [InlineData("05 01 00 | 05 01 00 01 0a000001 1f90", "10.0.0.1", 8080)]
    [InlineData("05 02 02 00 | 05 01 00 03 0b 6578616d706c652e636f6d 01bb", "example.com", 443)]
    [InlineData("05 03 00 01 02 | 05 01 00 04 00000000000000000000000000000001 0016", "::1", 22)]
    [InlineData("05 01 00 | 05 01 00 04 20010db8000000000000000000000001 ffff", "2001:db8::1", 65535)]
    [InlineData("05 01 00 | 05 01 00 03 03 c3a474 0001", "ät", 1)]
    public void Every_kind_of_request_is_understood(string text, string host, int port)
    {
        var result = Run(Bytes(text + " 1122"), all: true);
        Assert.Equal((SocksStep.Requested, host, port), (result.Step, result.Handshake.Host, result.Handshake.Port));
        Assert.Equal([0x11, 0x22], result.Rest);
        Assert.Equal(text.StartsWith("05", StringComparison.Ordinal) ? "0500" : "", Convert.ToHexString(result.Sent));
    }

    [Theory]
    [InlineData("04 02 0050 01020304 00", "005B000000000000")] // BIND
    [InlineData("04 01 0050 00000001 00 00", "005B000000000000")] // an empty name
    [InlineData("04 01 0050 00000001 00 c3 00", "005B000000000000")] // a name that is not UTF-8
    [InlineData("05 00", "05FF")] // no methods at all
    [InlineData("05 02 01 02", "05FF")] // a password is insisted on
    [InlineData("05 01 00 05 02 00 01 01020304 0050", "050005070001000000000000")] // BIND
    [InlineData("05 01 00 05 03 00 01 01020304 0050", "050005070001000000000000")] // UDP ASSOCIATE
    [InlineData("05 01 00 05 01 00 02", "050005080001000000000000")] // an address of an unknown type
    [InlineData("05 01 00 05 01 00 03 00 0050", "050005010001000000000000")] // an empty name
    [InlineData("05 01 00 05 01 00 03 03 61 00 62 0050", "050005010001000000000000")] // NUL in a name
    [InlineData("05 01 00 04 01 00 01", "050005010001000000000000")] // another version in the middle
    [InlineData("05 01 00 05 01 01 01", "050005010001000000000000")] // the reserved byte is not 0
    [InlineData("47 45 54", "")] // HTTP
    [InlineData("16 03 01", "")] // TLS
    [InlineData("00", "")]
    public void What_cannot_be_served_is_refused_in_the_words_of_its_version(string text, string sent)
    {
        var result = Run(Bytes(text), all: true);
        Assert.Equal(SocksStep.Refused, result.Step);
        Assert.Equal(sent, Convert.ToHexString(result.Sent));
        Assert.NotEmpty(result.Handshake.Refusal);
    }

    [Fact]
    public void Texts_without_end_are_refused_at_255_bytes()
    {
        var longest = (byte[])[4, 1, 0, 80, 0, 0, 0, 1, .. Text(255, 'u'), 0, .. Text(255, 'n'), 0];
        var result = Run(longest, all: true);
        Assert.Equal((SocksStep.Requested, new string('n', 255)), (result.Step, result.Handshake.Host));

        Assert.Equal(SocksStep.Refused, Run([4, 1, 0, 80, 0, 0, 0, 1, .. Text(300, 'u')], all: true).Step);
        Assert.Equal(SocksStep.Refused, Run([4, 1, 0, 80, 0, 0, 0, 1, 0, .. Text(300, 'n')], all: true).Step);

        static byte[] Text(int count, char letter) => Encoding.ASCII.GetBytes(new string(letter, count));
    }

    [Fact]
    public void The_answer_is_of_the_clients_version()
    {
        var four = Run(Bytes("04 01 0050 01020304 00"), all: true).Handshake;
        Assert.Equal("005A000000000000", Convert.ToHexString(four.Answer(SocksReply.Succeeded).Span));
        Assert.Equal("005B000000000000", Convert.ToHexString(four.Answer(SocksReply.NotAllowed).Span));
        var five = Run(Bytes("05 01 00 05 01 00 01 01020304 0050"), all: true).Handshake;
        Assert.Equal("05000001000000000000", Convert.ToHexString(five.Answer(SocksReply.Succeeded).Span));
        Assert.Equal("05020001000000000000", Convert.ToHexString(five.Answer(SocksReply.NotAllowed).Span));
    }

    [Fact]
    public void Requests_in_random_pieces_give_the_same_and_leave_what_follows()
    {
        var random = new Random(1928);
        for (var round = 0; round < 3000; round++)
        {
            var (request, host, port) = RandomRequest(random);
            var following = new byte[random.Next(5)];
            random.NextBytes(following);
            var result = Run([.. request, .. following], all: false, random);
            Assert.Equal((SocksStep.Requested, host, port), (result.Step, result.Handshake.Host, result.Handshake.Port));
            Assert.Equal(following, result.Rest);
        }
    }

    [Fact]
    public void Garbage_in_random_pieces_is_judged_as_it_is_whole()
    {
        var random = new Random(4);
        for (var round = 0; round < 10_000; round++)
        {
            var garbage = round % 2 == 0 ? RandomRequest(random).Request : new byte[random.Next(600)];
            if (round % 2 != 0) random.NextBytes(garbage);
            if (garbage.Length != 0 && random.Next(3) != 0) garbage[0] = (byte)random.Next(4, 6);
            for (var i = random.Next(4); i > 0 && garbage.Length != 0; i--)
            {
                garbage[random.Next(garbage.Length)] = (byte)random.Next(256);
            }

            var whole = Run(garbage, all: true);
            var pieces = Run(garbage, all: false, random);
            Assert.Equal(
                (whole.Step, whole.Handshake.Host, whole.Handshake.Port),
                (pieces.Step, pieces.Handshake.Host, pieces.Handshake.Port));
            Assert.Equal(whole.Sent, pieces.Sent);
            if (whole.Step == SocksStep.Requested) Assert.Equal(whole.Rest, pieces.Rest);
        }
    }

    [Fact]
    public void Reading_only_what_is_needed_never_goes_past_the_request()
    {
        var random = new Random(5);
        for (var round = 0; round < 1000; round++)
        {
            var (request, _, _) = RandomRequest(random);
            var handshake = new SocksHandshake();
            var position = 0;
            var step = SocksStep.NeedsInput;
            while (step is SocksStep.NeedsInput or SocksStep.Replies)
            {
                Assert.InRange(handshake.Needed, 1, request.Length - position);
                ReadOnlySpan<byte> piece = request.AsSpan(position, handshake.Needed);
                position += piece.Length;
                step = handshake.Take(ref piece);
                Assert.True(piece.IsEmpty);
            }

            Assert.Equal((SocksStep.Requested, request.Length), (step, position));
        }
    }

    private static (byte[] Request, string Host, int Port) RandomRequest(Random random)
    {
        var port = random.Next(65536);
        byte[] portBytes = [(byte)(port >> 8), (byte)port];
        var name = string.Concat(Enumerable.Range(0, random.Next(1, 256)).Select(_ => (char)random.Next('a', 'z' + 1)));
        var user = Encoding.ASCII.GetBytes(new string('u', random.Next(256)));
        byte[] methods = [.. Enumerable.Range(0, random.Next(255)).Select(_ => (byte)random.Next(256)), 0];
        byte[] offer = [5, (byte)methods.Length, .. methods];
        var address = new byte[random.Next(2) == 0 ? 4 : 16];
        random.NextBytes(address);
        address[0] |= 1;
        return random.Next(4) switch
        {
            0 => ([4, 1, .. portBytes, .. address[..4], .. user, 0], Dotted(address), port),
            1 => (
                [4, 1, .. portBytes, 0, 0, 0, (byte)random.Next(1, 256), .. user, 0, .. Encoding.ASCII.GetBytes(name), 0],
                name, port),
            2 => ([.. offer, 5, 1, 0, 3, (byte)name.Length, .. Encoding.ASCII.GetBytes(name), .. portBytes], name, port),
            _ => (
                [.. offer, 5, 1, 0, (byte)(address.Length == 4 ? 1 : 4), .. address, .. portBytes],
                new System.Net.IPAddress(address).ToString(), port),
        };
    }

    private static string Dotted(byte[] address) => string.Create(
        CultureInfo.InvariantCulture, $"{address[0]}.{address[1]}.{address[2]}.{address[3]}");

    private static Result Run(byte[] input, bool all, Random? random = null)
    {
        var handshake = new SocksHandshake();
        var sent = new List<byte>();
        var step = SocksStep.NeedsInput;
        var position = 0;
        while (position < input.Length && step is SocksStep.NeedsInput or SocksStep.Replies)
        {
            var count = all ? input.Length - position : Math.Min(random!.Next(1, 20), input.Length - position);
            ReadOnlySpan<byte> piece = input.AsSpan(position, count);
            step = handshake.Take(ref piece);
            position += count - piece.Length;
            if (step is SocksStep.Replies or SocksStep.Refused) sent.AddRange(handshake.Reply.ToArray());
        }

        return new Result(step, handshake, [.. sent], input[position..]);
    }

    private static byte[] Bytes(string text) =>
        Convert.FromHexString(string.Concat(text.Where(char.IsAsciiHexDigit)));

    private sealed record Result(SocksStep Step, SocksHandshake Handshake, byte[] Sent, byte[] Rest);
}
