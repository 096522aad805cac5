using System.Buffers.Binary;
using System.Text;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Messages;

namespace SshMux.Engine.Tests.Mux.Protocol;

public class MuxCodecTests
{
    /// <summary>What OpenSSH 9.2 really sends, recorded from a client and its master with strace.</summary>
    public static TheoryData<string, string> Recorded => new()
    {
        { "hello", "00000008 00000001 00000004" },
        { "alive check", "00000008 10000004 00000000" },
        { "alive", "0000000c 80000005 00000000 00002ce4" },
        {
            "exec 'echo hi; exit 7' with SSHMUX_A=b",
            "0000004a 10000002 00000001 00000000 00000000 00000000 00000000 00000000 0000007e 00000005 787465726d "
            + "0000000f 6563686f2068693b20657869742037 0000000a 5353484d55585f413d62"
        },
        {
            "subsystem sftp",
            "0000003f 10000002 00000001 00000000 00000000 00000000 00000000 00000001 0000007e 00000005 787465726d "
            + "00000004 73667470 0000000a 5353484d55585f413d62"
        },
        {
            "terminal",
            "00000043 10000002 00000001 00000000 00000001 00000000 00000000 00000000 0000007e 00000005 787465726d "
            + "00000008 6563686f20747479 0000000a 5353484d55585f413d62"
        },
        { "session opened", "0000000c 80000006 00000001 00000002" },
        { "exit message", "0000000c 80000004 00000002 00000007" },
        { "stdio forward", "0000001d 10000008 00000001 00000000 00000009 3132372e302e302e31 00006760" },
        {
            "failure",
            "00000028 80000003 00000001 0000001c 53657373696f6e206f70656e20726566757365642062792070656572"
        },
        {
            "local forward",
            "00000025 10000006 00000000 00000001 00000000 00005209 00000009 3132372e302e302e31 00006760"
        },
        {
            "local forward from all addresses to ::1",
            "00000020 10000006 00000000 00000001 00000001 2a 0000520b 00000003 3a3a31 00000016"
        },
        {
            "local forward from a unix socket",
            "0000003e 10000006 00000000 00000001 00000019 2f746d702f6d75786361702f642e30504c612f752e736f636b "
            + "fffffffe 00000009 3132372e302e302e31 00006760"
        },
        {
            "remote forward, port 0",
            "00000025 10000006 00000000 00000002 00000000 00000000 00000009 3132372e302e302e31 00006760"
        },
        { "remote port", "0000000c 80000007 00000000 0000a5df" },
        { "dynamic forward", "00000021 10000006 00000000 00000003 00000000 0000520a 00000005 736f636b73 00000000" },
        {
            "cancel a local forward",
            "00000025 10000007 00000000 00000001 00000000 00005209 00000009 3132372e302e302e31 00006760"
        },
        { "ok", "00000008 80000001 00000000" },
        { "stop listening", "00000008 10000009 00000000" },
        { "proxy", "00000008 1000000f 00000000" },
        { "proxy reply", "00000008 8000000f 00000000" },
    };

    [Theory]
    [MemberData(nameof(Recorded))]
    public void What_OpenSSH_sends_decodes_and_encodes_to_the_same_bytes(string what, string hex)
    {
        var packet = FromHex(hex);
        Assert.Equal(packet.Length - MuxCodec.HeaderLength, MuxCodec.DecodeLength(packet.AsSpan(0, 4)));
        var message = MuxCodec.Decode(packet.AsSpan(4));
        Assert.IsNotType<MuxUnknownRequest>(message);
        Assert.True(packet.AsSpan().SequenceEqual(MuxCodec.Encode(message)), what);
    }

