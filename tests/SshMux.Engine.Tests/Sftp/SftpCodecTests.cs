using SshMux.Engine.Sftp;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Sftp;

/// <summary>The bytes of draft-ietf-secsh-filexfer-02, written down by hand.</summary>
public class SftpCodecTests
{
    [Fact]
    public void Requests_have_the_bytes_of_the_draft()
    {
        Assert.Equal("00000005" + "01" + "00000003", Hex(SftpCodec.Init()));
        Assert.Equal(
            "0000000e" + "0b" + "00000007" + "00000005" + "2f61c3bc62",
            Hex(SftpCodec.OneString(SftpProtocol.OpenDir, 7, ByteText.Encode("/aüb"))));
        Assert.Equal(
            "00000016" + "03" + "00000001" + "00000001" + "61" + "0000001a" + "00000004" + "000001a0",
            Hex(SftpCodec.Open(
                1,
                "a"u8,
                SftpOpenFlags.Write | SftpOpenFlags.Create | SftpOpenFlags.Truncate,
                new SftpAttributes { Mode = 0x1a0 })));
        Assert.Equal(
            "0000001a" + "0a" + "00000002" + "00000001" + "68" + "0000000c" + "00000180" + "00000005" + "00000006",
            Hex(SftpCodec.WithAttributes(
                SftpProtocol.FSetStat,
                2,
                "h"u8,
                new SftpAttributes { Mode = 0x180, AccessTime = 5, ModifyTime = 6 })));
        Assert.Equal(
            "0000000f" + "12" + "00000003" + "00000001" + "61" + "00000001" + "62",
            Hex(SftpCodec.Rename(3, "a"u8, "b"u8)));
        Assert.Equal(
            "00000015" + "c8" + "00000004" + "00000007" + "6162634064656600"[..14] + "00000001" + "2f",
            Hex(SftpCodec.Extended(4, "abc@def", "/"u8.ToArray())));
    }

    [Fact]
    public void Reads_and_writes_are_made_in_place()
    {
        var read = new byte[SftpCodec.ReadLength(2)];
        SftpCodec.WriteRead(read, 9, "hh"u8, 0x100000002, 0x8000);
        Assert.Equal("00000017" + "05" + "00000009" + "00000002" + "6868" + "0000000100000002" + "00008000", Hex(read));

        var header = SftpCodec.WriteHeaderLength(2);
        var write = new byte[header + 3];
        "xyz"u8.CopyTo(write.AsSpan(header));
        SftpCodec.WriteWriteHeader(write, 9, "hh"u8, 3);
        Assert.Equal(
            "0000001a" + "06" + "00000009" + "00000002" + "6868" + "0000000000000003" + "00000003" + "78797a",
            Hex(write));
    }

    [Fact]
    public void Replies_are_read()
    {
        Assert.Equal(
            new SftpStatus(SftpStatusCode.PermissionDenied, "no"),
            SftpCodec.DecodeStatus(Bytes("00000003" + "00000002" + "6e6f" + "00000000")));
        Assert.Equal(new SftpStatus(SftpStatusCode.Eof, ""), SftpCodec.DecodeStatus(Bytes("00000001")));
        Assert.Equal("hh"u8.ToArray(), SftpCodec.DecodeHandle(Bytes("00000002" + "6868")));
        Assert.Equal(3, SftpCodec.DecodeDataLength(Bytes("00000003" + "78797a"), 3));
        var extensions = SftpCodec.DecodeExtensions(Bytes("00000001" + "61" + "00000001" + "31"));
        Assert.Equal("1", Assert.Contains("a", (IDictionary<string, string>)extensions));
    }

    [Fact]
    public void Attributes_are_read_whichever_of_them_come()
    {
        var all = SftpCodec.DecodeAttributes(Bytes(
            "8000000f" + "0000000000000007" + "00000001" + "00000002" + "000081a4" + "00000003" + "00000004"
            + "00000001" + "00000001" + "61" + "00000000"));
        Assert.Equal(
            new SftpAttributes { Size = 7, Owner = 1, Mode = 0x81a4, AccessTime = 3, ModifyTime = 4 }, all);
        Assert.True(all is { IsFile: true, IsFolder: false, IsLink: false });
        Assert.Equal(default, SftpCodec.DecodeAttributes(Bytes("00000000")));
        Assert.True(SftpCodec.DecodeAttributes(Bytes("00000004" + "000041ed")).IsFolder);
        Assert.True(SftpCodec.DecodeAttributes(Bytes("00000004" + "0000a1ff")).IsLink);
    }

    [Fact]
    public void Names_are_bytes()
    {
        var entries = SftpCodec.DecodeNames(Bytes(
            "00000002" + "00000002" + "61ff" + "00000000" + "00000000"
            + "00000001" + "62" + "00000001" + "63" + "00000000"));
        Assert.Equal("a\uDCFF", entries[0].Name);
        Assert.Equal("61ff", Hex(ByteText.Encode(entries[0].Name)));
        Assert.Equal("b", entries[1].Name);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData(".", false)]
    [InlineData("..", false)]
    [InlineData("../x", false)]
    [InlineData("/etc/passwd", false)]
    [InlineData("a/b", false)]
    [InlineData("a\0", false)]
    [InlineData("...", true)]
    [InlineData("a\nb", true)]
    [InlineData("-rf", true)]
    public void Names_that_lead_out_of_their_folder_are_known(string name, bool safe) =>
        Assert.Equal(safe, new SftpEntry(name, default).IsNameSafe);

    [Theory]
    [InlineData("00000004")]
    [InlineData("00040001")]
    [InlineData("ffffffff")]
    public void Impossible_lengths_are_refused(string header) => Refused(() => SftpCodec.DecodeLength(Bytes(header)));

    [Fact]
    public void Malformed_replies_are_refused()
    {
        Refused(() => SftpCodec.DecodeNames(Bytes("ffffffff")));
        Refused(() => SftpCodec.DecodeNames(Bytes("00000000")));
        Refused(() => SftpCodec.DecodeNames(Bytes("00000001" + "00000001" + "61")));
        Refused(() => SftpCodec.DecodeHandle(Bytes("00000000")));
        Refused(() => SftpCodec.DecodeHandle(Bytes("00000101" + new string('6', 514))));
        Refused(() => SftpCodec.DecodeStatus(Bytes("0000")));
        Refused(() => SftpCodec.DecodeAttributes(Bytes("80000000" + "ffffffff" + "00000000")));
        Refused(() => SftpCodec.DecodeDataLength(Bytes("00000004" + "616263"), 3));
        Refused(() => SftpCodec.DecodeDataLength(Bytes("00000002" + "616263"), 3));
    }

    [Theory]
    [InlineData(0, 0, 0, 261120, 261120)]
    [InlineData(262144, 261120, 261120, 261120, 261120)]
    [InlineData(34000, 32768, 32768, 32768, 32768)]
    [InlineData(1, 1, 1, 1, 1)]
    [InlineData(ulong.MaxValue, ulong.MaxValue, 4096, 261120, 4096)]
    public void Limits_are_kept_to(ulong packet, ulong read, ulong write, int readLength, int writeLength) =>
        Assert.Equal(new SftpLimits(readLength, writeLength), SftpLimits.From(packet, read, write));

    private static void Refused(Func<object> action) =>
        Assert.Equal(SshError.ProtocolError, Assert.Throws<SshException>(action).Error);

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex);
}
