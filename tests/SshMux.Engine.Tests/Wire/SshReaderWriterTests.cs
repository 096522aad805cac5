using FsCheck;
using FsCheck.Fluent;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Wire;

public class SshReaderWriterTests
{
    /// <summary>RFC 4251 section 5 gives these mpint examples.</summary>
    [Theory]
    [InlineData("", "00000000")]
    [InlineData("09a378f9b2e332a7", "0000000809a378f9b2e332a7")]
    [InlineData("80", "000000020080")]
    public void MPInt_vectors_of_RFC_4251(string magnitude, string encoded)
    {
        var buffer = new byte[64];
        var writer = new SshWriter(buffer);
        writer.WriteUnsignedMPInt(Convert.FromHexString(magnitude));
        Assert.Equal(encoded, Convert.ToHexStringLower(writer.Written));

        var reader = new SshReader(writer.Written);
        Assert.Equal(magnitude, Convert.ToHexStringLower(reader.ReadUnsignedMPInt()));
        Assert.True(reader.AtEnd);
    }

    [Theory]
    [InlineData("000000020001")] // unnecessary zero
    [InlineData("0000000100")] // zero has no bytes
    [InlineData("00000002edcc")] // negative: -1234
    public void Unsigned_mpint_refuses_what_is_negative_or_not_the_shortest(string encoded) =>
        Assert.Equal(SshError.ProtocolError, Assert.Throws<SshException>(() =>
            new SshReader(Convert.FromHexString(encoded)).ReadUnsignedMPInt().ToArray()).Error);

    [Fact]
    public void Everything_written_reads_back() =>
        Prop.ForAll<(byte, bool, uint), (ulong, byte[], NonNull<string>)>((first, second) =>
        {
            var ((b, flag, u32), (u64, bytes, text)) = (first, second);
            var clean = text.Get.Replace("\ud800", "", StringComparison.Ordinal);
            clean = System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(clean));
            var buffer = new byte[64 + (bytes?.Length ?? 0) + (3 * clean.Length)];
            var writer = new SshWriter(buffer);
            writer.WriteByte(b);
            writer.WriteBoolean(flag);
            writer.WriteUInt32(u32);
            writer.WriteUInt64(u64);
            writer.WriteString(bytes);
            writer.WriteString(clean);

            var reader = new SshReader(writer.Written);
            return reader.ReadByte() == b && reader.ReadBoolean() == flag && reader.ReadUInt32() == u32
                && reader.ReadUInt64() == u64 && reader.ReadString().SequenceEqual(bytes)
                && reader.ReadUtf8String() == clean && reader.AtEnd;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_truncation_is_an_error_and_never_reads_past_the_end() =>
        Prop.ForAll<NonNull<byte[]>>(data =>
        {
            var message = new byte[8 + data.Get.Length];
            var writer = new SshWriter(message);
            writer.WriteString(data.Get);
            writer.WriteUInt32(7);
            for (var length = 0; length < message.Length; length++)
            {
                try
                {
                    var reader = new SshReader(message.AsSpan(0, length));
                    reader.ReadString();
                    reader.ReadUInt32();
                    return false;
                }
                catch (SshException e) when (e.Error == SshError.ProtocolError)
                {
                }
            }

            return true;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_name_list_reads_back_and_an_empty_one_has_no_names()
    {
        var buffer = new byte[64];
        var writer = new SshWriter(buffer);
        writer.WriteNameList(["aes256-ctr", "none"]);
        writer.WriteNameList([]);
        var reader = new SshReader(writer.Written);
        Assert.Equal(["aes256-ctr", "none"], reader.ReadNameList());
        Assert.Empty(reader.ReadNameList());
    }
}