    [Fact]
    public void Every_kind_of_message_is_found_by_its_number()
    {
        var kinds = typeof(MuxMessage).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(MuxMessage)) && !type.IsAbstract && type != typeof(MuxUnknownRequest))
            .ToList();
        Assert.NotEmpty(kinds);
        foreach (var kind in kinds)
        {
            // Zeros are what any of them may have in it.
            var packet = new byte[64];
            BinaryPrimitives.WriteUInt32BigEndian(packet, (uint)kind.GetField("Number")!.GetRawConstantValue()!);
            Assert.IsType(kind, MuxCodec.Decode(packet));
        }
    }

    [Fact]
    public void A_recorded_session_request_has_its_fields_where_we_read_them()
    {
        var request = Assert.IsType<MuxNewSession>(MuxCodec.Decode(FromHex(
            "10000002 00000001 00000000 00000001 00000000 00000001 00000000 0000007e 00000005 787465726d "
            + "0000000f 6563686f2068693b20657869742037 0000000a 5353484d55585f413d62")));
        Assert.Equal((1u, true, false, true, false), (
            request.RequestId, request.WantTty, request.WantX11, request.WantAgent, request.Subsystem));
        Assert.Equal(((uint)'~', "xterm"), (request.EscapeCharacter, request.Term));
        Assert.Equal("echo hi; exit 7", Encoding.UTF8.GetString(request.Command.Span));
        Assert.Equal("SSHMUX_A=b", Encoding.UTF8.GetString(Assert.Single(request.Environment).Span));
    }

    [Fact]
    public void Recorded_forwards_have_their_fields_where_we_read_them()
    {
        Assert.Equal(
            new MuxOpenForward(0, new MuxForward(MuxForwardType.Local, "*", 21003, "::1", 22)),
            MuxCodec.Decode(FromHex("10000006 00000000 00000001 00000001 2a 0000520b 00000003 3a3a31 00000016")));
        Assert.Equal(
            new MuxOpenForward(0, new MuxForward(MuxForwardType.Dynamic, "", 21002, "socks", 0)),
            MuxCodec.Decode(FromHex("10000006 00000000 00000003 00000000 0000520a 00000005 736f636b73 00000000")));
    }

    [Fact]
    public void The_hello_of_a_master_of_10_3_announces_info()
    {
        var message = MuxCodec.Decode(FromHex("00000001 00000004 00000004 696e666f 00000001 30"));
        var hello = Assert.IsType<MuxHello>(message);
        var extension = Assert.Single(hello.Extensions);
        Assert.Equal((4u, "info", "0"), (hello.Version, extension.Name, Encoding.UTF8.GetString(extension.Value.Span)));
    }

    [Fact]
    public void A_hello_of_another_version_gives_the_version_and_nothing_else() =>
        Assert.Equal(5u, Assert.IsType<MuxHello>(MuxCodec.Decode(FromHex("00000001 00000005 ffffffff"))).Version);

    [Theory]
    [InlineData("")]
    [InlineData("0000")]
    [InlineData("00000001")] // a hello without a version
    [InlineData("00000001 00000004 00000004 696e666f")] // an extension without a value
    [InlineData("10000004")] // no request id
    [InlineData("10000002 00000001 00000000")] // half a session request
    [InlineData("10000002 00000001 00000000 00000000 00000000 00000000 00000000 ffffffff 00000000 00000001 00")] // NUL
    [InlineData("10000006 00000000 00000001 00000000 00010000 00000001 61 00000016")] // port 65536
    [InlineData("10000008 00000001 00000000 00000001 61 fffffffd")] // neither a port nor -2
    [InlineData("20000001 00000001")] // an info request that names nothing
    [InlineData("80000004 00000001")] // an exit message without a value
    public void Malformed_messages_are_refused(string hex) =>
        Assert.Equal(
            SshError.MuxProtocolError, Assert.Throws<SshException>(() => MuxCodec.Decode(FromHex(hex))).Error);

    [Theory]
    [InlineData("00040001")]
    [InlineData("ffffffff")]
    [InlineData("00000003")]
    [InlineData("00000000")]
    public void A_length_that_cannot_be_is_refused(string hex) =>
        Assert.Equal(
            SshError.MuxProtocolError,
            Assert.Throws<SshException>(() => MuxCodec.DecodeLength(FromHex(hex))).Error);

    [Fact]
    public void The_longest_packet_is_256_KiB_and_a_longer_one_is_not_made()
    {
        var fits = Session(new byte[MuxProtocol.MaxPacketLength - 40].Select(_ => (byte)'x').ToArray());
        var packet = MuxCodec.Encode(fits);
        Assert.Equal(MuxProtocol.MaxPacketLength, MuxCodec.DecodeLength(packet.AsSpan(0, 4)));

        var tooLong = Session(new byte[MuxProtocol.MaxPacketLength - 39].Select(_ => (byte)'x').ToArray());
        Assert.Equal(SshError.RequestTooLong, Assert.Throws<SshException>(() => MuxCodec.Encode(tooLong)).Error);
    }

    [Fact]
    public void More_than_4096_environment_strings_are_not_sent()
    {
        var environment = Enumerable.Repeat<ReadOnlyMemory<byte>>("A=b"u8.ToArray(), 4097).ToList();
        Assert.Equal(SshError.RequestTooLong, Assert.Throws<SshException>(
            () => MuxCodec.Encode(Session([]) with { Environment = environment })).Error);
        environment.RemoveAt(0);
        MuxCodec.Encode(Session([]) with { Environment = environment });
    }

    [Fact]
    public void A_NUL_is_never_sent() =>
        Assert.Equal(SshError.NotSupported, Assert.Throws<SshException>(
            () => MuxCodec.Encode(Session("a\0b"u8.ToArray()))).Error);

    [Fact]
    public void An_unknown_forwarding_type_which_kills_an_OpenSSH_master_is_never_sent() =>
        Assert.Throws<ArgumentException>(() => MuxCodec.Encode(
            new MuxOpenForward(1, new MuxForward((MuxForwardType)4, "", 1, "", 2))));

    private static MuxNewSession Session(byte[] command) =>
        new(1, false, false, false, false, MuxNewSession.NoEscapeCharacter, "", command, []);

    private static byte[] FromHex(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
}
